/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the fan-out, by which XDP copies group frames to many endpoints
 * (docs/design.md). Without it the TC programs make all copies.
 */
#ifndef XM_ENGINE_FANOUT_H
#define XM_ENGINE_FANOUT_H

#include "engine/state.h"

/*
 * Makes, fills or removes the fan-out, as the endpoints of the parent need it. Does nothing unless
 * p->fanout_stale. What the kernel refuses leaves the parent without a fan-out: no error.
 */
int xm_fanout_sync(struct xm_parent *p, struct xm_err *e);

/* Takes the slot out of the fan-out, before its endpoint's host end is deleted */
void xm_fanout_forget(struct xm_parent *p, uint32_t slot);

/* Deletes the pair. Returns 0 or a negative errno and fills *e. */
int xm_fanout_remove(struct xm_parent *p, struct xm_err *e);

#endif
