// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which device is meant as a parent, and whether it can be one */
#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include "base/host_end_name.h"
#include "engine/parent_device.h"
#include "mac.h"

int xm_parent_device_check(struct xm_engine *engine, const struct xm_link *link, struct xm_err *e)
{
	/* Masters that take the frames of their ports before a parent could */
	static const char *const masters[] = { "bridge", "bond", "team", "openvswitch" };
	struct xm_link master;

	if (link->group >= XM_LINK_GROUP_BASE && link->group <= XM_LINK_GROUP_PENDING_DELETE)
		return xm_fail(e, EBUSY, "%s is the host end of an endpoint and cannot be a parent",
			       link->name);
	if (link->flags & IFF_LOOPBACK)
		return xm_fail(e, EINVAL, "%s is a loopback device and cannot be a parent",
			       link->name);
	if (link->type != ARPHRD_ETHER)
		return xm_fail(e, EINVAL, "%s is not an Ethernet device and cannot be a parent",
			       link->name);
	if (!link->master || xm_link_get(&engine->nl, XM_NSID_SELF, NULL, link->master, &master))
		return 0;
	for (size_t i = 0; i < sizeof(masters) / sizeof(*masters); i++)
		if (!strcmp(master.kind, masters[i]))
			return xm_fail(e, EBUSY, "%s is a port of %s %s: use %s as the parent",
				       link->name, master.kind, master.name, master.name);
	return 0;
}

/*
 * Whether the other end of the veth is a host end. Fills *host with it and *parent with the ifindex
 * of its parent, in the host end's namespace.
 */
static bool veth_has_host_end(struct xm_nl *nl, const struct xm_link *link,
			      struct xm_link *host_end, uint32_t *parent)
{
	uint32_t slot;

	return xm_link_is_pair(link) && link->lower &&
	       !xm_link_get(nl, link->lower_nsid, NULL, link->lower, host_end) &&
	       xm_host_end_parse(host_end->name, parent, &slot) &&
	       host_end->group == XM_LINK_GROUP_BASE + slot;
}

bool xm_device_is_endpoint(struct xm_nl *nl, const struct xm_link *link, const char *name)
{
	struct xm_link host_end;
	uint32_t parent;

	return veth_has_host_end(nl, link, &host_end, &parent) && !strcmp(host_end.alias, name);
}

/*
 * An endpoint stands for its parent. A parent in another namespace cannot be reached from here, and
 * the endpoint itself would carry nothing, for it has one address. A passthru endpoint carries
 * everything: it has its parent's address.
 */
static int resolve_endpoint(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	struct xm_link real, host_end;
	uint32_t parent;

	if (!veth_has_host_end(&engine->nl, link, &host_end, &parent) ||
	    xm_link_get(&engine->nl, link->lower_nsid, NULL, parent, &real))
		return 0;
	if (link->lower_nsid == XM_NSID_SELF)
		*link = real;
	else if (!xm_mac_equal(link->mac, real.mac))
		return xm_fail(
			e, EINVAL,
			"%s is an endpoint of %s in another netns: add endpoints to %s there",
			link->name, real.name, real.name);
	return 0;
}

int xm_parent_device_find(struct xm_engine *engine, const char *name, struct xm_link *ret,
			  struct xm_err *e)
{
	int err = xm_link_get(&engine->nl, XM_NSID_SELF, name, 0, ret);

	return err ? xm_fail(e, err, "no such parent '%s': %s", name, xm_nl_why(&engine->nl, err))
		   : 0;
}

int xm_parent_device_resolve(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	struct xm_link real;

	if (!link->lower)
		return 0;
	if (xm_link_is_pair(link))
		return resolve_endpoint(engine, link, e);
	if (xm_link_is_macvlan(link) && link->lower_nsid == XM_NSID_SELF &&
	    !xm_link_get(&engine->nl, XM_NSID_SELF, NULL, link->lower, &real))
		*link = real;
	return 0;
}
