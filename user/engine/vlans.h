/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: VLAN devices on a parent. Functions return 0 or a negative errno and fill
 * *e, unless their comment says more.
 */
#ifndef XM_VLANS_H
#define XM_VLANS_H

#include "engine/state.h"

/* Writes the VIDs of the VLAN devices on the parent into the map vlans */
int xm_vlans_sync(struct xm_parent *p, struct xm_err *e);
/* Reads the VLAN devices of the namespace, for all parents, until xm_vlans_forget() */
int xm_vlans_read(struct xm_engine *engine, struct xm_err *e);
void xm_vlans_forget(struct xm_engine *engine);
/* Adds the device to the list if it is a VLAN device. Returns 0 or -ENOMEM. */
int xm_vlans_take(const struct xm_link *link, struct xm_vlan_list *list);
/* Whether the map vlans differs from the VLAN devices; false when either cannot be read */
bool xm_vlans_differ(struct xm_parent *p);

#endif
