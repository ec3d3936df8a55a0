/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: removes endpoints whose devices have gone. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_PARENT_SWEEP_H
#define XM_PARENT_SWEEP_H

#include "engine/state.h"

/*
 * Removes the endpoints whose devices have gone: a look-up for each, so loading a parent does not
 * do it. Returns their number or a negative errno.
 */
int xm_parent_sweep(struct xm_parent *p, struct xm_err *e);

/*
 * Removes the endpoints whose namespace has ended: the kernel deletes their devices some time later
 * (cleanup_net()), and until then they hold name, MAC and slot. mac: only the one with this MAC;
 * NULL: all. Two requests for each. Returns their number or a negative errno.
 */
int xm_parent_sweep_ended(struct xm_parent *p, const uint8_t *mac, struct xm_err *e);
/*
 * The same; the parent may be detached with its last endpoint. Returns 0 or a negative errno.
 */
int xm_parent_sweep_destroy_unused(struct xm_parent *p, struct xm_err *e);
/* Whether the network namespace of the peer end has ended (xm_parent_sweep_ended()) */
bool xm_endpoint_has_ended(struct xm_parent *p, const struct xm_endpoint *ep);

#endif
