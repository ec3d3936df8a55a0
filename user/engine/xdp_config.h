/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what is requested of XDP, guard, neigh and fanout on a parent. Functions
 * return 0 or a negative errno and fill *e.
 */
#ifndef XM_XDP_CONFIG_H
#define XM_XDP_CONFIG_H

#include "engine/state.h"

/*
 * Whether the id of the attached program is recorded and its mode is the one that the request
 * results in. For `auto` every mode but skb is right.
 */
bool xm_xdp_is_current(const struct xm_parent *p);

/*
 * Whether parent_xdp is recorded as attached, and the device, as last read, has no XDP program: it
 * was detached by others
 */
bool xm_xdp_was_detached(const struct xm_parent *p);

/*
 * Attaches again what others have detached. Completes an interrupted xm_xdp_configure(). When the
 * kernel refuses the new request, restores the former one.
 */
int xm_xdp_repair(struct xm_parent *p, struct xm_err *e);
/* Applies xdp, guard, neigh and fanout: all of them, or on failure none */
int xm_xdp_configure(struct xm_parent *p, const struct xm_attach *attach, struct xm_err *e);

#endif
