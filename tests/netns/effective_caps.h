/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The capabilities that are effective at each system call of a command. */
#ifndef NT_EFFECTIVE_CAPS_H
#define NT_EFFECTIVE_CAPS_H

#include "tracer.h"

/* Results for the main thread, from the command's first capset on */
struct effective_caps {
	struct tracer tracer; /* first */
	const char *program; /* path in execve */
	bool started, lowered;
	unsigned int calls;
	unsigned int entered; /* setns calls with XM_CAPS_ENTER */
	unsigned int excess; /* calls with more than XM_CAPS_WORK and their needs */
	char first[100]; /* the first of them */
};

/* The hexadecimal number with this key ("CapEff") in /proc/PID/status */
unsigned long long effective_caps_status(pid_t pid, const char *key);

/*
 * Runs a shell line that execs the command. Fills *caps and returns the exit code as tracer_run().
 */
int effective_caps_run(struct effective_caps *caps, const char *program, const char *line);

#endif
