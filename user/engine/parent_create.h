/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: attaches a parent. Returns 0 or a negative errno and fills *e. */
#ifndef XM_PARENT_CREATE_H
#define XM_PARENT_CREATE_H

#include "engine/state.h"

/*
 * Finds the attached parent of that name. When it is not attached, attaches it with the XDP request
 * `xdp` (enum xm_xdp).
 */
int xm_parent_find_or_create(struct xm_engine *engine, const char *name, uint8_t xdp,
			     struct xm_parent **ret, struct xm_err *e);

#endif
