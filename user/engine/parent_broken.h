/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: parents that are refused something. engine.h has what front ends call.
 * Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_PARENT_BROKEN_H
#define XM_PARENT_BROKEN_H

#include "engine/state.h"

/*
 * Marks the parent as broken: err and *why are its own trouble, and no other parent's. It stays in
 * the list, and its pins stay: they say what is to be done or undone.
 */
void xm_parent_set_broken(struct xm_parent *p, int err, const struct xm_err *why);

/*
 * For a parent that could not be loaded or settled: err, *why. It stays in the list, so that it can
 * be shown, changed and detached.
 */
void xm_parent_load_broken(struct xm_parent *p, uint32_t ifindex, int err,
			   const struct xm_err *why);
/* Fails with the reason when the parent is broken */
int xm_parent_check_broken(const struct xm_parent *p, struct xm_err *e);

/*
 * Fails with the reason when the pins of a parent could not be read: a name that is not found may
 * belong to it
 */
int xm_parents_check_unloaded(const struct xm_engine *engine, struct xm_err *e);

#endif
