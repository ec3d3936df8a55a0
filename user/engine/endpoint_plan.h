/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: plans a new endpoint. Returns 0 or a negative errno and fills *e. */
#ifndef XM_ENDPOINT_PLAN_H
#define XM_ENDPOINT_PLAN_H

#include "engine/state.h"

/* Checks `add` against the parent and fills *ret with slot and record. Changes nothing. */
int xm_endpoint_plan(struct xm_parent *p, const struct xm_add *add, struct xm_endpoint *ret,
		     struct xm_err *e);

#endif
