// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cni/container.h"
#include "cni/naming.h"
#include "cni/route_check.h"
#include "engine/engine.h"
#include "net/netns.h"
#include "net/sysctl.h"

#define OPERSTATE_UP 6 /* IF_OPER_UP of linux/if.h, which conflicts with net/if.h */
#define CARRIER_MS   2000
#define DAD_MS	     10000

/* The calling thread is in the container's network namespace from enter to leave */
struct container {
	const struct cni_request *r;
	struct xm_netns_scope scope;
	struct xm_nl nl;
	struct xm_link link; /* the device */
	bool await_dad;
	struct cni_error *e;
};

static int container_enter(struct container *c, const struct cni_request *r, int netns_fd,
			   struct cni_error *e)
{
	int err;

	*c = (struct container){ .r = r, .e = e };
	err = xm_netns_scope_enter(&c->scope, netns_fd);
	if (err)
		return cni_fail(e, CNI_E_NETNS, "cannot enter CNI_NETNS '%s': %s", r->env.netns,
				xm_netns_why(err));
	err = xm_nl_open(&c->nl);
	if (!err)
		return 0;
	xm_netns_scope_leave(&c->scope);
	return cni_fail(e, CNI_E_REFUSED, "cannot open rtnetlink in the container: %s",
			strerror(-err));
}

static void container_leave(struct container *c)
{
	xm_nl_close(&c->nl);
	xm_netns_scope_leave(&c->scope);
}

static int container_refused(struct container *c, int err, const char *what)
{
	return cni_fail(c->e, CNI_E_REFUSED, "cannot %s '%s' in the container: %s", what,
			c->r->env.ifname, xm_nl_why(&c->nl, err));
}

/* Fills c->link. Returns 0 or a negative errno; *c->e is not filled. */
static int container_read_link(struct container *c)
{
	return xm_link_get(&c->nl, XM_NSID_SELF, c->r->env.ifname, 0, &c->link);
}

/* The same, but fills *c->e and returns its code */
static int container_find_link(struct container *c)
{
	int err = container_read_link(c);

	return err ? container_refused(c, err, "find") : 0;
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
static void container_await_queues(struct container *c)
{
	int64_t end = xm_now_ms() + CARRIER_MS;
	struct xm_link host_end;

	while (!container_read_link(c) && xm_now_ms() < end) {
		if (!container_is_pending(&c->link) &&
		    (xm_link_get(&c->nl, c->link.lower_nsid, NULL, c->link.lower, &host_end) ||
		     !container_is_pending(&host_end)))
			break;
		container_sleep(1);
	}
}

/* The sysctls are those of the reference plugin */
static int container_set_link_up(struct container *c)
{
	const char *ifname = c->r->env.ifname;
	int err = container_find_link(c);

	if (err)
		return err;
	if (c->r->config.ipam_type) {
		xm_sysctl_set("ipv4", ifname, "arp_notify", "1");
		xm_sysctl_set("ipv6", ifname, "ndisc_notify", "1");
	}
	err = xm_link_set_flags(&c->nl, c->link.ifindex, IFF_UP, IFF_UP);
	if (err)
		return container_refused(c, err, "set up");
	container_await_queues(c);
	return 0;
}

int cni_container_set_up(const struct cni_request *r, int netns_fd, struct xm_link *ret,
			 struct cni_error *e)
{
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	err = container_set_link_up(&c);
	if (!err)
		*ret = c.link;
	container_leave(&c);
	return err;
}

static const char *container_address_text(const struct xm_prefix *a, char ret[INET6_ADDRSTRLEN])
{
	return inet_ntop(a->family, a->bytes, ret, INET6_ADDRSTRLEN) ? ret : "?";
}

/* Some containers have IPv6 off by default. The reference plugin enables it for an address, too. */
static int container_enable_ipv6(struct container *c)
{
	const char *ifname = c->r->env.ifname;
	int err = xm_sysctl_set("ipv6", "lo", "disable_ipv6", "0");

	if (!err)
		err = xm_sysctl_set("ipv6", ifname, "disable_ipv6", "0");
	return err ? cni_fail(c->e, CNI_E_REFUSED, "cannot enable IPv6 on '%s': %s", ifname,
			      err == -ENOENT ? "the kernel has no IPv6" : strerror(-err))
		   : 0;
}

static int container_add_addresses(struct container *c, const struct cni_ip_config *ip)
{
	char text[INET6_ADDRSTRLEN];
	bool enabled = false;

	for (size_t i = 0; i < ip->address_count; i++) {
		const struct xm_prefix *a = &ip->addresses[i];
		int err;

		if (a->family == AF_INET6 && !enabled && container_enable_ipv6(c))
			return c->e->code;
		enabled |= a->family == AF_INET6;
		err = xm_ipaddr_add(&c->nl, c->link.ifindex, a);
		if (err)
			return cni_fail(c->e, CNI_E_REFUSED,
					"cannot add the address %s/%u to '%s': %s",
					container_address_text(a, text), a->bits, c->r->env.ifname,
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
static int container_await_dad(struct container *c)
{
	int64_t end = xm_now_ms() + DAD_MS;
	int ret = 0;

	while (c->await_dad && (ret = xm_ipaddr_tentative(&c->nl, c->link.ifindex)) > 0 &&
	       xm_now_ms() < end) {
		if (!container_read_link(c) && !(c->link.flags & XM_LINK_CARRIER))
			return 0;
		container_sleep(5);
	}
	if (ret > 0)
		return cni_fail(c->e, CNI_E_AGAIN,
				"IPv6 addresses of '%s' are still being tested for duplicates "
				"(DAD) after %u s",
				c->r->env.ifname, DAD_MS / 1000);
	return ret < 0 ? container_refused(c, ret, "read the addresses of") : 0;
}

/*
 * The kernel removes an address that it configured itself when it finds a duplicate; an address of
 * ours stays, with IFA_F_DADFAILED (addrconf_dad_stop())
 */
static int container_check_duplicates(struct container *c, const struct cni_ip_config *ip)
{
	char text[INET6_ADDRSTRLEN];
	bool waited = false;

	for (size_t i = 0; i < ip->address_count; i++) {
		uint32_t flags = 0;
		int ret;

		if (ip->addresses[i].family != AF_INET6)
			continue;
		if (!waited && container_await_dad(c))
			return c->e->code;
		waited = true;
		ret = xm_ipaddr_has(&c->nl, c->link.ifindex, &ip->addresses[i], &flags);
		if (ret < 0)
			return container_refused(c, ret, "read the addresses of");
		if (!ret || (flags & IFA_F_DADFAILED))
			return cni_fail(c->e, CNI_E_AGAIN,
					"address %s of '%s' is in use on the link (duplicate "
					"address detection)",
					container_address_text(&ip->addresses[i], text),
					c->r->env.ifname);
	}
	return 0;
}

static int container_add_routes(struct container *c, const struct cni_ip_config *ip)
{
	char dst[INET6_ADDRSTRLEN], gw[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < ip->route_count; i++) {
		const struct xm_route *route = &ip->routes[i];
		bool has_gw = route->gw.len;
		int err = xm_route_add(&c->nl, c->link.ifindex, route);

		if (err)
			return cni_fail(c->e, CNI_E_REFUSED,
					"cannot add the route %s/%u%s%s dev %s: %s",
					container_address_text(&route->dst, dst), route->dst.bits,
					has_gw ? " via " : "",
					has_gw ? container_address_text(&route->gw, gw) : "",
					c->r->env.ifname, xm_nl_why(&c->nl, err));
	}
	return 0;
}

/*
 * Neighbours may still send to the MAC that had an address before. The kernel announces addresses
 * (arp_notify, ndisc_notify) when a device comes up, and this device was up before it had any; but
 * also when a device is given a MAC, even the same one. A packet socket would cost a grace period
 * when it is closed. An error is ignored: a neighbour that misses the announcement asks.
 */
static void container_announce(struct container *c)
{
	xm_link_set_mac(&c->nl, c->link.ifindex, c->link.mac);
}

int cni_container_configure(const struct cni_request *r, int netns_fd,
			    const struct cni_ip_config *ip, bool has_carrier, struct cni_error *e)
{
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	c.await_dad = has_carrier;
	err = container_find_link(&c);
	if (!err)
		err = container_add_addresses(&c, ip);
	if (!err)
		err = container_check_duplicates(&c, ip);
	if (!err)
		err = container_add_routes(&c, ip);
	if (!err)
		container_announce(&c);
	container_leave(&c);
	return err;
}

/* ifindex: the device that has to have the address; 0: any device */
static int container_check_address(struct container *c, const struct xm_prefix *a, uint32_t ifindex)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t flags = 0;
	int ret = xm_ipaddr_has(&c->nl, ifindex, a, &flags);

	if (ret < 0)
		return container_refused(c, ret, "read the addresses of");
	if (ret && !(flags & IFA_F_DADFAILED))
		return 0;
	return cni_fail(c->e, CNI_E_CHECK, "%s'%s' no longer has the address %s/%u of prevResult",
			ifindex ? "" : "the container of ", c->r->env.ifname,
			container_address_text(a, text), a->bits);
}

/* An address without `interface` may belong to another plugin and be on any device */
static int container_check_addresses(struct container *c, const struct cni_ip_config *ip)
{
	int err = 0;

	for (size_t i = 0; i < ip->address_count && !err; i++)
		err = container_check_address(c, &ip->addresses[i], c->link.ifindex);
	for (size_t i = 0; i < ip->any_address_count && !err; i++)
		err = container_check_address(c, &ip->any_addresses[i], 0);
	return err;
}

int cni_container_check(const struct cni_request *r, int netns_fd, const struct cni_ip_config *ip,
			struct xm_link *ret, struct cni_error *e)
{
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	err = container_find_link(&c);
	/* First: the kernel drops the routes and IPv6 addresses of a device that is down */
	if (!err && !(c.link.flags & IFF_UP))
		err = cni_fail(e, CNI_E_CHECK, "'%s' is down", r->env.ifname);
	if (!err)
		err = container_check_addresses(&c, ip);
	if (!err)
		err = cni_routes_check(r, &c.nl, c.link.ifindex, ip, e);
	if (!err)
		*ret = c.link;
	container_leave(&c);
	return err;
}

int cni_container_remove(const struct cni_request *r, int netns_fd, struct cni_error *e)
{
	char name[XM_NAME_LEN];
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	cni_endpoint_name(r, name);
	if (!container_read_link(&c) && xm_device_is_endpoint(&c.nl, &c.link, name))
		err = xm_link_del(&c.nl, c.link.ifindex);
	if (err == -ENODEV)
		err = 0;
	if (err)
		err = container_refused(&c, err, "delete");
	container_leave(&c);
	return err;
}
