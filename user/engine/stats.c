// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counters of a slot: those of the programs, and drops that only the devices know of */
#include "engine/stats.h"
#include "engine/kinds.h"

int xm_slot_stats(struct xm_parent *p, uint32_t slot, struct xm_stats *ret)
{
	return xm_stats_map_read(p->dir, p->maps[XM_MAP_STATS], &p->chunk, slot, ret);
}

static uint64_t excess(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * A tap's ring drops frames for the endpoint, which the tap counts as tx_dropped. It counts frames
 * of the endpoint that it refuses as rx_dropped.
 */
static void add_tap_drops(const struct xm_endpoint *ep, struct xm_stats *ret)
{
	ret->drops[XM_REASON_VETH_DROPPED] =
		excess(ep->host_tx_dropped, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->host_rx_dropped;
}

/*
 * A program is not told what becomes of a frame that it redirects, but the devices count what they
 * drop. A host end counts frames that it sends to the endpoint. It also counts frames that are
 * received on it first; there they meet what the endpoint sends, which the peer end counts as
 * tx_dropped. Drops that the program was told of are among them. The devices are read before the
 * program's counters: while frames are being lost the difference is late, never too large.
 */
static void add_veth_drops(const struct xm_endpoint *ep, struct xm_stats *ret)
{
	uint64_t lost = ep->host_tx_dropped + excess(ep->host_rx_dropped, ep->peer.tx_dropped);

	ret->drops[XM_REASON_VETH_DROPPED] = excess(lost, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->peer.tx_dropped;
}

int xm_endpoint_stats(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_stats *ret)
{
	int err = xm_slot_stats(p, ep->slot, ret);

	if (err)
		return err;
	if (xm_kind_of(ep)->has_peer)
		add_veth_drops(ep, ret);
	else
		add_tap_drops(ep, ret);
	return 0;
}
