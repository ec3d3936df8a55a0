/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: makes host ends and pins follow a parent that was moved to another
 * namespace. Both functions may be repeated. Functions return 0 or a negative errno and fill *e,
 * unless their comment says more.
 */
#ifndef XM_PARENT_MOVE_H
#define XM_PARENT_MOVE_H

#include "engine/state.h"

/*
 * Moves host ends and pins to the namespace of a parent in state MOVING. Returns 1 when they are
 * there, and p is only to be closed; 0 when the parent has come back, and p is an ordinary attached
 * parent; or a negative errno.
 */
int xm_parent_move_out(struct xm_parent *p, struct xm_err *e);

/*
 * Attaches programs and makes map entries of a parent whose pins have come to this namespace.
 * Returns 1 when p is an ordinary attached parent, 0 when the parent's device no longer exists, or
 * a negative errno.
 */
int xm_parent_move_in(struct xm_parent *p, struct xm_err *e);

#endif
