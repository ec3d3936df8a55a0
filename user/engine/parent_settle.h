/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: decides what happens to a loaded parent */
#ifndef XM_PARENT_SETTLE_H
#define XM_PARENT_SETTLE_H

#include "engine/state.h"

/*
 * Repairs a loaded parent, leaves it alone while its device may be moving, or destroys it. Returns
 * 1 when p is an attached parent; 0 when p is only to be closed; or a negative errno and fills *e.
 */
int xm_parent_settle(struct xm_parent *p, struct xm_err *e);

#endif
