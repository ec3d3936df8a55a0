/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: brings records and maps into line with what others did to the devices.
 * Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_SYNC_H
#define XM_SYNC_H

#include "engine/state.h"

/*
 * Whether endpoints lose their carrier with their parent. Only the watcher uses FOLLOW, because a
 * command does not run when the carrier comes back.
 */
enum xm_carrier { XM_CARRIER_KEEP, XM_CARRIER_FOLLOW };

/*
 * Brings a parent and all its endpoints into line with their devices; with `ep` (may be NULL) the
 * parent's device and that endpoint only
 */
int xm_sync_devices(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/*
 * Brings the parent into line with its device, but not its endpoints. whole: also VLAN devices and
 * the TC filters of the blocks.
 */
int xm_sync_parent(struct xm_parent *p, bool whole, enum xm_carrier carrier, struct xm_err *e);
/*
 * Brings an endpoint into line with its devices. An error means that something was refused, e.g. a
 * MAC that macvlan would refuse; the record then keeps the former value.
 */
int xm_sync_endpoint(struct xm_parent *p, struct xm_endpoint *ep, enum xm_carrier carrier,
		     struct xm_err *e);

#endif
