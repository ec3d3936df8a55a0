/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the parent was moved to another namespace, and its host ends follow. Both
 * functions may be repeated. Functions return 0 or a negative errno and fill *e, unless their
 * comment says more.
 */
#ifndef XM_PARENT_MOVE_H
#define XM_PARENT_MOVE_H

#include "engine/state.h"

/*
 * Sends host ends and pins after a parent in state MOVING. Returns 1 when they are there, and p is
 * only to be closed; 0 when the parent is back, and p is an ordinary attached parent; or a negative
 * errno.
 */
int xm_parent_move_out(struct xm_parent *p, struct xm_err *e);

/*
 * Attaches what has come to this namespace. Returns 1 when p is an ordinary attached parent, 0 when
 * the parent is gone, or an error.
 */
int xm_parent_move_in(struct xm_parent *p, struct xm_err *e);

#endif
