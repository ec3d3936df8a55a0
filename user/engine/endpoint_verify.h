/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: checks an endpoint. Returns 0 or a negative errno and fills *e. */
#ifndef XM_ENDPOINT_VERIFY_H
#define XM_ENDPOINT_VERIFY_H

#include "engine/state.h"

/*
 * Checks devices, maps and programs of an endpoint. *e names the first difference. Repairs nothing.
 */
int xm_endpoint_verify(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
