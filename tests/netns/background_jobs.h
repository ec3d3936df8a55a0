/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many commands at once, some of them killed. */
#ifndef NT_BACKGROUND_JOBS_H
#define NT_BACKGROUND_JOBS_H

#include "nt.h"

#define JOBS 64

struct job {
	char line[160]; /* words of the command */
	bool to_be_kept; /* is not the one that is killed while it has the lock */
	int said; /* stderr: a file */
	bool killed; /* did not come to its end */
	int code; /* exit code, or -signal */
	pid_t pid;
	uint64_t kill_at; /* ms; 0: not */
	bool ended;
};

/*
 * Starts all of `xmacvlan -n NS <line>` and waits for their ends; longer than a minute is a
 * deadlock, which ends the case. The first `kills` are killed, each at a time drawn by seed (those
 * that are faster are not), and one more while it has the lock: whether that was done is returned.
 */
struct xmt_prng;
bool background_jobs_run(struct job jobs[JOBS], const struct xmt_ns *ns, unsigned int kills,
			 struct xmt_prng *prng);

#endif
