/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the commands of one run share */
#ifndef XM_CONTEXT_H
#define XM_CONTEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/show.h"
#include "engine/engine.h"

struct xm_context {
	/*
	 * NULL: not opened. Has to be the first member: offset 0 means that an option has no
	 * member.
	 */
	struct xm_engine *engine;
	const char *netns; /* of the parents; NULL: the current one */
	const char *batch; /* file with commands, "-": standard input; NULL: none */
	unsigned int timeout_ms; /* longest wait for the lock */
	const char *timeout; /* --timeout as given; NULL: not given */
	const char *color; /* --color as given: NULL: not given, "": without a value */
	bool many; /* the command consists of many */
	bool json, pretty, stats, version, force, help;
	bool timestamp; /* of each line of monitor */
	bool h; /* -h was given: with `show` it means --human, else --help */
	struct xm_show_style style; /* for text; .brief also for JSON */
	const char *where; /* "FILE:LINE" of the command that runs, or NULL */
};

/*
 * Opens the engine unless an earlier command has. A command calls it when its words are understood.
 */
int xm_context_open(struct xm_context *ctx, struct xm_err *e);
/* Enters the network namespace of option -n: a name, a PID or a path */
int xm_context_enter(const char *netns, struct xm_err *e);

/*
 * Prints an error as the context asks for, after `where` unless that is NULL. Returns its exit
 * code.
 */
int xm_print_error(const struct xm_context *ctx, const char *where, const struct xm_err *e);
/* Prints a JSON document and a newline to stdout. Takes the reference. */
void xm_print_json(const struct xm_context *ctx, json_t *doc);

#endif
