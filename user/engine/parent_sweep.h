/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: removes endpoints whose devices no longer exist. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_PARENT_SWEEP_H
#define XM_PARENT_SWEEP_H

#include "engine/state.h"

/*
 * Removes the endpoints whose devices no longer exist. It costs a look-up for each endpoint;
 * therefore loading a parent does not do it. Returns the number of removed endpoints or a negative
 * errno.
 */
int xm_parent_sweep(struct xm_parent *p, struct xm_err *e);

/*
 * Removes the endpoints whose network namespace has ended. The kernel deletes their devices some
 * time later (cleanup_net()); until then they hold name, MAC and slot. mac: removes only the
 * endpoint with this MAC; NULL: all. Costs two netlink requests for each endpoint. Returns the
 * number of removed endpoints or a negative errno.
 */
int xm_parent_sweep_ended(struct xm_parent *p, const uint8_t *mac, struct xm_err *e);
/*
 * xm_parent_sweep(); then destroys the parent when it is unused (p->destroyed). Returns 0 or a
 * negative errno.
 */
int xm_parent_sweep_destroy_unused(struct xm_parent *p, struct xm_err *e);
/* Whether the network namespace of the peer end has ended (xm_parent_sweep_ended()) */
bool xm_endpoint_has_ended(struct xm_parent *p, const struct xm_endpoint *ep);

#endif
