// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is done to the endpoint's device in the container's namespace */
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cni/cni.h"
#include "net/netns.h"

#define OPERSTATE_UP 6 /* IF_OPER_UP of linux/if.h, which does not go with net/if.h */
#define CARRIER_MS   2000
#define DAD_MS	     10000

struct inside {
	const struct cni_request *r;
	const struct cni_layout *layout;
	int (*work)(struct inside *in);
	struct xm_nl nl;
	struct xm_link link;
	struct cni_error *e;
};

static void nap(unsigned int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static int refused(struct inside *in, int err, const char *what)
{
	return cni_fail(in->e, CNI_E_REFUSED, "cannot %s '%s' in the container: %s", what, in->r->env.ifname,
			xm_nl_why(&in->nl, err));
}

static int look(struct inside *in)
{
	return xm_link_get(&in->nl, XM_NSID_SELF, in->r->env.ifname, 0, &in->link);
}

static int enter(void *data)
{
	struct inside *in = data;
	int err = xm_nl_open(&in->nl);

	if (err)
		return cni_fail(in->e, CNI_E_REFUSED, "cannot open rtnetlink in the container: %s", strerror(-err));
	err = look(in);
	err = err ? refused(in, err, "find") : in->work(in);
	xm_nl_close(&in->nl);
	return err;
}

static int run(struct inside *in, int netns_fd)
{
	int err = xm_netns_run(netns_fd, enter, in);

	return err < 0 ? cni_fail(in->e, CNI_E_NETNS, "cannot enter CNI_NETNS '%s': %s", in->r->env.netns,
				  xm_netns_why(err)) : err;
}

/* 0 or -errno; -ENOENT: the kernel has no such knob */
static int sysctl(const char *family, const char *ifname, const char *key, const char *value)
{
	char path[128], old[16];
	ssize_t len;
	int fd, err = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, ifname, key);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, old, sizeof(old) - 1);
	/* A /proc/sys that is read-only does no harm while the value is right */
	if (len <= 0 || (size_t)len < strlen(value) || strncmp(old, value, strlen(value)))
		err = pwrite(fd, value, strlen(value), 0) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static bool is_coming(const struct xm_link *link)
{
	return (link->flags & XM_LINK_CARRIER) && link->operstate != OPERSTATE_UP;
}

/*
 * A device has a queue, and does not drop what it is to send, when the kernel's linkwatch has seen its carrier. The
 * host end was up before, so it is the one that comes late: copies for the container would be lost. Without a
 * carrier, which the watcher takes from it when the parent has none, there is nothing to wait for.
 */
static void await_queues(struct inside *in)
{
	int64_t end = xm_now_ms() + CARRIER_MS;
	struct xm_link host_end;

	while (!look(in) && xm_now_ms() < end) {
		if (!is_coming(&in->link) && (xm_link_get(&in->nl, in->link.lower_nsid, NULL, in->link.lower, &host_end) ||
					      !is_coming(&host_end)))
			break;
		nap(1);
	}
}

static int remove_there(void *data)
{
	struct inside *in = data;
	int err = xm_nl_open(&in->nl);

	if (err)
		return err;
	if (!look(in) && xm_device_is_endpoint(&in->nl, &in->link))
		err = xm_link_del(&in->nl, in->link.ifindex);
	xm_nl_close(&in->nl);
	return err == -ENODEV ? 0 : err;
}

int cni_inside_remove(const struct cni_request *r, int netns_fd, struct cni_error *e)
{
	struct inside in = { .r = r, .e = e };
	int err = xm_netns_run(netns_fd, remove_there, &in);

	return err ? cni_fail(e, CNI_E_REFUSED, "cannot delete '%s' in the container: %s", r->env.ifname, strerror(-err)) : 0;
}

static int set_up(struct inside *in)
{
	int err = 0;

	if (in->r->ipam) {
		sysctl("ipv4", in->r->env.ifname, "arp_notify", "1");
		sysctl("ipv6", in->r->env.ifname, "ndisc_notify", "1");
	}
	err = xm_link_set_flags(&in->nl, in->link.ifindex, IFF_UP, IFF_UP);
	if (err)
		return refused(in, err, "set up");
	await_queues(in);
	return 0;
}

int cni_inside_up(const struct cni_request *r, int netns_fd, struct xm_link *ret, struct cni_error *e)
{
	struct inside in = { .r = r, .work = set_up, .e = e };
	int err = run(&in, netns_fd);

	*ret = in.link;
	return err;
}

static const char *text_of(const struct xm_prefix *a, char ret[INET6_ADDRSTRLEN])
{
	return inet_ntop(a->family, a->bytes, ret, INET6_ADDRSTRLEN) ? ret : "?";
}

/* Where IPv6 is off by default, an address of it is still asked for */
static int enable_ipv6(struct inside *in)
{
	int err = sysctl("ipv6", "lo", "disable_ipv6", "0");

	if (!err)
		err = sysctl("ipv6", in->r->env.ifname, "disable_ipv6", "0");
	return err ? cni_fail(in->e, CNI_E_REFUSED, "cannot enable IPv6 on '%s': %s", in->r->env.ifname,
			      err == -ENOENT ? "the kernel has none" : strerror(-err)) : 0;
}

static int add_addresses(struct inside *in)
{
	const struct cni_layout *l = in->layout;
	char text[INET6_ADDRSTRLEN];
	bool enabled = false;

	for (size_t i = 0; i < l->ip_count; i++) {
		const struct xm_prefix *ip = &l->ips[i];
		int err;

		if (ip->family == AF_INET6 && !enabled && enable_ipv6(in))
			return in->e->code;
		enabled |= ip->family == AF_INET6;
		err = xm_ipaddr_add(&in->nl, in->link.ifindex, ip);
		if (err)
			return cni_fail(in->e, CNI_E_REFUSED, "cannot give '%s' the address %s/%u: %s",
					in->r->env.ifname, text_of(ip, text), ip->bits, xm_nl_why(&in->nl, err));
	}
	return 0;
}

/* Duplicate address detection: a tentative address is not to be used, and must not be told to a container */
static int await_dad(struct inside *in)
{
	int64_t end = xm_now_ms() + DAD_MS;
	int ret;

	while ((ret = xm_ipaddr_tentative(&in->nl, in->link.ifindex)) > 0 && xm_now_ms() < end)
		nap(5);
	if (ret > 0)
		return cni_fail(in->e, CNI_E_AGAIN, "the IPv6 addresses of '%s' are still being tested for duplicates "
				"(DAD) after %u s", in->r->env.ifname, DAD_MS / 1000);
	return ret < 0 ? refused(in, ret, "read the addresses of") : 0;
}

/* The kernel takes a duplicate that it made itself away; one of ours stays, marked */
static int check_duplicates(struct inside *in)
{
	const struct cni_layout *l = in->layout;
	char text[INET6_ADDRSTRLEN];
	bool waited = false;

	for (size_t i = 0; i < l->ip_count; i++) {
		uint32_t flags = 0;
		int ret;

		if (l->ips[i].family != AF_INET6)
			continue;
		if (!waited && await_dad(in))
			return in->e->code;
		waited = true;
		ret = xm_ipaddr_has(&in->nl, in->link.ifindex, &l->ips[i], &flags);
		if (ret < 0)
			return refused(in, ret, "read the addresses of");
		if (!ret || (flags & IFA_F_DADFAILED))
			return cni_fail(in->e, CNI_E_REFUSED, "the address %s for '%s' is in use by somebody else "
					"(DAD)", text_of(&l->ips[i], text), in->r->env.ifname);
	}
	return 0;
}

static int add_routes(struct inside *in)
{
	const struct cni_layout *l = in->layout;
	char dst[INET6_ADDRSTRLEN], gw[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < l->route_count; i++) {
		const struct xm_route *route = &l->routes[i];
		int err = xm_route_add(&in->nl, in->link.ifindex, route);

		if (err)
			return cni_fail(in->e, CNI_E_REFUSED, "cannot add the route %s/%u%s%s dev %s: %s",
					text_of(&route->dst, dst), route->dst.bits, route->gw.len ? " via " : "",
					route->gw.len ? text_of(&route->gw, gw) : "", in->r->env.ifname,
					xm_nl_why(&in->nl, err));
	}
	return 0;
}

/*
 * Tells the neighbours who has the addresses now, lest they send to the MAC of who had them before. The kernel does
 * so by arp_notify and ndisc_notify when a device comes up, and ours is up before it has an address; but also when it
 * is given a MAC, even the one that it has. (A packet socket of our own would cost a grace period when it is closed.)
 */
static void announce(struct inside *in)
{
	/* Nobody has to hear it: what is lost, a neighbour asks for when it needs it */
	xm_link_set_mac(&in->nl, in->link.ifindex, in->link.mac);
}

static int configure(struct inside *in)
{
	int err = add_addresses(in);

	if (!err)
		err = check_duplicates(in);
	if (!err)
		err = add_routes(in);
	if (!err)
		announce(in);
	return err;
}

int cni_inside_configure(const struct cni_request *r, int netns_fd, const struct cni_layout *layout,
			 struct cni_error *e)
{
	struct inside in = { .r = r, .layout = layout, .work = configure, .e = e };

	return run(&in, netns_fd);
}

static int check_ips(struct inside *in)
{
	const struct cni_layout *l = in->layout;
	char text[INET6_ADDRSTRLEN];
	uint32_t flags = 0;

	for (size_t i = 0; i < l->ip_count; i++) {
		int ret = xm_ipaddr_has(&in->nl, in->link.ifindex, &l->ips[i], &flags);

		if (ret < 0)
			return refused(in, ret, "read the addresses of");
		if (!ret || (flags & IFA_F_DADFAILED))
			return cni_fail(in->e, CNI_E_CHECK, "'%s' has not the address %s/%u any more",
					in->r->env.ifname, text_of(&l->ips[i], text), l->ips[i].bits);
	}
	return 0;
}

static int check(struct inside *in)
{
	const struct cni_layout *l = in->layout;
	char text[INET6_ADDRSTRLEN];
	int err;

	/* A device that is down has lost its routes and what it had of IPv6: this is the reason */
	if (!(in->link.flags & IFF_UP))
		return cni_fail(in->e, CNI_E_CHECK, "'%s' is down", in->r->env.ifname);
	err = check_ips(in);
	for (size_t i = 0; i < l->route_count && !err; i++) {
		int ret = xm_route_has(&in->nl, in->link.ifindex, &l->routes[i]);

		if (ret < 0)
			return refused(in, ret, "read the routes of");
		if (!ret)
			return cni_fail(in->e, CNI_E_CHECK, "the route %s/%u by '%s' is not there any more",
					text_of(&l->routes[i].dst, text), l->routes[i].dst.bits, in->r->env.ifname);
	}
	return err;
}

int cni_inside_check(const struct cni_request *r, int netns_fd, const struct cni_layout *layout,
		     struct xm_link *ret, struct cni_error *e)
{
	struct inside in = { .r = r, .layout = layout, .work = check, .e = e };
	int err = run(&in, netns_fd);

	*ret = in.link;
	return err;
}
