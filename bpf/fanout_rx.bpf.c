// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fan-out: XDP copies group frames to the endpoints, and frames to the listeners of source
 * mode. fanout_rx runs on the far end of the fan-out's pair. It broadcasts a frame to one chunk of
 * endpoints. Entry 0 of each chunk is the near end, which brings the frame back for the next chunk:
 * so each round touches a few rings, and its copies are received before the next round. The last
 * chunk is broadcast to by a map without this entry. fanout_tx runs for each copy, in the devmap.
 */
#define XM_ORIGIN XM_FROM_WIRE
#include "fanout.h"

#define NETDEV_XDP_ACT_NDO_XMIT 4 /* linux/netdev.h, since Linux 6.3 */

/* Puts a label before a new frame. Returns 0 or -1: the frame is not ours. */
static __always_inline int xm_label_new(struct xdp_md *ctx, const struct sk_buff *skb)
{
	const struct sk_buff *typed = xm_rdonly_cast(skb, xm_kernel_id(XM_ID_SK_BUFF));
	__u32 mark = typed->mark;
	struct xm_fanout_label *label;

	if ((mark & XM_MARK_FANOUT_MASK) != XM_MARK_FANOUT ||
	    bpf_xdp_adjust_meta(ctx, -(int)sizeof(*label)))
		return -1;
	label = (void *)(long)ctx->data_meta;
	if ((void *)(label + 1) > (void *)(long)ctx->data)
		return -1;
	label->info = mark;
	label->next = 0;
	return 0;
}

/*
 * Whether the host end of a slot takes XDP frames. The kernel leaves one out that does not, and no
 * program learns of it: the user of the peer end has turned GRO off. The features say so since
 * Linux 6.3, as the fan-out does (veth_set_features()).
 */
static __always_inline bool xm_takes_copies(__u32 slot)
{
	__u32 *ifindex = bpf_map_lookup_elem(&xdp_devices, &slot);
	const struct net_device *dev;

	if (!ifindex)
		return true;
	dev = xm_device(ifindex);
	/* While it is down it gets no copy, as by the loop */
	return dev->xdp_features & NETDEV_XDP_ACT_NDO_XMIT || !xm_device_carrier(dev);
}

/* The chunk to which a frame goes next */
struct xm_round {
	__u32 chunk;
	__u32 slots; /* that get a copy, a bit each: XM_FANOUT_SLOTS */
	bool last;
};

/*
 * When a member takes no copy, the loop makes all copies from now on. The copies of this frame are
 * lost: they are counted for who was to get one.
 */
static __always_inline void xm_check_chunk(struct xdp_md *ctx, struct xm_fanout_flow *flow,
					   const struct xm_round *round, __u32 info)
{
	__u32 first = round->chunk * XM_FANOUT_CHUNK, word = first / 64;
	__u64 *bits = bpf_map_lookup_elem(&fanout_members, &word);
	__u64 members = bits ? *bits >> first % 64 & round->slots : 0;

	for (int i = 0; i < (int)XM_FANOUT_CHUNK; i++) {
		__u32 slot = first + i;
		struct xm_port *port;

		if (!(members >> i & 1) || xm_takes_copies(slot))
			continue;
		flow->off = 1;
		port = bpf_map_lookup_elem(&ports, &slot);
		if (port && xm_gets_copy(port, slot, info))
			xm_xdp_drop(ctx, XM_DROP_SLOTS(slot, slot),
				    xm_verdict_drop(XM_REASON_DELIVERY_FAILED));
	}
}

/* Returns 0, or -1: the frame has been to all chunks */
static __always_inline int xm_round_of_flood(const struct xm_fanout *f, __u32 next,
					     struct xm_round *ret)
{
	*ret = (struct xm_round){ next, XM_FANOUT_SLOTS, next + 1 >= f->chunks };
	return next < f->chunks ? 0 : -1;
}

/* The same for listeners. Fills the label's XM_FANOUT_SLOTS. */
static __always_inline int
xm_round_of_listeners(const struct xdp_md *ctx, struct xm_fanout_label *label, struct xm_round *ret)
{
	struct xm_fanout_listeners *l;
	struct xm_source_key key;
	struct xm_frame frame;

	if (xm_parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, &frame))
		return -1;
	xm_source_key_set(&key, frame.src.mac, label->next);
	l = bpf_map_lookup_elem(&fanout_listeners, &key);
	if (!l)
		return -1;
	label->info = (label->info & ~XM_FANOUT_SLOTS) | l->slots;
	*ret = (struct xm_round){ l->chunk, l->slots, l->last };
	return 0;
}

/*
 * returned: the frame has come back, so its copies were received: NAPI polls the last endpoints
 * before the pair again
 */
static __always_inline void xm_fanout_end(struct xm_fanout_flow *flow, bool returned)
{
	flow->progress = bpf_ktime_get_ns();
	flow->returned = returned;
	__sync_fetch_and_add(&flow->ended, 1);
}

SEC("xdp")
int fanout_rx(struct xdp_md *ctx)
{
	struct xm_round round;
	__u32 key = 0;
	struct xm_fanout *f = bpf_map_lookup_elem(&fanout, &key);
	struct xm_fanout_flow *flow = bpf_map_lookup_elem(&fanout_flow, &key);
	struct xm_config *c = xm_get_config();
	struct xm_fanout_label *label;
	const struct sk_buff *skb;
	void *devices = NULL;
	int err;

	if (!f || !flow || !c || !xm_has_casts())
		return XDP_DROP;
	skb = xm_veth_skb_of(ctx); /* NULL: the frame has come back */
	if (skb && xm_label_new(ctx, skb))
		return XDP_DROP;
	label = (void *)(long)ctx->data_meta;
	if ((void *)(label + 1) > (void *)(long)ctx->data)
		return XDP_DROP;
	if (label->info & XM_FANOUT_LISTENED)
		err = xm_round_of_listeners(ctx, label, &round);
	else
		err = xm_round_of_flood(f, label->next, &round);
	if (!err && round.last && xm_fanout_is_closing(f, c))
		round.last = false; /* it comes back */
	if (!err)
		devices = bpf_map_lookup_elem(round.last ? (void *)&fanout_lasts : &fanout_chunks,
					      &round.chunk);
	if (!devices || round.last)
		xm_fanout_end(flow, !devices);
	else if (label->next % 16 == 0)
		/* Often enough for XM_FANOUT_LOST_NS; reading the time takes 20 ns or more */
		flow->progress = bpf_ktime_get_ns();
	if (!devices)
		return XDP_DROP;
	label->next++;
	xm_check_chunk(ctx, flow, &round, label->info);
	return bpf_redirect_map(devices, 0, BPF_F_BROADCAST);
}

char _license[] SEC("license") = "Dual BSD/GPL";
