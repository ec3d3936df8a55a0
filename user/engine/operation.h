/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: what commands about endpoints and commands about parents share */
#ifndef XM_OPERATION_H
#define XM_OPERATION_H

#include "engine/state.h"

/*
 * Removes endpoints whose devices no longer exist, and the parent when it is then unused
 * (p->destroyed). A refusal makes the parent broken.
 */
void xm_operation_sweep(struct xm_parent *p);
/*
 * Ends an operation on a parent: destroys it when it is unused and was not attached by `attach`.
 * Returns `err`; when that is 0, 0 or a negative errno and fills *e.
 */
int xm_operation_finish(struct xm_engine *engine, struct xm_parent *p, int err, struct xm_err *e);

#endif
