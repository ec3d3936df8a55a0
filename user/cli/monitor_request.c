// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/monitor.h"

#define FOR_MAX (366 * 86400.0)

static int value_of(const char *word, int *argc, char ***argv, const char **ret, struct xm_err *e)
{
	if (!*argc)
		return xm_fail_usage(e, "monitor: %s without a value", word);
	*ret = *(*argv)++;
	--*argc;
	return 0;
}

static int parse_for(const char *text, int64_t *ret, struct xm_err *e)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > 0 && seconds <= FOR_MAX))
		return xm_fail_usage(e, "monitor: --for takes seconds, not '%s'", text);
	*ret = seconds * 1000 + 1;
	return 0;
}

static int parse_count(const char *text, long long *ret, struct xm_err *e)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return end == text || *end || errno || *ret < 1
		       ? xm_fail_usage(e, "monitor: --count takes a number of lines, not '%s'",
				       text)
		       : 0;
}

static int parse_word(struct xm_monitor_request *r, const char *word, int *argc, char ***argv,
		      struct xm_err *e)
{
	const char *value = NULL;
	int err;

	if (!strcmp(word, "drops") || !strcmp(word, "changes")) {
		*(*word == 'd' ? &r->drops : &r->changes) = true;
		return 0;
	}
	if (strcmp(word, "--for") && strcmp(word, "--count") && strcmp(word, "name") &&
	    strcmp(word, "dev") && *word == '-')
		return xm_fail_usage(e, "monitor: unknown word '%s'", word);
	if (*word == '-' || !strcmp(word, "name") || !strcmp(word, "dev")) {
		err = value_of(word, argc, argv, &value, e);
		if (err)
			return err;
		if (!strcmp(word, "--for"))
			return parse_for(value, &r->for_ms, e);
		if (!strcmp(word, "--count"))
			return parse_count(value, &r->count, e);
		word = value;
	}
	if (r->name)
		return xm_fail_usage(e, "monitor: two names, '%s' and '%s'", r->name, word);
	r->name = word;
	return 0;
}

int xm_monitor_parse(int argc, char **argv, struct xm_monitor_request *r, struct xm_err *e)
{
	int err = 0;

	while (argc && !err) {
		const char *word = *argv++;

		argc--;
		err = parse_word(r, word, &argc, &argv, e);
	}
	if (!r->drops && !r->changes)
		r->drops = r->changes = true;
	return err;
}
