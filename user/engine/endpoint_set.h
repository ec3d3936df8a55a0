/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: changes an endpoint. Returns 0 or a negative errno and fills *e. */
#ifndef XM_ENDPOINT_SET_H
#define XM_ENDPOINT_SET_H

#include "engine/state.h"

/* Changes an endpoint: everything is checked, then done, and undone when a step fails */
int xm_endpoint_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		    struct xm_err *e);

#endif
