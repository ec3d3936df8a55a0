/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The endpoint's device in the container's network namespace. Functions return 0, or a negative
 * errno and fill *e, unless their comment says more.
 */
#ifndef XM_RUNTIME_CONTAINER_H
#define XM_RUNTIME_CONTAINER_H

#include <stdbool.h>

#include "base/err.h"
#include "net/ipaddr.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/route.h"

/* A stay in the network namespace of the container. ifname belongs to the caller. */
struct xm_container {
	const char *ifname; /* of the device */
	struct xm_netns_scope scope;
	struct xm_nl nl;
	struct xm_link link; /* the device, as xm_container_read_link() has found it */
};

/* After an error there is nothing to leave */
int xm_container_enter(struct xm_container *c, int netns_fd, const char *ifname, struct xm_err *e);
void xm_container_leave(struct xm_container *c);

/* Fills c->link. Returns 0 or a negative errno. */
int xm_container_read_link(struct xm_container *c);
/* The same; fills *e when the device cannot be read */
int xm_container_find_link(struct xm_container *c, struct xm_err *e);
/* Fills *e with "cannot WHAT 'IFNAME' in the container" and why. Returns err. */
int xm_container_refused(struct xm_container *c, int err, const char *what, struct xm_err *e);

/*
 * Sets the device up and waits until it sends. announces: the kernel announces addresses
 * (arp_notify, ndisc_notify) when the device comes up or gets a MAC.
 */
int xm_container_set_up(struct xm_container *c, bool announces, struct xm_err *e);

/* What the device is to have */
struct xm_container_ip {
	const struct xm_prefix *addresses;
	const struct xm_route *routes;
	size_t address_count, route_count;
	bool has_carrier; /* the parent */
};

/*
 * Adds addresses and routes and announces the addresses. Waits for the end of IPv6's duplicate
 * address detection, 10 s at most. Does not wait while the device or its parent has no carrier.
 * -EAGAIN: an address is in use on the link, or the detection takes longer.
 */
int xm_container_configure(struct xm_container *c, const struct xm_container_ip *ip,
			   struct xm_err *e);

/*
 * Removes the device if its other end is the host end of the endpoint `name`. Works without pins. A
 * missing device is no error.
 */
int xm_container_remove(struct xm_container *c, const char *name, struct xm_err *e);

#endif
