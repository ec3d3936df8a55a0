/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: adds an endpoint. Functions return 0 or a negative errno and fill *e. */
#ifndef XM_ENDPOINT_ADD_H
#define XM_ENDPOINT_ADD_H

#include "engine/state.h"

/*
 * In a batch the endpoint may stay down, in state PARTIAL, until xm_endpoint_add_finish() brings
 * it up, or removes it again when that fails.
 */
int xm_endpoint_add(struct xm_parent *p, const struct xm_add *add, struct xm_err *e);
int xm_endpoint_add_finish(struct xm_parent *p, struct xm_err *e);

#endif
