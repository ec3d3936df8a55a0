/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: finds host ends */
#ifndef XM_HOST_END_H
#define XM_HOST_END_H

#include "engine/state.h"

/*
 * Finds the host end by its ifindex or, before that is known, by its name. Checks that it has
 * a link kind of host ends and is in xmacvlan's link group: another program may have made a device
 * with that name or with a reused ifindex. *e is not filled.
 */
int xm_host_end_find(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *ret);

/* Writes into the record in memory which device is the endpoint's: the peer end, if it has one */
void xm_host_end_record(struct xm_endpoint *ep, const struct xm_link *host_end);

/*
 * Whether the device is the host end of the slot, or any host end in XM_LINK_GROUP_PENDING_DELETE
 */
bool xm_host_end_is(uint32_t slot, const struct xm_link *link);

#endif
