/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: MACs of this machine in mac_table. Returns 0 or a negative errno and fills
 * *e.
 */
#ifndef XM_HOST_MACS_H
#define XM_HOST_MACS_H

#include "engine/state.h"

/*
 * While an endpoint has host access, keeps the MACs of kernel macvlans and others on the parent
 * (the entries of its unicast filter that belong to no endpoint) in mac_table, with slot
 * XM_SLOT_PARENT; else removes them
 */
int xm_host_macs_sync(struct xm_parent *p, struct xm_err *e);

#endif
