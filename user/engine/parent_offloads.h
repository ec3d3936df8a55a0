/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: offloads of the parent that are off while it has endpoints. Functions
 * return 0 or a negative errno and fill *e.
 */
#ifndef XM_PARENT_OFFLOADS_H
#define XM_PARENT_OFFLOADS_H

#include "engine/state.h"

/*
 * Turns LRO and the VLAN filters of the parent off while there are endpoints, and on again
 * afterwards. Sets or clears XM_PARENT_FIXED_VLAN_FILTER, by which xm_parent_meet_needs() makes the
 * parent promiscuous.
 */
int xm_parent_hold_offloads(struct xm_parent *p, struct xm_err *e);
/* Turns on again what the record says was turned off; the record stays as it is. Fills no error. */
int xm_parent_restore_offloads(struct xm_parent *p);

#endif
