/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: follows what others did to the devices. Functions return 0 or a negative
 * errno and fill *e.
 */
#ifndef XM_SYNC_H
#define XM_SYNC_H

#include "engine/state.h"

/*
 * Whether endpoints lose their carrier with their parent. Only the watcher asks for FOLLOW: a
 * command would not be there to give the carrier back.
 */
enum xm_carrier { XM_CARRIER_KEEP, XM_CARRIER_FOLLOW };

/* All of a parent; or, when `ep` is not NULL, the parent's device and that endpoint alone */
int xm_follow(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/*
 * The parent's device without its endpoints; whole: its VLAN devices and its block of filters too
 */
int xm_follow_parent(struct xm_parent *p, bool whole, enum xm_carrier carrier, struct xm_err *e);
/* An error says what was not followed, e.g. a MAC that macvlan would have refused */
int xm_follow_endpoint(struct xm_parent *p, struct xm_endpoint *ep, enum xm_carrier carrier,
		       struct xm_err *e);

#endif
