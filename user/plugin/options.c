// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/print.h"
#include "plugin/options.h"

#define SECONDS_MAX 86400

static bool read_seconds(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long seconds = strtoul(text, &end, 10);

	*ret = seconds;
	return text[0] >= '0' && text[0] <= '9' && !*end && seconds && seconds <= SECONDS_MAX;
}

static int usage_error(const char *what, const char *word)
{
	fprintf(stderr, "%s: %s '%s': see %s --help\n", program_invocation_short_name, what, word,
		program_invocation_short_name);
	return XM_EXIT_USAGE;
}

/* Returns whether the value is valid */
static bool option_take(const struct plugin_option *o, const char *value)
{
	if (o->seconds)
		return read_seconds(value, o->seconds);
	*o->text = value;
	return true;
}

int plugin_read_options(int argc, char **argv, const struct plugin_option *options,
			const char *usage, const char *version)
{
	/* Those of the plugin have 0 for a letter, and the rest stays empty: the end */
	struct option words[PLUGIN_OPTIONS + 3] = {};
	int letter, index, n = 0;

	for (; options[n].name; n++)
		words[n] = (struct option){ options[n].name, required_argument, NULL, 0 };
	words[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	words[n++] = (struct option){ "version", no_argument, NULL, 'V' };
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "hV", words, &index)) != -1) {
		if (letter == 'h' || letter == 'V')
			return xm_print_text(letter == 'h' ? usage : version);
		if (letter)
			return usage_error("unknown option, or one without its value,",
					   argv[optind - 1]);
		if (!option_take(&options[index], optarg))
			return usage_error("no number of seconds from 1 to 86400:", optarg);
	}
	return optind < argc ? usage_error("unknown word", argv[optind]) : -1;
}
