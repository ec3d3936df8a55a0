// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "base/host_end_name.h"
#include "base/mac_random.h"
#include "engine/kind_veth.h"
#include "net/link.h"

static void veth_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN])
{
	xm_host_end_name(parent, ep->slot, ret);
}

static void veth_second_name(const struct xm_endpoint *ep, uint32_t parent, char ret[XM_NAME_LEN])
{
	xm_host_end_second_name(parent, ep->slot, ret);
}

static int veth_create(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		       int netns_fd, struct xm_link *made, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	char host_name[XM_NAME_LEN];
	uint8_t host_mac[XM_MAC_LEN];
	struct xm_veth veth = {
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
	struct xm_link other;
	int err = xm_mac_random(host_mac);

	(void)add;
	if (err)
		return xm_fail(e, err, "cannot get random bytes for an address");
	veth_name(ep, p->rec.parent_ifindex, host_name);
	err = xm_link_add_veth(nl, &veth, made);
	if (err == -EEXIST)
		return xm_fail(e, err,
			       "cannot create '%s': a device of the name '%s' exists already",
			       ep->rec.requested_ifname,
			       xm_link_get(nl, XM_NSID_SELF, host_name, 0, &other)
				       ? ep->rec.requested_ifname
				       : host_name);
	return err ? xm_fail(e, err, "cannot create '%s': %s", ep->rec.requested_ifname,
			     xm_nl_why(nl, err))
		   : 0;
}

/* A veth has a carrier while both of its ends are up: the host end gives it and takes it */
static int veth_set_carrier(struct xm_nl *nl, uint32_t host_end, bool on)
{
	return xm_link_set_flags(nl, host_end, on ? IFF_UP : 0, IFF_UP);
}

static bool veth_carrier_differs(const struct xm_link *host_end, bool down)
{
	return down == !!(host_end->flags & IFF_UP);
}

/*
 * A program is not told what becomes of a frame that it redirects, but the devices count what they
 * drop. A host end counts frames that it sends to the endpoint. It also counts frames that are
 * received on it first; there they meet what the endpoint sends, which the peer end counts as
 * tx_dropped. Drops that the program was told of are among them. While frames are being lost the
 * difference is late, never too large, because the devices are read first.
 */
static void veth_add_drops(const struct xm_endpoint *ep, struct xm_stats *ret)
{
	uint64_t lost =
		ep->host_tx_dropped + xm_kind_excess(ep->host_rx_dropped, ep->peer.tx_dropped);

	ret->drops[XM_REASON_VETH_DROPPED] =
		xm_kind_excess(lost, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->peer.tx_dropped;
}

const struct xm_kind xm_kind_veth = {
	.link_kind = "veth",
	.has_peer = true,
	.up_is_carrier = true,
	.has_napi = true,
	.create = veth_create,
	.set_carrier = veth_set_carrier,
	.carrier_differs = veth_carrier_differs,
	.add_drops = veth_add_drops,
	.host_end_name = veth_name,
	.host_end_second_name = veth_second_name,
};
