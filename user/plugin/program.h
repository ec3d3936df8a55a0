/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What main() of a plugin needs. Messages begin with the name of the program. */
#ifndef XM_PLUGIN_PROGRAM_H
#define XM_PLUGIN_PROGRAM_H

#include <signal.h>
#include <stdbool.h>

#include "base/caps.h"
#include "base/err.h"

#define PLUGIN_KEEP_S 300 /* how long a plugin keeps what nobody uses, by default */

/* Files and pins are their owner's only; a lack of memory ends the program with a message */
void plugin_program_prepare(void);

/*
 * SIGTERM and SIGINT set *stop. They are blocked: they come while the program waits (ppoll()) or
 * unblocks them, and threads inherit the mask. flags: of sigaction(2). SIGPIPE is ignored.
 */
void plugin_stop_by_signals(volatile bool *stop, int flags);
/* *ret: SIGTERM and SIGINT */
void plugin_stop_signals(sigset_t *ret);

struct plugin_program {
	const char *socket; /* its path */
	xm_caps effective, keep; /* for xm_caps_drop() */
	/* Serves until it is stopped, or fills *e. The listener stays open. */
	void (*serve)(int listener, void *data, struct xm_err *e);
	void *data;
};

/* Opens the socket, drops privileges, serves and closes the socket. Returns the exit code. */
int plugin_program_run(const struct plugin_program *p);

/* Prints the error to stderr. Returns the exit code. */
int plugin_print_error(const struct xm_err *e);

#endif
