/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Locks of folders (flock) with a limited wait */
#ifndef XM_LOCK_H
#define XM_LOCK_H

#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

#include "base/err.h"

#define XM_LOCK_WAIT_MS	 30000 /* default wait, in milliseconds */
#define XM_LOCK_QUIET_MS 1000 /* a wait of more milliseconds is reported */

/* How long to wait for a lock that another process has, and a function that reports a long wait */
struct xm_lock_wait {
	unsigned int ms; /* longest wait in milliseconds; 0: does not wait */
	/*
	 * Called once, after XM_LOCK_QUIET_MS of waiting. holder: "process 1234 (xmacvlan)". May be
	 * NULL.
	 */
	void (*report)(const char *path, const char *holder);
};

/*
 * Locks the folder that is open as fd; closing fd unlocks it. Waiting processes get the lock in the
 * order of their calls. Returns 0 or a negative errno and fills *e. -ETIMEDOUT: another process had
 * the lock for the whole time; *e names it. Uses SIGALRM and ITIMER_REAL while it waits.
 */
int xm_lock_take(int fd, const char *path, const struct xm_lock_wait *wait, struct xm_err *e);

/*
 * A limit for a flock() of a library, which waits without one: between the two calls it is
 * interrupted (EINTR) when ms milliseconds have passed. Uses SIGALRM and ITIMER_REAL.
 */
struct xm_lock_limit {
	struct itimerval timer; /* the former state, as the other members */
	struct sigaction action;
	sigset_t signals;
};

void xm_lock_limit_begin(struct xm_lock_limit *limit, unsigned int ms);
void xm_lock_limit_end(const struct xm_lock_limit *limit);

/* Whether a process has a lock on the folder. Reads /proc/locks and takes no lock. */
bool xm_lock_is_held(const char *path);

#endif
