// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "engine/kind_pair.h"
#include "engine/kind_veth.h"

static int veth_create(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		       int netns_fd, struct xm_link *made, struct xm_err *e)
{
	(void)add;
	return xm_kind_pair_create(p, ep, netns_fd, xm_link_add_veth, made, e);
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
		ep->host_tx_dropped + xm_kind_excess(ep->host_rx_dropped, ep->device.tx_dropped);

	ret->drops[XM_REASON_VETH_DROPPED] =
		xm_kind_excess(lost, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->device.tx_dropped;
}

const struct xm_kind xm_kind_veth = {
	.link_kind = "veth",
	.has_peer = true,
	.up_is_carrier = true,
	.has_napi = true,
	.create = veth_create,
	.set_carrier = xm_kind_pair_set_carrier,
	.carrier_differs = xm_kind_pair_carrier_differs,
	.add_drops = veth_add_drops,
	.host_end_name = xm_kind_pair_name,
	.host_end_second_name = xm_kind_pair_second_name,
};
