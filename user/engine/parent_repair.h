/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: repairs a parent. Returns 0 or a negative errno and fills *e. */
#ifndef XM_PARENT_REPAIR_H
#define XM_PARENT_REPAIR_H

#include "engine/state.h"

/* Completes or undoes what an interrupted command left */
int xm_parent_repair(struct xm_parent *p, struct xm_err *e);

#endif
