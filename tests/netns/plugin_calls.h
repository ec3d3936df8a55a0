/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many calls of the CNI plugin at once; some of them are killed. */
#ifndef NT_PLUGIN_CALLS_H
#define NT_PLUGIN_CALLS_H

#include "nt.h"

struct plugin_process {
	const char *command, *container;
	const struct xmt_ns *ns; /* CNI_NETNS; NULL: empty */
	char *conf; /* malloc'ed, freed by plugin_calls_free() */
	uint64_t kill_after; /* µs after its start; 0: is not killed */

	/* Results */
	bool killed;
	int code; /* exit code */
	json_t *doc; /* stdout; NULL: empty */
	char message[512]; /* stderr */

	/* While it runs */
	pid_t pid;
	int out, err;
	uint64_t started; /* µs */
};

/* A configuration in which each ' becomes ". The text is malloc'ed. */
char *plugin_calls_conf(const char *fmt, ...) XMT_PRINTF(1, 2);

/*
 * Runs all calls in namespace `host`, `at_once` at a time, with interface eth0. A call ends when
 * all processes that it started have ended, even if it is killed. Checks every call as
 * plugin_run(). Returns the duration in ms; more than two minutes is a deadlock and ends the case.
 */
uint64_t plugin_calls_run(struct plugin_process *calls, unsigned int n, unsigned int at_once,
			  const struct xmt_ns *host);
void plugin_calls_free(struct plugin_process *calls, unsigned int n);

/* The error's code (0: none) and message ("") in the document */
int plugin_calls_code(const struct plugin_process *c);
const char *plugin_calls_msg(const struct plugin_process *c);

#endif
