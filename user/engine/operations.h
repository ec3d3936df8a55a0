/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: what commands about endpoints and commands about parents share */
#ifndef XM_OPERATIONS_H
#define XM_OPERATIONS_H

#include "engine/state.h"

/*
 * Removes endpoints whose devices have gone; the parent may go with the last (p->gone). What the
 * parent refuses is its own trouble.
 */
void xm_operation_sweep(struct xm_parent *p);
/*
 * Ends an operation on a parent: one that nobody asked for must not stay. Returns err, or else a
 * negative errno and fills *e.
 */
int xm_operation_finish(struct xm_engine *engine, struct xm_parent *p, int err, struct xm_err *e);

#endif
