// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which device is meant as a parent, and whether it can be one */
#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include "engine/internal.h"

int xm_parent_device_check(struct xm_engine *engine, const struct xm_link *link, struct xm_err *e)
{
	static const char *const takers[] = { "bridge", "bond", "team", "openvswitch" };
	struct xm_link master;

	if (link->group >= XM_GROUP_BASE && link->group <= XM_GROUP_PENDING_DELETE)
		return xm_fail(e, EBUSY, "%s is the host end of an endpoint and cannot be a parent", link->name);
	if (link->flags & IFF_LOOPBACK)
		return xm_fail(e, EINVAL, "%s is a loopback device and cannot be a parent", link->name);
	if (link->type != ARPHRD_ETHER)
		return xm_fail(e, EINVAL, "%s is not an Ethernet device and cannot be a parent", link->name);
	if (!link->master || xm_link_get(&engine->nl, XM_NSID_SELF, NULL, link->master, &master))
		return 0;
	for (size_t i = 0; i < sizeof(takers) / sizeof(*takers); i++)
		if (!strcmp(master.kind, takers[i]))
			return xm_fail(e, EBUSY, "%s is a port of %s %s: use %s as the parent", link->name,
				       master.kind, master.name, master.name);
	return 0;
}

/* Whether the other end of the veth is a host end, and of which parent in the namespace where that is */
static bool has_host_end(struct xm_nl *nl, const struct xm_link *link, uint32_t *parent)
{
	struct xm_link host;
	uint32_t slot;

	return !strcmp(link->kind, "veth") && link->lower && !xm_link_get(nl, link->lower_nsid, NULL, link->lower, &host) &&
	       xm_host_end_parse(host.name, parent, &slot) && host.group == XM_GROUP_BASE + slot;
}

bool xm_device_is_endpoint(struct xm_nl *nl, const struct xm_link *link)
{
	uint32_t parent;

	return has_host_end(nl, link, &parent);
}

/*
 * An endpoint stands for its parent. From another namespace that cannot be reached, and the endpoint, which has one
 * address, would carry nothing; but a passthru endpoint carries all, and has its parent's address.
 */
static int resolve_endpoint(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	struct xm_link real;
	uint32_t parent;

	if (!has_host_end(&engine->nl, link, &parent) ||
	    xm_link_get(&engine->nl, link->lower_nsid, NULL, parent, &real))
		return 0;
	if (link->lower_nsid == XM_NSID_SELF)
		*link = real;
	else if (memcmp(link->mac, real.mac, XM_MAC_LEN))
		return xm_fail(e, EINVAL, "%s is an endpoint of %s in another netns: add endpoints to %s there", link->name,
			       real.name, real.name);
	return 0;
}

int xm_parent_device_resolve(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	struct xm_link real;

	if (!link->lower)
		return 0;
	if (!strcmp(link->kind, "veth"))
		return resolve_endpoint(engine, link, e);
	if (xm_link_is_macvlan(link) && link->lower_nsid == XM_NSID_SELF &&
	    !xm_link_get(&engine->nl, XM_NSID_SELF, NULL, link->lower, &real))
		*link = real;
	return 0;
}

int xm_engine_may_attach(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);

	if (!err)
		err = xm_parent_device_resolve(engine, link, e);
	if (err || xm_engine_parent(engine, link->ifindex))
		return err;
	err = xm_parent_device_check(engine, link, e);
	return err ? err : xm_parent_check_pins(engine, link->ifindex, e);
}
