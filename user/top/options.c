// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "top/options.h"

#define DEFAULT_SECONDS 1

bool xm_top_parse_seconds(const char *text, double *ret)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end ||
	    !(seconds >= XM_TOP_MIN_SECONDS && seconds <= XM_TOP_MAX_SECONDS))
		return false;
	*ret = seconds;
	return true;
}

static bool parse_count(const char *text, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno && *ret;
}

static int parse_option(int letter, struct xm_top_options *o, struct xm_err *e)
{
	switch (letter) {
	case 'i':
		return xm_top_parse_seconds(optarg, &o->seconds)
			       ? 0
			       : xm_fail_usage(e,
					       "top: --interval takes 0.1 to 3600 seconds, "
					       "not '%s'",
					       optarg);
	case 'c':
		return parse_count(optarg, &o->count)
			       ? 0
			       : xm_fail_usage(e, "top: --count takes a number above 0, not '%s'",
					       optarg);
	case '1':
		o->count = 1;
		o->batch = true;
		return 0;
	case 'b':
		o->batch = true;
		return 0;
	case 'r':
		o->reversed = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'p':
		o->pretty = true;
		return 0;
	case 'n':
		o->no_color = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Reads `sort KEY`, `[name] NAME` and `link PARENT` */
static int parse_words(int argc, char **argv, struct xm_top_options *o, struct xm_err *e)
{
	o->names = argv;
	for (int i = 0; i < argc; i++) {
		bool sort = !strcmp(argv[i], "sort");
		bool named = !strcmp(argv[i], "name") || !strcmp(argv[i], "dev") ||
			     !strcmp(argv[i], "link");
		int key;

		if ((sort || named) && i + 1 == argc)
			return xm_fail_usage(e, "top: '%s' needs a value", argv[i]);
		if (!sort) {
			i += named;
			o->names[o->name_count++] = argv[i];
			continue;
		}
		key = xm_top_key_by_word(argv[++i]);
		if (key < 0)
			return xm_fail_usage(e,
					     "top: cannot sort by '%s': one of traffic, name, "
					     "parent, mode, rx-packets, rx-bits, tx-packets, "
					     "tx-bits, drops, reason",
					     argv[i]);
		o->key = key;
	}
	return 0;
}

int xm_top_parse(int argc, char **argv, struct xm_top_options *ret, struct xm_err *e)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'c' },
		{ "once", no_argument, NULL, '1' },
		{ "batch", no_argument, NULL, 'b' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "no-color", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int letter, err;

	*ret = (struct xm_top_options){ .key = XM_TOP_BY_TRAFFIC, .seconds = DEFAULT_SECONDS };
	opterr = 0;
	optind = 0;
	while ((letter = getopt_long(argc, argv, "i:c:brjph", options, NULL)) != -1) {
		err = parse_option(letter, ret, e);
		if (err && !e->exit_code)
			return xm_fail_usage(e, "top: unknown or incomplete option '%s'",
					     argv[optind - 1]);
		if (err)
			return err;
	}
	return parse_words(argc - optind, argv + optind, ret, e);
}
