// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "base/host_end_name.h"
#include "base/mac_random.h"
#include "engine/kind_pair.h"

void xm_kind_pair_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN])
{
	xm_host_end_name(parent, ep->slot, ret);
}

void xm_kind_pair_second_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN])
{
	xm_host_end_second_name(parent, ep->slot, ret);
}

static int pair_fail(struct xm_parent *p, const struct xm_endpoint *ep, const char *host_name,
		     int err, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link other;

	if (err != -EEXIST)
		return xm_fail(e, err, "cannot create '%s': %s", ep->rec.requested_ifname,
			       xm_nl_why(nl, err));
	return xm_fail(e, err, "cannot create '%s': a device of the name '%s' exists already",
		       ep->rec.requested_ifname,
		       xm_link_get(nl, XM_NSID_SELF, host_name, 0, &other)
			       ? ep->rec.requested_ifname
			       : host_name);
}

int xm_kind_pair_create(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
			xm_link_add_pair *add_pair, struct xm_link *made, struct xm_err *e)
{
	char host_name[XM_NAME_LEN];
	uint8_t host_mac[XM_MAC_LEN];
	struct xm_pair pair = {
		.host_name = host_name,
		.host_mac = host_mac,
		/* the user of the peer end may use all of it, as macvlan's may */
		.host_mtu = p->link.mtu,
		.host_link_group = XM_LINK_GROUP_BASE + ep->slot,
		.peer_name = ep->rec.requested_ifname,
		.peer_mac = ep->rec.port.mac,
		.peer_mtu = ep->rec.port.mtu,
		.peer_netns_fd = netns_fd,
	};
	int err = xm_mac_random(host_mac);

	if (err)
		return xm_fail(e, err, "cannot get random bytes for an address");
	xm_kind_pair_name(ep, p->rec.parent_ifindex, host_name);
	err = add_pair(&p->engine->nl, &pair, made);
	return err ? pair_fail(p, ep, host_name, err, e) : 0;
}

int xm_kind_pair_set_carrier(struct xm_nl *nl, uint32_t host_end, bool on)
{
	return xm_link_set_flags(nl, host_end, on ? IFF_UP : 0, IFF_UP);
}

bool xm_kind_pair_carrier_differs(const struct xm_link *host_end, bool down)
{
	return down == !!(host_end->flags & IFF_UP);
}
