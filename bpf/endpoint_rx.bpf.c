// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What endpoints send: TC ingress on every host end, which receives it (macvlan.c,
 * macvlan_queue_xmit()). Of a pair of netkit devices the program also runs in the transmit of the
 * peer end, without a softirq in between.
 */
#define XM_ORIGIN XM_FROM_ENDPOINT
#include "copies.h"

/*
 * The slot of the host end by its link group. User space sets the group, but anybody may change it
 * later: the caller compares the port's ifindex.
 */
static __always_inline __u32 xm_slot_by_group(struct __sk_buff *skb)
{
	const struct sk_buff *kernel_skb = xm_cast_to_kern_ctx(skb);

	return kernel_skb->dev->group - XM_LINK_GROUP_BASE;
}

/* The port whose host end received the frame. The link group saves the look-up in the hash. */
static __always_inline struct xm_port *xm_find_sender(struct __sk_buff *skb, __u32 *slot)
{
	__u32 ifindex = skb->ifindex;
	struct xm_port *port;

	if (xm_has_casts()) {
		*slot = xm_slot_by_group(skb);
		port = bpf_map_lookup_elem(&ports, slot);
		if (port && port->ifindex == ifindex)
			return port;
	}
	return xm_port_of_host_end(ifindex, slot);
}

/* Whether the endpoint may send with this source MAC */
static __always_inline bool xm_is_own(const struct xm_mac_key *src, const struct xm_port *port,
				      __u32 slot)
{
	if (xm_mac_equal(src->mac, port->mac))
		return true;
	return (port->flags & XM_PORT_ADDRESSES) &&
	       xm_slot_of_mac(xm_mac_bits(src->mac)) == (int)slot;
}

/* Global, so that the verifier does not walk through what follows for either answer */
__attribute__((noinline)) int xm_host_mac_fact(__u64 mac)
{
	return xm_slot_of_mac(mac) == XM_SLOT_PARENT ? XM_FACT_DEST_PARENT : 0;
}

/* The facts that unicast needs */
static __always_inline void xm_sent_facts(struct xm_facts *f, const struct xm_frame *frame,
					  const struct xm_config *c, struct xm_target *dest)
{
	if (f->sender_mode == XM_MODE_BRIDGE)
		f->dest_mode = xm_find_by_mac(&tc_devices, &frame->dst, dest);
	xm_parent_facts(f, &frame->dst, c);
	if (xm_uses(c, XM_USES_HOST_MACS) && (f->bits & XM_FACT_SENDER_HOST)) {
		/* The verifier knows that no other bit changes */
		f->bits |= xm_host_mac_fact(xm_mac_bits(frame->dst.mac)) & XM_FACT_DEST_PARENT;
	}
}

static __always_inline int xm_sent_drop(struct __sk_buff *skb, __u32 slot, __u32 verdict)
{
	xm_drop(skb, slot, verdict);
	return TC_ACT_SHOT;
}

static __always_inline int xm_sent_finish(struct __sk_buff *skb, const struct xm_config *c,
					  const struct xm_target *dest, __u32 verdict, __u32 slot)
{
	return xm_finish(skb, dest,
			 (struct xm_last_step){ verdict, slot, c->parent_ifindex, true, true });
}

/* xm_count_tx() in the full program. Global: the verifier walks through it only once. */
__attribute__((noinline)) int xm_count_sent(__u32 slot, __u32 bytes)
{
	xm_count_tx(slot, bytes);
	return 0;
}

/* Most frames: unicast on a parent without sources, VLANs and neigh direct. Nothing is copied. */
static __always_inline int xm_sent_unicast(struct __sk_buff *skb, const struct xm_config *c,
					   const struct xm_frame *frame, struct xm_facts *f,
					   __u32 slot)
{
	struct xm_target dest = {};
	__u32 verdict;

	xm_sent_facts(f, frame, c, &dest);
	verdict = xm_decide(f);
	if ((verdict & XM_V_ACTION) == XM_DROP)
		return xm_sent_drop(skb, slot, verdict);
	if (XM_KNOWN_USES & XM_USES_FULL)
		xm_count_sent(slot, skb->len);
	else
		xm_count_tx(slot, skb->len);
	return xm_sent_finish(skb, c, &dest, verdict, slot);
}

static __always_inline int xm_sent_finish_traced(struct __sk_buff *skb, const struct xm_config *c,
						 const struct xm_target *dest, __u32 verdict,
						 __u32 slot)
{
	return xm_finish_traced(
		skb, c, dest,
		(struct xm_last_step){ verdict, slot, c->parent_ifindex, true, true });
}

/* The same steps for unicast on the other parents */
static __always_inline int xm_sent_any_unicast(struct __sk_buff *skb, const struct xm_config *c,
					       const struct xm_frame *frame, struct xm_facts *f,
					       __u32 slot)
{
	struct xm_target dest = {};
	__u32 verdict;

	/* Here, where the verifier has few states */
	if (xm_uses(c, XM_USES_NEIGH))
		xm_neigh_steer(skb, slot, 0);
	xm_sent_facts(f, frame, c, &dest);
	if (xm_left_to_vlan(skb, c))
		f->bits |= XM_FACT_VLAN_OWNED;
	verdict = xm_decide(f);
	if ((verdict & XM_V_ACTION) == XM_DROP)
		return xm_sent_drop(skb, slot, verdict);
	xm_count_sent(slot, skb->len);
	if (xm_listeners_end(skb, c, verdict, !!(f->bits & XM_FACT_DEST_PARENT), slot))
		return TC_ACT_SHOT;
	return xm_sent_finish_traced(skb, c, &dest, verdict, slot);
}

/* Drops a group frame, from which the sender's address is learned. Global: few frames come here. */
__attribute__((noinline)) int xm_sent_drop_group(struct __sk_buff *skb, __u32 slot, __u32 verdict)
{
	struct xm_config *c = xm_get_config();

	if (c && xm_uses(c, XM_USES_NEIGH))
		xm_neigh_steer(skb, slot, verdict);
	return xm_sent_drop(skb, slot, verdict);
}

static __always_inline int xm_sent_group(struct __sk_buff *skb, const struct xm_config *c,
					 const struct xm_frame *frame, struct xm_facts *f,
					 __u32 slot)
{
	__u32 verdict;

	f->bits |= XM_FACT_GROUP;
	xm_parent_facts(f, &frame->dst, c);
	/* A sending macvlan sees the TPID of a tagged PAUSE in skb->protocol, so it floods it */
	if (frame->proto == ETH_P_PAUSE && !skb->vlan_present)
		f->bits |= XM_FACT_PAUSE;
	verdict = xm_decide(f);
	if ((verdict & XM_V_ACTION) == XM_DROP) {
		return XM_KNOWN_USES & XM_USES_NEIGH ? xm_sent_drop_group(skb, slot, verdict)
						     : xm_sent_drop(skb, slot, verdict);
	}
	xm_count_sent(slot, skb->len);
	xm_copy_group(skb, c, verdict, slot, slot);
	if (xm_uses(c, XM_USES_TRACE))
		xm_report(skb, XM_FRAME_SLOTS(slot, 0), verdict, XM_EVENT_FRAME);
	return bpf_redirect(c->parent_ifindex, 0); /* macvlan sends all others to the wire */
}

#ifdef XM_NEXT_MAP
/* Counts the frame in next_counts. Returns true when it has to be dropped. */
static __always_inline bool xm_next_counts(const struct xm_frame *frame, __u32 slot)
{
	__u64 *count = bpf_map_lookup_elem(&next_counts, &slot);

	if (count)
		__sync_fetch_and_add(count, 1);
	if (frame->proto != XM_NEXT_ETHERTYPE)
		return false;
	xm_count_drop(slot, XM_REASON_NEXT);
	return true;
}
#endif

/* Whether the program runs in the transmit of a netkit: the frame was received on no device yet */
static __always_inline bool xm_in_netkit(const struct __sk_buff *skb, const struct xm_port *port)
{
	return xm_is_netkit(port) && !skb->ingress_ifindex;
}

/*
 * Whether the host end has to receive a frame that is in the transmit of a netkit: what the receive
 * path does with it cannot be done here. It takes a tag out of the frame (skb_vlan_untag()) and
 * derives the protocol from the header (eth_type_trans()).
 */
static __always_inline bool xm_needs_receive(const struct __sk_buff *skb,
					     const struct xm_frame *frame)
{
	return XM_BE16(skb->protocol) != frame->proto || frame->proto < ETH_P_802_3_MIN ||
	       frame->proto == ETH_P_8021Q || frame->proto == ETH_P_8021AD;
}

/* Marks a frame for parent_tx, which would take it for one of the parent's own stack */
static __always_inline void xm_mark_sent(struct __sk_buff *skb, const struct xm_config *c)
{
	if (xm_uses(c, XM_USES_HOST_ACCESS))
		skb->tc_index = XM_TC_INDEX_SENT;
}

/*
 * The netkit would count a drop, which the program has counted, and report it to the sender. A veth
 * does neither. A redirect to no device frees the frame silently.
 */
static __always_inline int xm_end(const struct __sk_buff *skb, const struct xm_port *port,
				  int action)
{
	return action == TC_ACT_SHOT && xm_in_netkit(skb, port) ? bpf_redirect(0, 0) : action;
}

static __always_inline int xm_sent(struct __sk_buff *skb, const struct xm_config *c,
				   const struct xm_frame *frame, const struct xm_port *port,
				   __u32 slot)
{
	struct xm_facts f = { .origin = XM_FROM_ENDPOINT, .sender_mode = port->mode };

	/* It is dropped in any case. Here, so that the verifier knows the facts in what follows. */
	if ((port->flags & XM_PORT_SPOOFCHK) && !xm_is_own(&frame->src, port, slot)) {
		f.bits = XM_FACT_SPOOFCHK | XM_FACT_SPOOFED;
		return xm_sent_drop(skb, slot, xm_decide(&f));
	}
	if (port->flags & XM_PORT_HOST_ACCESS)
		f.bits |= XM_FACT_SENDER_HOST;
	if (xm_mac_is_group(frame->dst.mac))
		return xm_sent_group(skb, c, frame, &f, slot);
	if (xm_uses(c, XM_USES_NO_SHORT_TX))
		return xm_sent_any_unicast(skb, c, frame, &f, slot);
	return xm_sent_unicast(skb, c, frame, &f, slot);
}

SEC("tc")
int endpoint_rx(struct __sk_buff *skb)
{
	struct xm_config *c = xm_get_config();
	struct xm_frame frame;
	struct xm_port *port;
	__u32 slot = 0;

	if (!c)
		return TC_ACT_SHOT;
	port = xm_find_sender(skb, &slot);
	if (!port) {
		xm_drop(skb, XM_SLOT_PARENT, xm_verdict_drop(XM_REASON_UNKNOWN_SENDER));
		return TC_ACT_SHOT;
	}
	/*
	 * A frame that changes its namespace loses its mark, so this mark is ours. A peer end in
	 * the parent's namespace keeps the mark of any program: it has no XM_PORT_OTHER_NETNS.
	 */
	if (skb->mark == XM_MARK_PEER && (port->flags & XM_PORT_OTHER_NETNS)) {
		skb->mark = 0;
		return xm_to_peer(skb, skb->ifindex);
	}
	if (xm_parse_skb(skb, &frame)) {
		xm_drop(skb, slot, xm_verdict_drop(XM_REASON_MALFORMED));
		return TC_ACT_SHOT;
	}
#ifdef XM_NEXT_MAP
	if (xm_next_counts(&frame, slot))
		return TC_ACT_SHOT;
#endif
	if (xm_in_netkit(skb, port)) {
		if (xm_needs_receive(skb, &frame))
			return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
		xm_mark_sent(skb, c);
	}
	return xm_end(skb, port, xm_sent(skb, c, &frame, port, slot));
}

char _license[] SEC("license") = "Dual BSD/GPL";
