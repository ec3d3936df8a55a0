/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The options before the command: one table, from which the parser, the usage text, the completion
 * and the checks of the manual page follow
 */
#ifndef XM_OPTIONS_H
#define XM_OPTIONS_H

#include <getopt.h>
#include <stdio.h>

#include "cli/context.h"

struct xm_option {
	struct option option; /* .val: the letter, if it is one of the short options */
	size_t flag, string; /* offset of its member in struct xm_context; 0: none */
	const char *value; /* for the usage text; NULL: none follows, or it is behind a '=' */
	const char *help; /* NULL: another spelling of the option above */
};

extern const struct xm_option xm_options[];
extern const size_t xm_option_count;

/*
 * Reads the options into *ctx; optind is then the first word behind them. Returns false when
 * argv[optind - 1] is unknown, or lacks its value.
 */
bool xm_options_read(int argc, char **argv, struct xm_context *ctx);
/* The letter of an option as a short one, '\0': it has none */
char xm_option_letter(const struct xm_option *o);
/* The option that a word like "-n", "-netns", "--netns" or "-br" is; NULL: none */
const struct xm_option *xm_option_find(const char *word);
/* The name of the option that a mistyped word like "--jsn" may be; NULL: none */
const char *xm_option_nearest(const char *word);
void xm_options_print_usage(FILE *to);

#endif
