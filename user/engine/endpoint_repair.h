/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: completes a change of an endpoint. Returns 0 or a negative errno and fills
 * *e.
 */
#ifndef XM_ENDPOINT_REPAIR_H
#define XM_ENDPOINT_REPAIR_H

#include "engine/state.h"

/*
 * Completes an endpoint in state CHANGING from its record. After an error it is still in that
 * state, for the next command.
 */
int xm_endpoint_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
