/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the parts of an endpoint. Functions return 0 or a negative errno and fill
 * *e.
 */
#ifndef XM_ENDPOINT_BUILD_H
#define XM_ENDPOINT_BUILD_H

#include "engine/state.h"

/*
 * Creates everything of the endpoint but its carrier: the host end stays down. fill_block false:
 * the block of TC filters is filled later (xm_host_end_programs_fill_once()).
 */
int xm_endpoint_build(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		      bool fill_block, struct xm_err *e);

/*
 * Sets the host end up and the record READY. The host end stays down while the parent has no
 * carrier and a watcher runs.
 */
int xm_endpoint_bring_up(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Wires up an endpoint whose host end was moved to the engine's namespace */
int xm_endpoint_rewire(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
