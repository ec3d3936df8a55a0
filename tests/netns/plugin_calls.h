/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many calls of the CNI plugin at once, some of them killed. */
#ifndef NT_PLUGIN_CALLS_H
#define NT_PLUGIN_CALLS_H

#include "nt.h"

struct plugin_process {
	const char *command, *container;
	const struct xmt_ns *ns; /* CNI_NETNS; NULL: none */
	char *conf; /* malloc'ed, freed by plugin_calls_free() */
	uint64_t kill_after; /* µs from its start; 0: not */

	/* Afterwards */
	bool killed;
	int code; /* exit code */
	json_t *doc; /* what it printed, NULL: nothing */
	char said[512]; /* stderr */

	pid_t pid;
	int out, err;
	uint64_t started; /* µs */
};

/* A configuration, in which ' stands for ". Malloc'ed. */
char *plugin_calls_conf(const char *fmt, ...) XMT_PRINTF(1, 2);

/*
 * Runs all of them in namespace `host`, `at_once` at a time, with eth0 as interface. A call has ended when all
 * that it started has ended too, also when it was killed. Checks what holds for every call: see plugin_run().
 * Returns the milliseconds that it took; longer than two minutes is a deadlock, which ends the case.
 */
uint64_t plugin_calls_run(struct plugin_process *calls, unsigned int n, unsigned int at_once,
			  const struct xmt_ns *host);
void plugin_calls_free(struct plugin_process *calls, unsigned int n);

/* Of the document: the error's code (0: none) and message ("") */
int plugin_calls_code(const struct plugin_process *c);
const char *plugin_calls_msg(const struct plugin_process *c);

#endif
