// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counters of a slot: the programs' own, and what only its devices know */
#include "engine/internal.h"

int xm_parent_stats(struct xm_parent *p, uint32_t slot, struct xm_stats *ret)
{
	return xm_stats_map_read(p->dir, p->maps[XM_MAP_STATS], &p->chunk, slot, ret);
}

static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * Nothing tells a program what becomes of a frame that it redirects; the devices count what they drop. A
 * host end does so with what it sends to the endpoint and, when a frame is received on it first, with that:
 * there it meets what the endpoint sends, which its other end counts as sent in vain. What the program was
 * told of is among it. The devices were read before the program's counters: while frames are lost the
 * difference is late, never too large.
 */
int xm_endpoint_stats(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_stats *ret)
{
	uint64_t lost = ep->host_tx_dropped + above(ep->host_rx_dropped, ep->peer.tx_dropped);
	int err = xm_parent_stats(p, ep->slot, ret);

	if (err)
		return err;
	ret->drops[XM_REASON_VETH_DROPPED] = above(lost, ret->drops[XM_REASON_DELIVERY_FAILED]);
	ret->drops[XM_REASON_TX_REFUSED] = ep->peer.tx_dropped;
	return 0;
}
