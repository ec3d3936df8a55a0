/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Locks of folders (flock), with an end of the wait */
#ifndef XM_PIN_LOCK_H
#define XM_PIN_LOCK_H

#include <stdbool.h>

#include "base/err.h"

#define XM_LOCK_WAIT_MS	 30000 /* default of the wait */
#define XM_LOCK_QUIET_MS 1000 /* a longer wait is reported */

/* How to wait for a lock that another process has */
struct xm_lock_wait {
	unsigned int ms; /* then the wait ends; 0: it does not begin */
	/* Called once a wait, after XM_LOCK_QUIET_MS: "process 1234 (xmacvlan)". NULL: nobody. */
	void (*report)(const char *path, const char *holder);
};

/*
 * Locks the folder that is open as fd; closing fd unlocks it. Waiting processes get the lock in
 * the order in which they came. -ETIMEDOUT: another process had the lock all the time, and *e
 * names it. Uses SIGALRM and ITIMER_REAL while it waits.
 */
int xm_lock_take(int fd, const char *path, const struct xm_lock_wait *wait, struct xm_err *e);

/* Whether a process has a lock on the folder, by /proc/locks: nothing is locked for it */
bool xm_lock_is_held(const char *path);

#endif
