// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dhcp/container.h"
#include "engine/engine.h"
#include "net/ipaddr.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/route.h"

struct peer_search {
	const char *name;
	bool found;
	int32_t nsid;
	uint32_t ifindex;
};

static int peer_compare(const struct xm_endpoint_info *info, void *data)
{
	struct peer_search *s = data;

	if (strcmp(info->name, s->name))
		return 0;
	s->found = true;
	s->nsid = info->peer_nsid;
	s->ifindex = info->peer_ifindex;
	return 0;
}

/* Returns 1 and fills *ret, 0: there is no such endpoint, or a negative errno and fills *e */
static int peer_find(const char *name, struct peer_search *ret, struct xm_err *e)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct xm_engine *engine;
	int err = xm_engine_open(&reader, &engine, e);

	if (err)
		return err;
	*ret = (struct peer_search){ .name = name };
	err = xm_engine_owned(engine, peer_compare, ret, e);
	xm_engine_close(engine);
	return ret->found ? 1 : err;
}

/* The namespace of the container. Returns a descriptor, or a negative errno and fills *e. */
static int peer_open(const struct peer_search *peer, struct xm_err *e)
{
	struct xm_nl nl;
	int fd = xm_nl_open(&nl);

	if (fd)
		return xm_fail(e, fd, "cannot open rtnetlink: %s", strerror(-fd));
	fd = peer->nsid < 0 ? -ENOENT : xm_netns_open_nsid(&nl, peer->nsid);
	xm_netns_forget();
	xm_nl_close(&nl);
	return fd < 0 ? xm_fail(e, fd, "cannot open the network namespace of the container: %s",
				xm_netns_why(fd))
		      : fd;
}

/* What is done in the container, by a socket there */
typedef int (*lease_work)(struct xm_nl *nl, const struct xm_link *link, const struct xm_lease *l,
			  const struct xm_lease *former);

static int work_inside(int fd, uint32_t ifindex, lease_work work, const struct xm_lease *l,
		       const struct xm_lease *former, struct xm_err *e)
{
	struct xm_link link;
	struct xm_nl nl;
	int err = xm_netns_nl_open(fd, &nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink in the container: %s",
			       xm_netns_why(err));
	err = xm_link_get(&nl, XM_NSID_SELF, NULL, ifindex, &link);
	if (!err)
		err = work(&nl, &link, l, former);
	if (err)
		xm_fail(e, err, "cannot change the address in the container: %s",
			xm_nl_why(&nl, err));
	xm_nl_close(&nl);
	return err;
}

static int work_do(lease_work work, const struct xm_lease *l, const struct xm_lease *former,
		   struct xm_err *e)
{
	struct peer_search peer;
	int fd, err = peer_find(l->id, &peer, e);

	if (err <= 0) /* an endpoint that has gone needs no address */
		return err;
	fd = peer_open(&peer, e);
	if (fd < 0)
		return fd;
	err = work_inside(fd, peer.ifindex, work, l, former, e);
	close(fd);
	return err;
}

static struct xm_route apply_route(const struct xm_lease *l)
{
	struct xm_route ret = { .dst = { .family = AF_INET, .len = 4 },
				.gw = { .family = AF_INET, .len = 4, .bits = 32 },
				.priority = l->metric,
				.scope = -1 };

	memcpy(ret.gw.bytes, &l->router, sizeof(l->router));
	return ret;
}

/* The new address comes first: with the last address of a device the kernel deletes its routes */
static int apply_inside(struct xm_nl *nl, const struct xm_link *link, const struct xm_lease *l,
			const struct xm_lease *former)
{
	const struct xm_prefix has = xm_lease_prefix(l), had = xm_lease_prefix(former);
	const struct xm_route to = apply_route(l), was = apply_route(former);
	bool moves = l->address != former->address || l->bits != former->bits;
	int err = xm_ipaddr_lease(nl, link->ifindex, &has, xm_lease_seconds(l));

	if (!err && former->default_route && former->router && former->router != l->router)
		err = xm_route_del(nl, link->ifindex, &was);
	if (!err && moves)
		err = xm_ipaddr_del(nl, link->ifindex, &had);
	if (!err && l->default_route && l->router)
		err = xm_route_add(nl, link->ifindex, &to);
	/* The kernel announces the addresses of a device that is given a MAC (arp_notify) */
	if (!err && moves)
		xm_link_set_mac(nl, link->ifindex, link->mac);
	return err;
}

static int withdraw_inside(struct xm_nl *nl, const struct xm_link *link, const struct xm_lease *l,
			   const struct xm_lease *former)
{
	const struct xm_prefix address = xm_lease_prefix(l);

	(void)former;
	return xm_ipaddr_del(nl, link->ifindex, &address);
}

int container_apply(const struct xm_lease *l, const struct xm_lease *former, struct xm_err *e)
{
	return work_do(apply_inside, l, former, e);
}

int container_withdraw(const struct xm_lease *l, struct xm_err *e)
{
	return work_do(withdraw_inside, l, NULL, e);
}
