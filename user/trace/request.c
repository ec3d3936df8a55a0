// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/request.h"

#define MS_PER_S    1000
#define SECONDS_MAX 31536000 /* a year */

struct words {
	int argc;
	char **argv;
};

static int read_number(const char *word, const char *text, uint64_t min, uint64_t max,
		       uint64_t *ret, struct xm_err *e)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || *ret < min || *ret > max)
		return xm_fail_usage(e, "trace: %s is a number from %llu to %llu, not '%s'", word,
				     (unsigned long long)min, (unsigned long long)max, text);
	return 0;
}

static int read_pcap(const char *text, struct xm_trace_request *r, struct xm_err *e)
{
	if (r->file)
		return xm_fail_usage(e, "trace: pcap is given twice");
	if (!*text)
		return xm_fail_usage(e, "trace: pcap takes a file, or '-'");
	r->file = text;
	return 0;
}

static int read_count(const char *text, struct xm_trace_request *r, struct xm_err *e)
{
	return read_number("count", text, 1, INT64_MAX, &r->count, e);
}

static int read_for(const char *text, struct xm_trace_request *r, struct xm_err *e)
{
	char *end;
	double seconds = strtod(text, &end);

	if (!isdigit((unsigned char)*text) || *end || !(seconds > 0) || seconds > SECONDS_MAX)
		return xm_fail_usage(e, "trace: for takes seconds, not '%s'", text);
	r->duration_ms = seconds * MS_PER_S;
	if (!r->duration_ms)
		r->duration_ms = 1;
	return 0;
}

static int read_snap(const char *text, struct xm_trace_request *r, struct xm_err *e)
{
	uint64_t octets;
	int err = read_number("snap", text, XM_SNAP_MIN, XM_SNAP_MAX, &octets, e);

	r->snap_len = octets;
	return err;
}

static const struct {
	const char *word, *option;
	int (*read)(const char *text, struct xm_trace_request *r, struct xm_err *e);
} keywords[] = {
	{ "pcap", "--pcap", read_pcap },
	{ "count", "--count", read_count },
	{ "for", "--for", read_for },
	{ "snap", "--snap", read_snap },
};

/* The rest of the words is the expression, as for tcpdump */
static int read_filter(struct words *w, struct xm_trace_request *r, struct xm_err *e)
{
	size_t len = 0;

	if (!w->argc)
		return xm_fail_usage(e, "trace: filter takes an expression (pcap-filter(7))");
	for (; w->argc; w->argc--, w->argv++) {
		size_t room = sizeof(r->filter) - len;
		int n = snprintf(r->filter + len, room, "%s%s", len ? " " : "", *w->argv);

		if ((size_t)n >= room)
			return xm_fail_usage(e, "trace: the filter is longer than %d characters",
					     XM_FILTER_TEXT - 1);
		len += n;
	}
	return 0;
}

static int read_keyword(const char *word, struct words *w, struct xm_trace_request *r,
			struct xm_err *e)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		if (strcmp(word, keywords[i].word) != 0 && strcmp(word, keywords[i].option) != 0)
			continue;
		if (!w->argc)
			return xm_fail_usage(e, "trace: %s takes a value", word);
		w->argc--;
		return keywords[i].read(*w->argv++, r, e);
	}
	return xm_fail_usage(e, "trace: unknown word '%s': see 'xmacvlan trace help'", word);
}

int xm_trace_parse(int argc, char **argv, struct xm_trace_request *ret, struct xm_err *e)
{
	struct words w = { argc, argv };
	int err = 0;

	*ret = (struct xm_trace_request){};
	if (!argc)
		return xm_fail_usage(e, "trace takes the name of an endpoint or of a parent");
	ret->name = *w.argv++;
	w.argc--;
	while (w.argc && !err) {
		const char *word = *w.argv++;

		w.argc--;
		if (!strcmp(word, "filter") || !strcmp(word, "--filter"))
			err = read_filter(&w, ret, e);
		else
			err = read_keyword(word, &w, ret, e);
	}
	return err;
}
