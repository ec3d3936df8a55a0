/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands: they read the command line, call the engine and print */
#ifndef XM_COMMAND_H
#define XM_COMMAND_H

#include <stdbool.h>

#include "engine/engine.h"

/* What the commands of one run share */
struct xm_context {
	bool json, pretty, stats, version, force;
	const char *netns; /* NULL: the current one */
	const char *batch; /* file with commands, "-": standard input; NULL: none */
	const char *where; /* "FILE:LINE" of the command that runs, or NULL */
	bool open;
	struct xm_engine engine; /* by xm_context_open() */
};

/* Opens the engine unless an earlier command has; a command calls it when its words are understood */
int xm_context_open(struct xm_context *ctx, struct xm_err *e);

/* Runs the command of these words, its own first. 0 or an exit code; the error is told. */
int xm_command_run(struct xm_context *ctx, int argc, char **argv);

/* Runs the commands of ctx->batch, one a line, in one session. 0 or an exit code. */
int xm_batch(struct xm_context *ctx);

/* Prints an error as the context asks for. Returns its exit code. `where` is put before it, or NULL. */
int xm_print_error(struct xm_context *ctx, const char *where, const struct xm_err *e);

/* Arguments behind the command's own word. 0, or -errno with the reason in *e. */
typedef int xm_command_fn(struct xm_context *ctx, int argc, char **argv, struct xm_err *e);

xm_command_fn xm_command_add, xm_command_set, xm_command_del, xm_command_show, xm_command_attach,
	xm_command_detach, xm_command_upgrade, xm_command_version;

#endif
