/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Routes over rtnetlink, in the namespace of the socket. Addresses are in network byte order.
 * Functions return 0 or a negative errno, as xm_nl_talk(), unless their comment says more.
 */
#ifndef XM_ROUTE_H
#define XM_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/ipaddr.h"

struct xm_route {
	struct xm_prefix dst, gw; /* gw.len 0: none */
	uint32_t mtu, advmss, priority, table; /* 0: not set */
	int scope; /* RT_SCOPE_*, -1: not set */
	bool onlink; /* gw need not be reachable by another route */
};

/*
 * Adds a route of the device. Equal routes of other devices stay. An equal route of this device
 * from a router advertisement is replaced.
 */
int xm_route_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route);

/* Deletes a route of the device in the main table. A missing one is no error. */
int xm_route_del(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route);

/* A route that the kernel has. A multipath route is reported once for each of its hops. */
struct xm_hop {
	struct xm_prefix dst, gw; /* gw.len 0: none. gw may be of another family (RTA_VIA). */
	uint32_t ifindex;
	/*
	 * the route uses a nexthop object, and the kernel does not report its hop (sysctl
	 * nexthop_compat_mode is 0)
	 */
	bool is_unknown;
	uint32_t table, priority, mtu; /* mtu 0: that of the device */
	bool onlink;
	uint8_t type, protocol; /* RTN_*, RTPROT_* */
};

/*
 * Calls each() for every hop of the routes of a family (AF_INET, AF_INET6) in all tables, until it
 * returns a negative value, which is returned
 */
int xm_route_each(struct xm_nl *nl, int family, int (*each)(const struct xm_hop *hop, void *data),
		  void *data);

/* Deletes the route of a hop. -ESRCH: there is none. */
int xm_route_del_hop(struct xm_nl *nl, const struct xm_hop *hop);

/*
 * Asks for the route that the kernel would take to an address (its prefix length does not matter)
 * and sets *ifindex to its device. -ENETUNREACH: there is none.
 */
int xm_route_device(struct xm_nl *nl, const struct xm_prefix *address, uint32_t *ifindex);

/* Whether the prefixes are equal; host bits are ignored */
bool xm_prefix_same_network(const struct xm_prefix *a, const struct xm_prefix *b);
bool xm_prefix_same_address(const struct xm_prefix *a, const struct xm_prefix *b);

/*
 * Returns the ifindex of the default route with the lowest metric (of its first hop), 0 when the
 * family has no default route, or a negative errno
 */
int xm_route_default(struct xm_nl *nl, int family);

#endif
