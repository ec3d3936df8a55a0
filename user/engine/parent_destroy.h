/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: removes a parent. Functions return 0 or a negative errno and fill *e,
 * unless their comment says more.
 */
#ifndef XM_PARENT_DESTROY_H
#define XM_PARENT_DESTROY_H

#include "engine/state.h"

/* Removes the endpoints, detaches the programs, removes the pins; p->destroyed is set */
int xm_parent_destroy(struct xm_parent *p, struct xm_err *e);

/*
 * Whether the parent stays attached when it has no endpoint: it was attached by `attach`, it is
 * broken, or this process may not detach its XDP program
 */
bool xm_parent_stays(const struct xm_parent *p);
/* Destroys the parent when it has no endpoint and xm_parent_stays() is false */
int xm_parent_destroy_unused(struct xm_parent *p, struct xm_err *e);

#endif
