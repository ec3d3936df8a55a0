/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `xmacvlan -j monitor` under test, and the lines that it has written. */
#ifndef NT_MONITOR_FIXTURE_H
#define NT_MONITOR_FIXTURE_H

#include <sys/types.h>

#include "nt.h"

struct monitor_run {
	pid_t pid;
	int out, messages; /* files with its stdout and its stderr */
};

/* Starts `xmacvlan -j -n NS monitor ARGS` and waits until it waits for events, or has ended. */
void monitor_start(struct monitor_run *m, const struct xmt_ns *ns, const char *args);
/* The same with that stdout */
void monitor_start_to(struct monitor_run *m, const struct xmt_ns *ns, const char *args, int out);
/* Sends the signal (0: none) and waits for its end. Returns its exit code, or -signal. */
int monitor_end(struct monitor_run *m, int signal);
/* What it has written to stderr */
const char *monitor_message(const struct monitor_run *m);

/*
 * Number of lines so far with this event, and with these texts as the values of keys: "key=text";
 * NULL: any
 */
unsigned int monitor_count(const struct monitor_run *m, const char *event, const char *a,
			   const char *b);
/* Waits for such a line for three seconds, more on a slow or busy machine. */
bool monitor_has(const struct monitor_run *m, const char *event, const char *a, const char *b);
/* Number of lines so far; -1: one of them is not a JSON object */
int monitor_lines(const struct monitor_run *m);
/* What the lines say of the drops of a reason: those with an event, and those without */
void monitor_drops(const struct monitor_run *m, const char *reason, long long *reported,
		   long long *suppressed);
/*
 * Checks that the lines and the suppressed drops of every reason are as many as the counters of the
 * namespace's parents and endpoints have. Reasons that only a device counts are left out.
 */
void monitor_check_sums(const struct monitor_run *m, const struct xmt_ns *host, const char *what);

#endif
