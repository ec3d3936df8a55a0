// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TC ingress on the parent: every frame from the wire (macvlan.c, macvlan_handle_frame()) */
#define XM_ORIGIN XM_FROM_WIRE
#include "copies.h"

static __always_inline int xm_rx_finish(struct __sk_buff *skb, const struct xm_config *c,
					const struct xm_target *dest, __u32 verdict)
{
	return xm_finish(
		skb, dest,
		(struct xm_last_step){ verdict, XM_SLOT_PARENT, c->parent_ifindex, true, false });
}

/* Most frames: unicast on a parent without passthru, sources and VLANs */
static __always_inline int xm_rx_unicast(struct __sk_buff *skb, struct xm_config *c,
					 const struct xm_frame *frame)
{
	struct xm_facts f = { .origin = XM_FROM_WIRE };
	struct xm_target dest = {};
	__u32 verdict;

	f.dest_mode = xm_find_by_mac(&tc_devices, &frame->dst, &dest);
	if (!f.dest_mode && xm_mac_equal(frame->dst.mac, c->parent_mac))
		f.bits |= XM_FACT_DEST_PARENT;
	verdict = xm_decide(&f);
	if (verdict & XM_V_COUNT)
		xm_drop(skb, XM_SLOT_PARENT, verdict);
	return xm_rx_finish(skb, c, &dest, verdict);
}

static __always_inline int xm_rx_finish_traced(struct __sk_buff *skb, const struct xm_config *c,
					       const struct xm_target *dest, __u32 verdict)
{
	return xm_finish_traced(
		skb, c, dest,
		(struct xm_last_step){ verdict, XM_SLOT_PARENT, c->parent_ifindex, true, false });
}

/* The same steps for unicast on the other parents */
static __always_inline int xm_rx_any_unicast(struct __sk_buff *skb, struct xm_config *c,
					     const struct xm_frame *frame)
{
	struct xm_facts f = { .origin = XM_FROM_WIRE };
	struct xm_target dest = {};
	__u32 verdict, dest_kind;

	if (xm_left_to_vlan(skb, c))
		f.bits |= XM_FACT_VLAN_OWNED;
	if (xm_uses(c, XM_USES_PASSTHRU)) {
		f.bits |= XM_FACT_PASSTHRU;
		xm_find_by_slot(&tc_devices, c->passthru_slot, &dest);
		f.dest_mode = dest.ifindex ? XM_MODE_PASSTHRU : XM_MODE_NONE;
	} else {
		f.dest_mode = xm_find_by_mac(&tc_devices, &frame->dst, &dest);
	}
	if (xm_mac_equal(frame->dst.mac, c->parent_mac))
		f.bits |= XM_FACT_DEST_PARENT;
	verdict = xm_decide(&f);
	if (verdict & XM_V_COUNT)
		xm_drop(skb, XM_SLOT_PARENT, verdict);
	dest_kind = !!(f.bits & XM_FACT_DEST_PARENT) * XM_DEST_PARENT |
		    (f.dest_mode == XM_MODE_SOURCE) * XM_DEST_LISTENER;
	if (xm_listeners_end(skb, c, verdict, dest_kind, XM_SLOT_PARENT))
		return TC_ACT_SHOT;
	return xm_rx_finish_traced(skb, c, &dest, verdict);
}

static __always_inline int xm_rx_group(struct __sk_buff *skb, struct xm_config *c,
				       const struct xm_frame *frame)
{
	struct xm_facts f = { .origin = XM_FROM_WIRE, .bits = XM_FACT_GROUP };
	struct xm_target sender = {};
	__u32 verdict, slot;

	if (xm_left_to_vlan(skb, c))
		f.bits |= XM_FACT_VLAN_OWNED;
	f.sender_mode = xm_find_by_mac(&tc_devices, &frame->src, &sender);
	if (frame->proto == ETH_P_PAUSE)
		f.bits |= XM_FACT_PAUSE;
	f.bits |= xm_uses(c, XM_USES_REFLECT) * (XM_FACT_REFLECT / XM_USES_REFLECT);
	verdict = xm_decide(&f);
	if (xm_listeners_end(skb, c, verdict, 0, XM_SLOT_PARENT))
		return TC_ACT_SHOT;
	slot = f.sender_mode ? sender.slot : 0;
	xm_copy_group(skb, c, verdict, xm_slot_without_copy(verdict, slot),
		      XM_NEIGH_OUTSIDE | slot);
	return xm_rx_finish_traced(skb, c, &sender, verdict);
}

/* Whether endpoint_rx has marked the frame for the parent's stack (xm_mark_for_host()) */
static __always_inline bool xm_is_for_host(struct __sk_buff *skb, const struct xm_config *c)
{
	return skb->mark == XM_MARK_HOST ||
	       (skb->hash == c->host_tag && skb->tc_index == XM_TC_INDEX_HOST);
}

static __always_inline void xm_unmark(struct __sk_buff *skb)
{
	if (skb->mark == XM_MARK_HOST)
		skb->mark = 0;
	skb->tc_index = 0;
	bpf_set_hash_invalid(skb);
}

SEC("tc")
int parent_rx(struct __sk_buff *skb)
{
	struct xm_config *c = xm_get_config();
	struct xm_frame frame;

	if (!c)
		return TC_ACT_UNSPEC;
	if (xm_is_for_host(skb, c)) {
		xm_unmark(skb);
		return TC_ACT_UNSPEC;
	}
	if (xm_parse_skb(skb, &frame))
		return TC_ACT_UNSPEC;
	if (xm_mac_is_group(frame.dst.mac))
		return xm_rx_group(skb, c, &frame);
	if (xm_uses(c, XM_USES_NO_SHORT_PATH))
		return xm_rx_any_unicast(skb, c, &frame);
	return xm_rx_unicast(skb, c, &frame);
}

char _license[] SEC("license") = "Dual BSD/GPL";
