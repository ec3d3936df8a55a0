/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A process that is stopped with the lock of a parent, and commands beside it. */
#ifndef NT_STOPPED_HOLDER_H
#define NT_STOPPED_HOLDER_H

#include <sys/types.h>

#include "nt.h"

/*
 * How long a command may take that waits for no lock, in milliseconds: 2 s, more while the machine
 * is busy, but always less than the 30 s after which a command gives up waiting.
 */
uint64_t holder_at_once_ms(void);
/* Runs the command in the namespace; *ms: its duration. Returns its exit code. */
int holder_timed_run(const struct xmt_ns *host, const char *options, const char *line,
		     uint64_t *ms);
/* Checks that the command succeeds within holder_at_once_ms(). */
void holder_check_at_once(const struct xmt_ns *host, const char *line);
/*
 * A batch of adds on the parent, stopped (SIGSTOP) after the first of them. Returns its process; it
 * is killed when the case ends.
 */
pid_t holder_stop(const struct xmt_ns *host, const char *parent);

#endif
