/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IP addresses and routes over rtnetlink, in the namespace of the xm_nl's socket. Addresses are in network byte order.
 * Functions return 0 or a negative errno, as xm_nl_talk(), unless their comment says more.
 */
#ifndef XM_IPADDR_H
#define XM_IPADDR_H

#include <stddef.h>
#include <stdint.h>

#include "net/nl.h"

struct xm_prefix {
	int family; /* AF_INET, AF_INET6 */
	size_t len; /* bytes of the address: 4, 16, or 0: there is none */
	uint8_t bytes[16];
	uint8_t bits; /* prefix length */
};

/* Adds an address with its prefix route, and the broadcast address that `ip addr add … brd +` sets */
int xm_ipaddr_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address);

/* Returns 1 when the device has the address, and its IFA_F_* in *flags; 0 when it has not; or a negative errno */
int xm_ipaddr_has(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address,
		  uint32_t *flags);

/*
 * Returns 1 while duplicate address detection runs for an IPv6 address of the device (its link-local address is one of
 * them), else 0; or a negative errno.
 */
int xm_ipaddr_tentative(struct xm_nl *nl, uint32_t ifindex);

/*
 * Calls each() for every usable address of the device (neither tentative nor a duplicate), with prefix length 0, until it
 * returns a negative value, which comes back. nsid: of the device's namespace, XM_NSID_SELF (-1): that of nl.
 */
int xm_ipaddr_each(struct xm_nl *nl, int32_t nsid, uint32_t ifindex, int family,
		   int (*each)(const struct xm_prefix *address, void *data), void *data);

struct xm_route {
	struct xm_prefix dst, gw; /* gw.len 0: none */
	uint32_t mtu, advmss, priority, table; /* 0: not given */
	int scope; /* RT_SCOPE_*, -1: not given */
};

int xm_route_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route);

/* Returns 1 when the route is there, by this device; else 0; or a negative errno */
int xm_route_has(struct xm_nl *nl, uint32_t ifindex, const struct xm_route *route);

/* Returns the ifindex of the default route of the family with the lowest metric, 0: there is none; or a negative errno */
int xm_route_default(struct xm_nl *nl, int family);

#endif
