/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: follows what others did to the devices. Functions return 0 or a negative
 * errno and fill *e.
 */
#ifndef XM_SYNC_H
#define XM_SYNC_H

#include "engine/record.h"

/*
 * Whether endpoints lose their carrier with their parent. Only the watcher asks for FOLLOW: a
 * command would not be there to give the carrier back.
 */
enum xm_carrier { XM_CARRIER_KEEP, XM_CARRIER_FOLLOW };

/* sync.c */

/* All of a parent; or, when `ep` is not NULL, the parent's device and that endpoint alone */
int xm_follow(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/*
 * The parent's device without its endpoints; whole: its VLAN devices and its block of filters too
 */
int xm_follow_parent(struct xm_parent *p, bool whole, enum xm_carrier carrier, struct xm_err *e);
/* An error says what was not followed, e.g. a MAC that macvlan would have refused */
int xm_follow_endpoint(struct xm_parent *p, struct xm_endpoint *ep, enum xm_carrier carrier,
		       struct xm_err *e);

/* carrier.c */

/* true: sets the host ends down; false: sets those up that it has set down */
int xm_carrier_set_down(struct xm_parent *p, bool down, struct xm_err *e);
/* The host end of one endpoint brought to the carrier state of its parent */
void xm_carrier_correct(struct xm_parent *p, const struct xm_link *host_end);

/* host_macs.c */

/* While an endpoint has host access: this machine's other MACs on the parent, into mac_table */
int xm_host_macs_sync(struct xm_parent *p, struct xm_err *e);

/* vlans.c */

/* The VIDs that VLAN devices of the parent own, into the map vlans */
int xm_vlans_sync(struct xm_parent *p, struct xm_err *e);
/* Reads the VLAN devices of the namespace, for all parents until they are dropped */
int xm_vlans_read(struct xm_engine *engine, struct xm_err *e);
void xm_vlans_forget(struct xm_engine *engine);
/* Adds the device to the list if it is a VLAN device. Returns 0 or -ENOMEM. */
int xm_vlans_take(const struct xm_link *link, struct xm_vlan_list *list);
/* Whether the map vlans differs from the devices, as far as both can be read */
bool xm_vlans_differ(struct xm_parent *p);

#endif
