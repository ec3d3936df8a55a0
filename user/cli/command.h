/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands: they read the command line, call the engine and print */
#ifndef XM_COMMAND_H
#define XM_COMMAND_H

#include <stdio.h>

#include "cli/context.h"

/* Runs the command that argv begins with. Returns 0 or an exit code; an error has been printed. */
int xm_command_run(struct xm_context *ctx, int argc, char **argv);
/* Whether the word is `show` or another spelling of it */
bool xm_command_is_show(const char *word);
/* Prints and returns the exit code of a wrong command line: WHAT 'WORD': see 'xmacvlan help' */
int xm_command_line_error(struct xm_context *ctx, const char *what, const char *word);
void xm_print_usage(FILE *to);

/* argv: the words behind the command's own. Returns 0, or a negative errno and fills *e. */
typedef int xm_command_fn(struct xm_context *ctx, int argc, char **argv, struct xm_err *e);

xm_command_fn xm_command_add, xm_command_set, xm_command_del, xm_command_show, xm_command_attach,
	xm_command_detach, xm_command_sync, xm_command_upgrade, xm_command_metrics, xm_command_top,
	xm_command_apply, xm_command_save, xm_command_migrate, xm_command_monitor, xm_command_trace,
	xm_command_version;

#endif
