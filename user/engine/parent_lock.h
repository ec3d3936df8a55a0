/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: locks and loads parents. Functions return 0 or a negative errno and fill
 * *e.
 */
#ifndef XM_PARENT_LOCK_H
#define XM_PARENT_LOCK_H

#include "engine/state.h"

/*
 * Does its work once a session. A reader's session loads the parents of the namespace. Any other
 * session completes or removes what killed commands have left, of the parents that no process has
 * locked.
 */
int xm_session_begin_once(struct xm_engine *engine, struct xm_err *e);
/* What is done with the look (xm_parent_look()) at each parent of the namespace */
struct xm_look_visit {
	/* Returns 0 to go on, or a negative errno. The parent is not locked: it is not changed. */
	int (*each)(struct xm_parent *look, void *data, struct xm_err *e);
	void *data;
};

/*
 * xm_session_begin_once(), and the visit to each parent whose pins can be read. Both take one look
 * at the pins when the session has not begun. The visit must not change the session.
 */
int xm_session_look(struct xm_engine *engine, const struct xm_look_visit *v, struct xm_err *e);
/*
 * Locks, loads and settles a parent. It stays in the list, also when it is broken, until it is
 * unlocked. Returns 1 and fills *ret; 0 when it is not attached; or a negative errno. When another
 * process has the lock, the session unlocks its other parents before it waits, so that two sessions
 * never wait for each other: pointers to these parents are invalid then.
 */
int xm_parent_lock(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
		   struct xm_err *e);
/*
 * The same without waiting, and without unlocking others. -ETIMEDOUT: another process has the lock.
 */
int xm_parent_try_lock(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
		       struct xm_err *e);
/*
 * Completes the deferred work, and unlocks all parents. The next xm_engine_flush() returns its
 * error.
 */
void xm_parents_unlock(struct xm_engine *engine);
/*
 * Reads the ifindexes of the namespace's folders of pins into *ret, which the caller frees. Returns
 * their number or a negative errno.
 */
int xm_parents_list_pinned(struct xm_engine *engine, uint32_t **ret, struct xm_err *e);

#endif
