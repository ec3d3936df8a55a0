/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Joined groups: the multicast addresses of devices (dev->mc), by which the kernel's macvlan
 * filters. Sockets, protocols and `ip maddr` add them.
 */
#ifndef XM_MCAST_H
#define XM_MCAST_H

#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct xm_mcast_group {
	uint32_t ifindex;
	uint8_t mac[XM_MAC_LEN];
};

/* Those of a namespace, in order of ifindex, then MAC */
struct xm_mcast_groups {
	struct xm_mcast_group *list; /* malloc'ed */
	size_t count;
};

/* A limit: users of a namespace could keep the reader busy by joining groups without end */
#define XM_MCAST_READ_MAX 16384

/*
 * Reads those of the current network namespace. Returns 0, or a negative errno and leaves *ret as
 * it is. -E2BIG: more than XM_MCAST_READ_MAX.
 */
int xm_mcast_read(struct xm_mcast_groups *ret);
void xm_mcast_free(struct xm_mcast_groups *groups);

/* Returns the first group of a device and the number of its groups in *count */
const struct xm_mcast_group *xm_mcast_of(const struct xm_mcast_groups *groups, uint32_t ifindex,
					 size_t *count);

#endif
