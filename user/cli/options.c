// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/options.h"

#define SHORT_OPTIONS "+jpsdoc::tn:b:fVh"

#define FLAG(name)   offsetof(struct xm_context, name), 0
#define STRING(name) 0, offsetof(struct xm_context, name)

/* clang-format off */
/* Options without a value set a flag, those with a value a string */
const struct xm_option xm_options[] = {
	{ { "json", no_argument, NULL, 'j' }, FLAG(json), NULL,
	  "JSON output, errors too" },
	{ { "pretty", no_argument, NULL, 'p' }, FLAG(pretty), NULL,
	  "JSON with line breaks" },
	{ { "stats", no_argument, NULL, 's' }, FLAG(stats), NULL,
	  "show counters and drop reasons" },
	{ { "statistics", no_argument, NULL, 's' }, FLAG(stats), NULL, NULL },
	{ { "details", no_argument, NULL, 'd' }, FLAG(style.details), NULL,
	  "show also what 'ip -d link' prints of the device" },
	/* getopt accepts every unambiguous beginning of a long option, as `ip` does */
	{ { "human-readable", no_argument, NULL, 'H' }, FLAG(style.human), NULL,
	  "show counters as 1.2k, 3.4M; '-h' before 'show' is the same" },
	{ { "brief", no_argument, NULL, 'B' }, FLAG(style.brief), NULL,
	  "show one line for each endpoint (-br): state, MAC address, flags" },
	{ { "oneline", no_argument, NULL, 'o' }, FLAG(style.oneline), NULL,
	  "show each endpoint on one line, with \\ for a line break" },
	{ { "color", optional_argument, NULL, 'c' }, STRING(color), NULL,
	  "show colors: '=always' (as without it), '=auto', '=never'" },
	{ { "timestamp", no_argument, NULL, 't' }, FLAG(timestamp), NULL,
	  "monitor: each line begins with its time; also -ts" },
	{ { "ts", no_argument, NULL, 't' }, FLAG(timestamp), NULL, NULL },
	{ { "netns", required_argument, NULL, 'n' }, STRING(netns), "NETNS",
	  "parents of that network namespace (name, PID or path)" },
	{ { "batch", required_argument, NULL, 'b' }, STRING(batch), "FILE",
	  "commands from FILE ('-': standard input), one a line, in one session" },
	{ { "force", no_argument, NULL, 'f' }, FLAG(force), NULL,
	  "go on after a command of the batch that failed" },
	{ { "timeout", required_argument, NULL, 'T' }, STRING(timeout), "S",
	  "wait at most S seconds for the lock (default: 30)" },
	{ { "Version", no_argument, NULL, 'V' }, FLAG(version), NULL,
	  "as version" },
	{ { "version", no_argument, NULL, 'V' }, FLAG(version), NULL, NULL },
	{ { "help", no_argument, NULL, 'E' }, FLAG(help), NULL,
	  "as help" },
	{ { "h", no_argument, NULL, 'h' }, FLAG(h), NULL, NULL },
};
/* clang-format on */

const size_t xm_option_count = sizeof(xm_options) / sizeof(*xm_options);

static bool option_store(struct xm_context *ctx, int letter)
{
	const struct xm_option *o = xm_options, *end = o + xm_option_count;

	while (o < end && o->option.val != letter)
		o++;
	if (o == end)
		return false;
	if (o->string)
		*(const char **)((char *)ctx + o->string) = optarg ? optarg : "";
	else
		*(bool *)((char *)ctx + o->flag) = true;
	return true;
}

bool xm_options_read(int argc, char **argv, struct xm_context *ctx)
{
	struct option table[sizeof(xm_options) / sizeof(*xm_options) + 1] = {};
	int letter;

	for (size_t i = 0; i < xm_option_count; i++)
		table[i] = xm_options[i].option;
	opterr = 0;
	while ((letter = getopt_long_only(argc, argv, SHORT_OPTIONS, table, NULL)) != -1)
		if (!option_store(ctx, letter))
			return false;
	return true;
}

char xm_option_letter(const struct xm_option *o)
{
	return strchr(SHORT_OPTIONS, o->option.val) ? o->option.val : '\0';
}

/* A long option by its beginning; `exact`: by its whole name */
static const struct xm_option *option_find_long(const char *name, size_t len, bool exact)
{
	for (size_t i = 0; i < xm_option_count; i++)
		if (!strncmp(xm_options[i].option.name, name, len) &&
		    (!exact || !xm_options[i].option.name[len]))
			return &xm_options[i];
	return NULL;
}

const struct xm_option *xm_option_find(const char *word)
{
	const char *name = word + (word[0] == '-') + (word[0] == '-' && word[1] == '-');
	size_t len = strcspn(name, "=");
	const struct xm_option *o;

	if (name == word || !len)
		return NULL;
	for (size_t i = 0; len == 1 && name == word + 1 && i < xm_option_count; i++)
		if (xm_option_letter(&xm_options[i]) == *name)
			return &xm_options[i];
	o = option_find_long(name, len, true);
	return o ? o : option_find_long(name, len, false);
}

const char *xm_option_nearest(const char *word)
{
	const char *names[sizeof(xm_options) / sizeof(*xm_options)];
	char name[32];

	snprintf(name, sizeof(name), "%s", word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	for (size_t i = 0; i < xm_option_count; i++)
		names[i] = xm_options[i].option.name;
	return xm_option_find(word) ? NULL : xm_nearest(name, names, xm_option_count);
}

void xm_options_print_usage(FILE *to)
{
	for (size_t i = 0; i < xm_option_count; i++) {
		const struct xm_option *o = &xm_options[i];
		char letter = xm_option_letter(o), text[32];

		if (!o->help)
			continue;
		snprintf(text, sizeof(text), "--%s%s%s", o->option.name, o->value ? " " : "",
			 o->value ? o->value : "");
		fprintf(to, "  %c%c%c %-18s %s\n", letter ? '-' : ' ', letter ? letter : ' ',
			letter ? ',' : ' ', text, o->help);
	}
}
