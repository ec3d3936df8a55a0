/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: judges a loaded parent. Returns 0 or a negative errno and fills *e. */
#ifndef XM_PARENT_SETTLE_H
#define XM_PARENT_SETTLE_H

#include "engine/state.h"

/*
 * Judges and repairs a loaded parent. Returns 1; 0: the parent is gone or missing, and p is only to
 * be closed; or a negative errno.
 */
int xm_parent_settle(struct xm_parent *p, struct xm_err *e);

#endif
