/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the order of xmacvlan's programs and those of others on host ends.
 * Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_HOST_END_ORDER_H
#define XM_HOST_END_ORDER_H

#include "engine/state.h"

/*
 * Attaches endpoint_rx where the block does not reach (struct xm_kind.attach), and before programs
 * that others have attached to the host end by tcx; detaches it from tcx when these no longer
 * exist. Adds to p->earlier the program that ran before it. The pin of endpoint_rx exists.
 */
int xm_host_end_attach_rx_first(struct xm_parent *p, const struct xm_endpoint *ep,
				struct xm_err *e);
/* The same for all host ends of the parent. Goes on after an error. */
int xm_host_ends_attach_rx_first(struct xm_parent *p, struct xm_err *e);
/* Fails and names the program when one of others handles the endpoint's frames before xmacvlan's */
int xm_host_end_verify_order(struct xm_parent *p, const struct xm_endpoint *ep,
			     const struct xm_link *host_end, struct xm_err *e);

#endif
