// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "metrics/text.h"

#define NS_PER_S 1000000000u

struct xm_metric xm_metric_begin(FILE *to, enum xm_format format, const char *name, bool counter,
				 const char *help)
{
	const char *suffix = counter && format == XM_FORMAT_TEXT ? "_total" : "";

	fprintf(to, "# TYPE %s%s %s\n# HELP %s%s %s.\n", name, suffix,
		counter ? "counter" : "gauge", name, suffix, help);
	return (struct xm_metric){ .to = to, .name = name, .counter = counter };
}

void xm_sample_begin(struct xm_metric *m)
{
	m->labels = 0;
	fprintf(m->to, "%s%s{", m->name, m->counter ? "_total" : "");
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string;
}

void xm_sample_label(struct xm_metric *m, const char *name, const char *value)
{
	char sanitized[XM_SANITIZED_LEN];

	if (!is_utf8(value))
		value = xm_sanitized(value, sanitized);
	fprintf(m->to, "%s%s=\"", m->labels++ ? "," : "", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", m->to);
		else if (*value == '"' || *value == '\\')
			fprintf(m->to, "\\%c", *value);
		else
			fputc(*value, m->to);
	}
	fputc('"', m->to);
}

void xm_sample_end(struct xm_metric *m, uint64_t value)
{
	fprintf(m->to, "} %" PRIu64 "\n", value);
}

void xm_sample_end_seconds(struct xm_metric *m, uint64_t ns)
{
	fprintf(m->to, "} %" PRIu64 ".%09" PRIu64 "\n", ns / NS_PER_S, ns % NS_PER_S);
}
