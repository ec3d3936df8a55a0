/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many commands at once; some of them are killed. */
#ifndef NT_BACKGROUND_JOBS_H
#define NT_BACKGROUND_JOBS_H

#include "nt.h"

#define JOBS 64

struct job {
	char line[160]; /* words of the command */
	bool not_as_holder; /* is not chosen to be killed while it holds the lock */
	int messages; /* stderr: a file */
	bool killed; /* by a signal */
	int code; /* exit code, or -signal */
	pid_t pid;
	uint64_t kill_at; /* ms; 0: is not killed */
	bool ended;
};

/*
 * Starts `xmacvlan -n NS <line>` for all jobs and waits for their ends; more than a minute is a
 * deadlock and ends the case. The first `kills` jobs are killed at random times, unless they end
 * earlier, and one more job is killed while it holds the lock. Returns whether that job was killed.
 */
struct xmt_prng;
bool background_jobs_run(struct job jobs[JOBS], const struct xmt_ns *ns, unsigned int kills,
			 struct xmt_prng *prng);

#endif
