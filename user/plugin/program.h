/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What main() of a plugin needs. Messages begin with the name of the program. */
#ifndef XM_PLUGIN_PROGRAM_H
#define XM_PLUGIN_PROGRAM_H

#include <stdbool.h>

#include "base/err.h"

#define PLUGIN_KEEP_S 300 /* how long a plugin keeps what nobody uses, by default */

/* Files and pins are their owner's only; a lack of memory ends the program with a message */
void plugin_program_prepare(void);

/* Reads a number of seconds from 1 to 86400 */
bool plugin_read_seconds(const char *text, unsigned int *ret);
/* Prints "WHAT 'WORD': see PROGRAM --help" to stderr. Returns the exit code. */
int plugin_usage_error(const char *what, const char *word);
/* Prints the error to stderr. Returns the exit code. */
int plugin_print_error(const struct xm_err *e);

#endif
