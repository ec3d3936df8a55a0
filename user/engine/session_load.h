/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: loads the parents of a namespace. Returns 0 or a negative errno and fills
 * *e.
 */
#ifndef XM_SESSION_LOAD_H
#define XM_SESSION_LOAD_H

#include "engine/state.h"

/*
 * Once a session: a reader loads the parents of the namespace. Any other session completes or
 * removes what commands that were killed have left, of parents that nobody has locked.
 */
int xm_session_load(struct xm_engine *engine, struct xm_err *e);
/*
 * Locks, loads and settles a parent; it stays in the list, also as a broken one, until
 * xm_parents_free(). Returns 1, 0: it is not attached, or a negative errno. When another process
 * has the lock, the session gives up its own locks before it waits, so that two sessions never wait
 * for each other: parents that were locked before may be freed.
 */
int xm_parent_lock(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
		   struct xm_err *e);
/* The same without waiting, and without giving up a lock; -ETIMEDOUT: another process has it */
int xm_parent_try_lock(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
		       struct xm_err *e);
/* Frees and unlocks one parent of the list */
void xm_parent_unlock(struct xm_parent *p);
/* Completes what is deferred, and unlocks all. The next xm_engine_flush() returns the error. */
void xm_parents_unlock(struct xm_engine *engine);
/* The ifindexes of the namespace's folders of pins, allocated. Returns their number or -errno. */
int xm_parents_list(struct xm_engine *engine, uint32_t **ret, struct xm_err *e);

#endif
