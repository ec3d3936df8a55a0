/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which capabilities are effective at each system call of a command. */
#ifndef NT_EFFECTIVE_CAPS_H
#define NT_EFFECTIVE_CAPS_H

#include "tracer.h"

/* The main thread, from the command's first capset on */
struct effective_caps {
	struct tracer tracer; /* first */
	const char *program; /* that execve names */
	bool begun, lowered;
	unsigned int calls;
	unsigned int entered; /* setns with what that needs */
	unsigned int bad; /* calls with more than XM_CAPS_WORK and what they need */
	char what[100]; /* the first of them */
};

/* A number of /proc/PID/status, in hexadecimal: "CapEff" and the like */
unsigned long long effective_caps_status(pid_t pid, const char *key);

/* Runs a shell line that execs the command. Its exit code, as tracer_run(). */
int effective_caps_run(struct effective_caps *w, const char *program, const char *line);

#endif
