/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IP addresses over rtnetlink, in the namespace of the socket. Addresses are in network byte order.
 * Functions return 0 or a negative errno, as xm_nl_talk(), unless their comment says more.
 */
#ifndef XM_IPADDR_H
#define XM_IPADDR_H

#include <stddef.h>
#include <stdint.h>

#include "net/nl.h"

struct xm_prefix {
	int family; /* AF_INET, AF_INET6 */
	size_t len; /* bytes of the address: 4 or 16; 0: no address */
	uint8_t bytes[16];
	uint8_t bits; /* prefix length */
};

/*
 * Adds an address with its prefix route and the broadcast address of `ip addr add ... brd +`. When
 * the device has the address already, from a router advertisement for example, it becomes
 * permanent.
 */
int xm_ipaddr_add(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address);

/* The same, but the kernel removes the address in `seconds`; also changes the time of one it has */
int xm_ipaddr_lease(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address,
		    uint32_t seconds);
/* A missing address is no error */
int xm_ipaddr_del(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address);

/*
 * Returns 1 when the device (ifindex 0: any device) has the address with this prefix length, and
 * fills *flags (IFA_F_*); 0 when it does not; or a negative errno
 */
int xm_ipaddr_has(struct xm_nl *nl, uint32_t ifindex, const struct xm_prefix *address,
		  uint32_t *flags);

/*
 * Returns 1 while duplicate address detection runs for any IPv6 address of the device, including
 * its link-local address; 0 when it does not; or a negative errno
 */
int xm_ipaddr_tentative(struct xm_nl *nl, uint32_t ifindex);

/*
 * Calls each() for every usable address of the device (neither tentative nor a duplicate), until it
 * returns a negative value, which is returned. The prefix length that each() gets is 0. family:
 * AF_INET or AF_INET6. nsid: the namespace of the device, as in link.h.
 */
int xm_ipaddr_each(struct xm_nl *nl, int32_t nsid, uint32_t ifindex, int family,
		   int (*each)(const struct xm_prefix *address, void *data), void *data);

/*
 * Calls each() for every address that somebody has configured (permanent, not the kernel's
 * link-local one), with its prefix length, until it returns a negative value, which is returned
 */
int xm_ipaddr_each_configured(struct xm_nl *nl, uint32_t ifindex, int family,
			      int (*each)(const struct xm_prefix *address, void *data), void *data);

#endif
