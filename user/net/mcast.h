/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The multicast addresses that devices have joined: what the kernel's macvlan filters by (dev->mc), whoever
 * asked for them, sockets, protocols or `ip maddr`.
 */
#ifndef XM_GROUPS_H
#define XM_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct xm_group {
	uint32_t ifindex;
	uint8_t mac[XM_MAC_LEN];
};

/* Of a namespace, in the order of ifindex, then MAC */
struct xm_groups {
	struct xm_group *list; /* malloc'ed */
	size_t count;
};

/* More in a namespace than anybody needs: reading them all would be its users' way to keep us busy */
#define XM_MCAST_READ_MAX 16384

/* Of the current network namespace. 0 or -errno, *ret untouched then. -E2BIG: too many. */
int xm_mcast_read(struct xm_groups *ret);
void xm_mcast_free(struct xm_groups *groups);

/* Those of a device: *count from the returned one on */
const struct xm_group *xm_mcast_of(const struct xm_groups *groups, uint32_t ifindex, size_t *count);

#endif
