// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "net/sysctl.h"
#include "runtime/container.h"

#define OPERSTATE_UP 6 /* IF_OPER_UP of linux/if.h, which conflicts with net/if.h */
#define CARRIER_MS   2000
#define DAD_MS	     10000

int xm_container_enter(struct xm_container *c, int netns_fd, const char *ifname, struct xm_err *e)
{
	int err;

	*c = (struct xm_container){ .ifname = ifname };
	err = xm_netns_scope_enter(&c->scope, netns_fd);
	if (err)
		return xm_fail(e, err, "cannot enter the network namespace of the container: %s",
			       xm_netns_why(err));
	err = xm_nl_open(&c->nl);
	if (!err)
		return 0;
	xm_netns_scope_leave(&c->scope);
	return xm_fail(e, err, "cannot open rtnetlink in the container: %s", strerror(-err));
}

void xm_container_leave(struct xm_container *c)
{
	xm_nl_close(&c->nl);
	xm_netns_scope_leave(&c->scope);
}

int xm_container_refused(struct xm_container *c, int err, const char *what, struct xm_err *e)
{
	return xm_fail(e, err, "cannot %s '%s' in the container: %s", what, c->ifname,
		       xm_nl_why(&c->nl, err));
}

int xm_container_read_link(struct xm_container *c)
{
	return xm_link_get(&c->nl, XM_NSID_SELF, c->ifname, 0, &c->link);
}

int xm_container_find_link(struct xm_container *c, struct xm_err *e)
{
	int err = xm_container_read_link(c);

	return err ? xm_container_refused(c, err, "find", e) : 0;
}

static void container_sleep(unsigned int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* With a carrier that the kernel's linkwatch has not processed yet */
static bool container_is_pending(const struct xm_link *link)
{
	return (link->flags & XM_LINK_CARRIER) && link->operstate != OPERSTATE_UP;
}

/*
 * A device has a queueing discipline, and drops nothing that it is to send, as soon as linkwatch
 * has processed its carrier. The host end was set up first, without a carrier, and linkwatch
 * processes its event last; until then copies for the container would be lost. Without a carrier
 * there is nothing to wait for: the watcher takes it away while the parent has none.
 */
static void container_await_queues(struct xm_container *c)
{
	int64_t end = xm_now_ms() + CARRIER_MS;
	struct xm_link host_end;

	while (!xm_container_read_link(c) && xm_now_ms() < end) {
		if (!container_is_pending(&c->link) &&
		    (xm_link_get(&c->nl, c->link.lower_nsid, NULL, c->link.lower, &host_end) ||
		     !container_is_pending(&host_end)))
			break;
		container_sleep(1);
	}
}

int xm_container_set_up(struct xm_container *c, bool announces, struct xm_err *e)
{
	int err = xm_container_find_link(c, e);

	if (err)
		return err;
	if (announces) {
		xm_sysctl_set("ipv4", c->ifname, "arp_notify", "1");
		xm_sysctl_set("ipv6", c->ifname, "ndisc_notify", "1");
	}
	err = xm_link_set_flags(&c->nl, c->link.ifindex, IFF_UP, IFF_UP);
	if (err)
		return xm_container_refused(c, err, "set up", e);
	container_await_queues(c);
	return 0;
}

static const char *container_address_text(const struct xm_prefix *a, char ret[INET6_ADDRSTRLEN])
{
	return inet_ntop(a->family, a->bytes, ret, INET6_ADDRSTRLEN) ? ret : "?";
}

/* Some containers have IPv6 off by default. The reference plugin enables it for an address, too. */
static int container_enable_ipv6(struct xm_container *c, struct xm_err *e)
{
	int err = xm_sysctl_set("ipv6", "lo", "disable_ipv6", "0");

	if (!err)
		err = xm_sysctl_set("ipv6", c->ifname, "disable_ipv6", "0");
	return err ? xm_fail(e, err, "cannot enable IPv6 on '%s': %s", c->ifname,
			     err == -ENOENT ? "the kernel has no IPv6" : strerror(-err))
		   : 0;
}

static int container_add_addresses(struct xm_container *c, const struct xm_container_ip *ip,
				   struct xm_err *e)
{
	char text[INET6_ADDRSTRLEN];
	bool enabled = false;

	for (size_t i = 0; i < ip->address_count; i++) {
		const struct xm_prefix *a = &ip->addresses[i];
		int err = a->family == AF_INET6 && !enabled ? container_enable_ipv6(c, e) : 0;

		if (err)
			return err;
		enabled |= a->family == AF_INET6;
		err = xm_ipaddr_add(&c->nl, c->link.ifindex, a);
		if (err)
			return xm_fail(e, err, "cannot add the address %s/%u to '%s': %s",
				       container_address_text(a, text), a->bits, c->ifname,
				       xm_nl_why(&c->nl, err));
	}
	return 0;
}

/*
 * Waits for the end of duplicate address detection: a result must not have a tentative address.
 * Without a carrier the kernel does not run the detection until the carrier comes
 * (addrconf_dad_run()), and nothing can be sent before. So a parent without a carrier does not
 * prevent containers from starting.
 */
static int container_await_dad(struct xm_container *c, struct xm_err *e)
{
	int64_t end = xm_now_ms() + DAD_MS;
	int ret = 0;

	while ((ret = xm_ipaddr_tentative(&c->nl, c->link.ifindex)) > 0 && xm_now_ms() < end) {
		if (!xm_container_read_link(c) && !(c->link.flags & XM_LINK_CARRIER))
			return 0;
		container_sleep(5);
	}
	if (ret > 0)
		return xm_fail(e, EAGAIN,
			       "IPv6 addresses of '%s' are still being tested for duplicates "
			       "(DAD) after %u s",
			       c->ifname, DAD_MS / 1000);
	return ret < 0 ? xm_container_refused(c, ret, "read the addresses of", e) : 0;
}

/*
 * The kernel removes an address that it configured itself when it finds a duplicate; an address of
 * ours stays, with IFA_F_DADFAILED (addrconf_dad_stop())
 */
static int container_check_duplicate(struct xm_container *c, const struct xm_prefix *a,
				     struct xm_err *e)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t flags = 0;
	int ret = xm_ipaddr_has(&c->nl, c->link.ifindex, a, &flags);

	if (ret < 0)
		return xm_container_refused(c, ret, "read the addresses of", e);
	if (ret && !(flags & IFA_F_DADFAILED))
		return 0;
	return xm_fail(e, EAGAIN,
		       "address %s of '%s' is in use on the link (duplicate address detection)",
		       container_address_text(a, text), c->ifname);
}

static int container_check_duplicates(struct xm_container *c, const struct xm_container_ip *ip,
				      struct xm_err *e)
{
	bool waited = !ip->has_carrier;
	int err = 0;

	for (size_t i = 0; i < ip->address_count && !err; i++) {
		if (ip->addresses[i].family != AF_INET6)
			continue;
		if (!waited)
			err = container_await_dad(c, e);
		waited = true;
		if (!err)
			err = container_check_duplicate(c, &ip->addresses[i], e);
	}
	return err;
}

static int container_add_routes(struct xm_container *c, const struct xm_container_ip *ip,
				struct xm_err *e)
{
	char dst[INET6_ADDRSTRLEN], gw[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < ip->route_count; i++) {
		const struct xm_route *route = &ip->routes[i];
		bool has_gw = route->gw.len;
		int err = xm_route_add(&c->nl, c->link.ifindex, route);

		if (err)
			return xm_fail(e, err, "cannot add the route %s/%u%s%s dev %s: %s",
				       container_address_text(&route->dst, dst), route->dst.bits,
				       has_gw ? " via " : "",
				       has_gw ? container_address_text(&route->gw, gw) : "",
				       c->ifname, xm_nl_why(&c->nl, err));
	}
	return 0;
}

/*
 * Neighbours may still send to the MAC that had an address before. The kernel announces addresses
 * (arp_notify, ndisc_notify) when a device comes up, and this device was up before it had any; but
 * also when a device is given a MAC, even the same one. A packet socket would cost a grace period
 * when it is closed. An error is ignored: a neighbour that misses the announcement asks.
 */
static void container_announce(struct xm_container *c)
{
	xm_link_set_mac(&c->nl, c->link.ifindex, c->link.mac);
}

int xm_container_configure(struct xm_container *c, const struct xm_container_ip *ip,
			   struct xm_err *e)
{
	int err = xm_container_find_link(c, e);

	if (!err)
		err = container_add_addresses(c, ip, e);
	if (!err)
		err = container_check_duplicates(c, ip, e);
	if (!err)
		err = container_add_routes(c, ip, e);
	if (!err)
		container_announce(c);
	return err;
}

int xm_container_remove(struct xm_container *c, const char *name, struct xm_err *e)
{
	int err = 0;

	if (!xm_container_read_link(c) && xm_device_is_endpoint(&c->nl, &c->link, name))
		err = xm_link_del(&c->nl, c->link.ifindex);
	return err && err != -ENODEV ? xm_container_refused(c, err, "delete", e) : 0;
}
