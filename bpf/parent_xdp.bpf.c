// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * XDP on the parent: unicast UDP straight into the endpoint's XDP ring. All the rest goes on to TC:
 * group frames (an XDP broadcast would take them from the host), TCP (GRO makes it faster there), tagged
 * frames (VLAN devices), passthru and source mode (copies). The path depends on a frame's protocol and
 * on how it reached the parent, so no flow is reordered. With the guard, unicast for neither an endpoint
 * nor the parent ends here, before it has cost an skb.
 */
#define XM_DEVICES xdp_devices
#include "lookup.h"
#include "stats.h"

/*
 * What another stack sent into a veth is an skb: its VLAN tag may be in metadata and its checksum, or one
 * inside a tunnel, may be partial. A redirect as XDP frame would lose both, so it goes on to TC. What
 * came as an XDP frame, as from a NIC, has no skb. User space has checked that the skb's pointer is
 * right behind the xdp_buff (struct veth_xdp_buff).
 */
static __always_inline bool xm_veth_skb(struct xdp_md *ctx)
{
	const struct sk_buff_head *behind;

	if (!bpf_cast_to_kern_ctx || !bpf_rdonly_cast)
		return true;
	behind = bpf_rdonly_cast(bpf_cast_to_kern_ctx(ctx) + bpf_core_type_size(struct xdp_buff),
				 bpf_core_type_id_kernel(struct sk_buff_head));
	return behind->next;
}

/*
 * Without NAPI at the peer end a veth drops XDP frames (veth_xdp_xmit). It has NAPI while it has GRO,
 * which its user may turn off; the peer is the first field of a veth's private data.
 */
static __always_inline bool xm_peer_napi(const struct net_device *dev)
{
	const __u32 align = 32; /* NETDEV_ALIGN, linux/netdevice.h */
	const struct net_device *peer;
	const struct sk_buff_head *priv;

	if (!bpf_rdonly_cast)
		return true;
	priv = bpf_rdonly_cast((void *)dev + (bpf_core_type_size(struct net_device) + align - 1) / align * align,
			       bpf_core_type_id_kernel(struct sk_buff_head));
	peer = bpf_rdonly_cast(priv->next, bpf_core_type_id_kernel(struct net_device));
	return peer->features & NETIF_F_GRO;
}

static __always_inline bool xm_may_redirect(struct xdp_md *ctx, const struct xm_meta *m)
{
	if (!(m->features & XM_FEATURE_XDP))
		return false;
	return !(m->features & XM_FEATURE_XDP_VETH) || !xm_veth_skb(ctx);
}

/*
 * Whether the MAC is not the parent's, by the device itself: meta's is what it was when a command last looked,
 * and a frame that is dropped here is gone. Where the device cannot be read nothing is nobody's.
 */
static __always_inline bool xm_not_parent(struct xdp_md *ctx, const struct xm_mac_key *mac)
{
	const struct bpf_devmap_val *addr; /* two numbers of 32 bits, whatever they are */
	const struct xdp_buff *xdp;

	if (!bpf_cast_to_kern_ctx || !bpf_rdonly_cast)
		return false;
	xdp = bpf_cast_to_kern_ctx(ctx);
	addr = bpf_rdonly_cast(xdp->rxq->dev->dev_addr, bpf_core_type_id_kernel(struct bpf_devmap_val));
	return xm_mac_bits_of(addr->ifindex, addr->bpf_prog.id) != xm_mac_bits(mac->mac);
}

static __always_inline int xm_xdp_deliver(const struct xm_target *dest, __u32 len)
{
	if (!dest->port || !(dest->port->flags & XM_PORT_NAPI) || !xm_peer_napi(dest->device) ||
	    len > dest->port->mtu + sizeof(struct ethhdr))
		return XDP_PASS;
	xm_count_rx(dest->slot, len, false);
	return bpf_redirect_map(&xdp_devices, dest->slot, XDP_PASS);
}

SEC("xdp")
int parent_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct xm_facts f = { .origin = XM_FROM_WIRE };
	struct xm_meta *m = xm_get_meta();
	__u32 len = end - data, verdict;
	struct xm_target dest;
	struct xm_frame frame;
	bool udp;

	if (!m || xm_parse(data, end, &frame) || xm_mac_group(frame.dst.mac) || (m->features & XM_FEATURES_LONG))
		return XDP_PASS;
	udp = xm_is_udp(data, end, frame.proto);
	if (!udp && !(m->features & XM_FEATURE_GUARD))
		return XDP_PASS;
	f.dest = xm_find_mac(&frame.dst, &dest);
	if (xm_mac_equal(frame.dst.mac, m->parent_mac))
		f.bits |= XM_DEST_PARENT;
	verdict = xm_decide(&f);
	if ((verdict & XM_V_ACTION) == XM_TO_DEST)
		return udp && xm_may_redirect(ctx, m) ? xm_xdp_deliver(&dest, len) : XDP_PASS;
	/* What is counted on its way to the parent's stack is for nobody there */
	if (!(verdict & XM_V_COUNT) || !(m->features & XM_FEATURE_GUARD) || !xm_not_parent(ctx, &frame.dst))
		return XDP_PASS;
	xm_count_drop(XM_SLOT_PARENT, xm_verdict_reason(verdict));
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
