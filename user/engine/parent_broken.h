/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: broken parents. engine.h has what front ends call. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_PARENT_BROKEN_H
#define XM_PARENT_BROKEN_H

#include "engine/state.h"

/*
 * Marks a loaded parent as broken, with a negative errno and its message, and writes the message
 * into the pinned record. Other parents are not affected. The parent stays in the list. Its pins
 * stay too, because they record what has to be done or undone.
 */
void xm_parent_set_broken(struct xm_parent *p, int err, const struct xm_err *why);

/*
 * Fills *p as a broken parent after loading it or xm_parent_settle() has failed with err and *why.
 * It stays in the list, so that it can be shown, changed and detached.
 */
void xm_parent_set_broken_unloaded(struct xm_parent *p, uint32_t ifindex, int err,
				   const struct xm_err *why);
/* Fails with the reason when the parent is broken */
int xm_parent_check_broken(const struct xm_parent *p, struct xm_err *e);

/*
 * Fails with the reason when the pins of any parent could not be read: a name that was not found
 * may belong to that parent
 */
int xm_parents_check_unloaded(const struct xm_engine *engine, struct xm_err *e);

#endif
