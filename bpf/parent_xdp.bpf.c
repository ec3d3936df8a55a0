// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * XDP on the parent: unicast UDP goes straight into the endpoint's XDP ring. Everything else goes
 * on to TC: group frames (an XDP broadcast would take them from the host), TCP (GRO makes it faster
 * there), tagged frames (VLAN devices), passthru and source mode (copies). The path depends only on
 * a frame's protocol and on how it reached the parent, so no flow is reordered. With the guard,
 * unicast that is neither an endpoint's nor the parent's is dropped here, before it costs an skb.
 */
#define XM_ORIGIN XM_FROM_WIRE
#include "lookup.h"
#include "events.h"

/*
 * Whether a frame on a veth is an skb that another stack sent. The VLAN tag of an skb may be in
 * metadata; its checksum, or one inside a tunnel, may be partial. A redirect as an XDP frame would
 * lose both, so an skb goes on to TC. A frame that came as an XDP frame, as from a NIC, has no skb.
 */
static __always_inline bool xm_is_veth_skb(struct xdp_md *ctx)
{
	return !xm_has_casts() || xm_veth_skb_of(ctx);
}

static __always_inline bool xm_takes_xdp(const struct xm_config *c, const struct xm_target *dest,
					 __u32 len)
{
	if (dest->port->flags & XM_PORT_TAP) /* or XM_PORT_NETKIT, which takes none */
		return !(dest->port->flags & XM_PORT_NAPI) && !(c->uses & XM_USES_XDP_SKB);
	return (dest->port->flags & XM_PORT_NAPI) && xm_peer_napi(dest->device) &&
	       !xm_exceeds_peer(dest->device, len);
}

static __always_inline bool xm_may_redirect(struct xdp_md *ctx, const struct xm_config *c)
{
	if (!(c->uses & XM_USES_XDP))
		return false;
	return !(c->uses & XM_USES_XDP_VETH) || !xm_is_veth_skb(ctx);
}

/*
 * Whether a MAC differs from the parent's. The parent's MAC is read from the device:
 * config.parent_mac is as old as the last command, and the guard would drop frames for the new MAC.
 * Returns false when the device cannot be read.
 */
static __always_inline bool xm_not_parent(struct xdp_md *ctx, const struct xm_mac_key *mac)
{
	const struct xdp_buff *xdp;

	if (!xm_has_casts())
		return false;
	xdp = xm_cast_to_kern_ctx(ctx);
	return xm_device_mac(xdp->rxq->dev) != xm_mac_bits(mac->mac);
}

/* Redirects a frame to an endpoint that can take it, else leaves it to TC */
static __always_inline int xm_xdp_redirect(struct xdp_md *ctx, const struct xm_config *c,
					   const struct xm_target *dest)
{
	__u32 len = ctx->data_end - ctx->data;

	if (!xm_may_redirect(ctx, c) || !dest->port || !xm_takes_xdp(c, dest, len) ||
	    len > dest->port->mtu + sizeof(struct ethhdr))
		return XDP_PASS;
	xm_count_rx(dest->slot, len, false);
	return bpf_redirect_map(&xdp_devices, dest->slot, XDP_PASS);
}

/* The guard: drops unicast that xm_decide() counts as unknown, unless it is for the parent */
static __always_inline int xm_xdp_guard(struct xdp_md *ctx, const struct xm_config *c,
					const struct xm_mac_key *dst, __u32 verdict)
{
	if (!(c->uses & XM_USES_GUARD) || !(verdict & XM_V_COUNT) || !xm_not_parent(ctx, dst))
		return XDP_PASS;
	xm_xdp_drop(ctx, XM_SLOT_PARENT, verdict);
	return XDP_DROP;
}

SEC("xdp")
int parent_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct xm_facts f = { .origin = XM_FROM_WIRE };
	struct xm_config *c = xm_get_config();
	struct xm_target dest;
	struct xm_frame frame;
	__u32 verdict;
	bool udp;

	if (!c || xm_parse(data, end, &frame) || xm_mac_is_group(frame.dst.mac) ||
	    (c->uses & XM_USES_NO_SHORT_PATH))
		return XDP_PASS;
	udp = xm_is_udp(data, end, frame.proto);
	if (!udp && !(c->uses & XM_USES_GUARD))
		return XDP_PASS;
	f.dest_mode = xm_find_by_mac(&xdp_devices, &frame.dst, &dest);
	if (xm_mac_equal(frame.dst.mac, c->parent_mac))
		f.bits |= XM_FACT_DEST_PARENT;
	verdict = xm_decide(&f);
	if ((verdict & XM_V_ACTION) == XM_TO_DEST)
		return udp ? xm_xdp_redirect(ctx, c, &dest) : XDP_PASS;
	return xm_xdp_guard(ctx, c, &frame.dst, verdict);
}

char _license[] SEC("license") = "Dual BSD/GPL";
