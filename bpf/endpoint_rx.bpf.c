// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TC ingress on every host end: all that an endpoint sends. macvlan.c, macvlan_queue_xmit() */
#include "act.h"

/* parent_rx sent a copy this way to have it delivered with the packet type it came with */
static __always_inline int xm_to_peer(struct __sk_buff *skb)
{
	skb->mark = 0;
	return bpf_redirect_peer(skb->ifindex, 0);
}

/* Slot of the host end by its link group, which user space sets and anybody may change: to be checked */
static __always_inline __u32 xm_slot_by_group(struct __sk_buff *skb)
{
	const struct sk_buff *kernel_skb = bpf_cast_to_kern_ctx(skb);

	return kernel_skb->dev->group - XM_GROUP_BASE;
}

/* The port whose host end received the frame. The group saves a look-up in a hash (20 ns). */
static __always_inline struct xm_port *xm_find_sender(struct __sk_buff *skb, __u32 *slot)
{
	__u32 ifindex = skb->ifindex, *found;
	struct xm_port *port;

	if (bpf_cast_to_kern_ctx) {
		*slot = xm_slot_by_group(skb);
		port = bpf_map_lookup_elem(&ports, slot);
		if (port && port->ifindex == ifindex)
			return port;
	}
	found = bpf_map_lookup_elem(&host_ends, &ifindex);
	if (!found)
		return NULL;
	*slot = *found;
	port = bpf_map_lookup_elem(&ports, slot);
	return port && port->ifindex == ifindex ? port : NULL;
}

/* What the sender's port alone tells */
static __always_inline void xm_sender_facts(struct xm_act *a, struct xm_facts *f, struct xm_port *port)
{
	f->sender = port->mode;
	if (port->flags & XM_PORT_HOST)
		f->bits |= XM_SENDER_HOST;
	if (port->flags & XM_PORT_SPOOFCHK)
		f->bits |= XM_SPOOFCHK;
	if (!xm_mac_equal(a->frame.src.mac, port->mac))
		f->bits |= XM_SPOOFED;
}

static __always_inline void xm_tx_facts(struct xm_act *a, struct xm_meta *m, struct xm_facts *f)
{
	struct xm_frame *frame = &a->frame;

	if (xm_mac_group(frame->dst.mac))
		f->bits |= XM_GROUP;
	else if (f->sender == XM_MODE_BRIDGE)
		f->dest = xm_find_mac(&frame->dst, &a->dest);
	if (xm_mac_equal(frame->dst.mac, m->parent_mac))
		f->bits |= XM_DEST_PARENT;
	/* skb->protocol of a tagged frame is the tag's for a sending macvlan, so it floods it */
	if (frame->proto == ETH_P_PAUSE && !a->skb->vlan_present)
		f->bits |= XM_PAUSE;
	if (xm_parent_down())
		f->bits |= XM_PARENT_DOWN;
	if (xm_left_to_vlan(a->skb, m))
		f->bits |= XM_VLAN_OWNED;
}

SEC("tc")
int endpoint_rx(struct __sk_buff *skb)
{
	struct xm_act a = { .skb = skb };
	struct xm_facts f = { .origin = XM_FROM_ENDPOINT };
	struct xm_meta *m = xm_get_meta();
	struct xm_port *port;

	if (!m)
		return TC_ACT_SHOT;
	port = xm_find_sender(skb, &a.sender_slot);
	if (!port) {
		xm_count_drop(XM_SLOT_PARENT, XM_REASON_UNKNOWN_SENDER);
		return TC_ACT_SHOT;
	}
	/* The mark of a frame from another namespace is ours; beside the parent it may be anybody's */
	if (skb->mark == XM_MARK_PEER && (port->flags & XM_PORT_PEER))
		return xm_to_peer(skb);
	if (xm_parse((void *)(long)skb->data, (void *)(long)skb->data_end, &a.frame)) {
		xm_count_drop(a.sender_slot, XM_REASON_MALFORMED);
		return TC_ACT_SHOT;
	}
	a.parent = m->parent_ifindex;
	a.slots = m->slots;
	xm_sender_facts(&a, &f, port);
	/* A forged frame is dropped whatever else it is: it costs no look-up */
	if ((f.bits & (XM_SPOOFCHK | XM_SPOOFED)) != (XM_SPOOFCHK | XM_SPOOFED))
		xm_tx_facts(&a, m, &f);
	a.tagged = skb->vlan_present;
	a.dest_parent = f.bits & XM_DEST_PARENT;
	a.verdict = xm_decide(&f);
	if ((a.verdict & XM_V_ACTION) != XM_DROP)
		xm_count_tx(a.sender_slot, skb->len);
	return xm_act(&a, true, m->features & XM_FEATURE_SOURCES);
}

char _license[] SEC("license") = "Dual BSD/GPL";
