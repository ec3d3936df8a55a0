// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The fan-out's program of each copy, in the devmap entry of its host end: who gets one */
#define XM_ORIGIN XM_FROM_WIRE
#include "fanout.h"

/* The port whose host end the copy is for, as xm_find_sender() finds it */
static __always_inline struct xm_port *xm_find_receiver(struct xdp_md *ctx,
							const struct net_device *dev, __u32 *slot)
{
	__u32 ifindex = ctx->egress_ifindex;
	struct xm_port *port;

	*slot = dev->group - XM_LINK_GROUP_BASE;
	port = bpf_map_lookup_elem(&ports, slot);
	if (port && port->ifindex == ifindex)
		return port;
	return xm_port_of_host_end(ifindex, slot);
}

static __always_inline bool xm_is_group(const struct xdp_md *ctx)
{
	const __u8 *dst = (void *)(long)ctx->data;

	return dst + 1 <= (const __u8 *)(long)ctx->data_end && xm_mac_is_group(dst);
}

SEC("xdp/devmap")
int fanout_tx(struct xdp_md *ctx)
{
	struct xm_fanout_label *label = (void *)(long)ctx->data_meta;
	__u32 slot = 0, info, len = ctx->data_end - ctx->data;
	const struct xdp_buff *xdp;
	const struct net_device *dev;
	struct xm_port *port;

	if (!xm_has_casts() || (void *)(label + 1) > (void *)(long)ctx->data)
		return XDP_DROP;
	info = label->info;
	xdp = xm_cast_to_kern_ctx(ctx);
	dev = xdp->txq->dev;
	port = xm_find_receiver(ctx, dev, &slot);
	if (!port || !xm_gets_copy(port, slot, info) || !xm_device_carrier(dev))
		return XDP_DROP;
	if (xm_exceeds_peer(dev, len)) {
		xm_xdp_drop(ctx, XM_DROP_SLOTS(slot, slot),
			    xm_verdict_drop(XM_REASON_DELIVERY_FAILED));
		return XDP_DROP;
	}
	if (bpf_xdp_adjust_meta(ctx, sizeof(*label)))
		return XDP_DROP;
	xm_count_rx(slot, info & XM_FANOUT_TAGGED ? len - 4 : len, xm_is_group(ctx));
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
