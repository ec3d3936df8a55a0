/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The copies that the TC programs make of a frame, before they deliver it: of group frames for
 * endpoints and the host's stack, and of what listeners of source mode get
 */
#ifndef XM_COPIES_H
#define XM_COPIES_H

#include "deliver.h"
#include "fanout.h"
#include "neigh.h"

/* For whom a frame is whose listeners get it as PACKET_HOST */
enum xm_dest { XM_DEST_PARENT = 1, XM_DEST_LISTENER = 2 };

/* The loop makes: all copies; those for endpoints that are no members of the fan-out; none */
enum xm_loop { XM_LOOP_ALL, XM_LOOP_OTHERS, XM_LOOP_NONE };

/* What the callbacks of bpf_loop() need. It is on the stack, for they get its address. */
struct xm_copies {
	struct __sk_buff *skb;
	struct xm_frame frame;
	__u32 verdict;
	__u32 sender_slot; /* this endpoint gets no copy */
	bool tagged; /* an endpoint sent the frame with a VLAN tag */
	bool from_endpoint; /* an endpoint sent the frame */
	bool dest_parent; /* the frame is for the parent's MAC */
	bool ended; /* a nodst listener took the frame */
	/* an endpoint with XM_PORT_MCAST_FILTERED gets a copy only as a member of the group */
	bool joined_only;
	bool traced; /* XM_USES_TRACE */
	__u32 loop; /* enum xm_loop, of which the verifier knows nothing: xm_copy_by_fanout() */
	__u32 first; /* slot of the first copy; last, or the verifier has 900 instructions more */
};

static __always_inline int xm_parse_skb(struct __sk_buff *skb, struct xm_frame *frame)
{
	return xm_parse((void *)(long)skb->data, (void *)(long)skb->data_end, frame);
}

static __always_inline void xm_copy_to(struct xm_copies *a, __u32 slot, __u32 ifindex, __u64 flags)
{
	if (xm_copy(a->skb, slot, ifindex, flags, xm_mac_is_group(a->frame.dst.mac)) && a->traced)
		xm_report(a->skb, XM_FRAME_SLOTS(a->from_endpoint ? a->sender_slot : 0, slot), 0,
			  XM_REPORT_COPY(XM_COPY_DELIVERED));
}

/* macvlan checks a sibling's copy with the tag in the frame. Here the tag is in skb metadata. */
static __always_inline bool xm_tagged_is_too_long(struct __sk_buff *skb, __u32 mtu)
{
	return !skb->gso_size && skb->len + VLAN_HLEN > mtu + ETH_HLEN + VLAN_HLEN;
}

/* Whether mcast_groups decides which endpoints get this frame. Broadcast is not in the map. */
static __always_inline bool xm_mcast_groups_known(const struct xm_mac_key *dst)
{
	struct xm_groups_valid *valid;
	__u32 key = 0;

	if (xm_mac_broadcast(dst->mac))
		return false;
	valid = bpf_map_lookup_elem(&groups_valid, &key);
	return valid && valid->until && valid->until > bpf_ktime_get_ns();
}

static __always_inline bool xm_joined(const struct xm_copies *a, __u32 slot)
{
	struct xm_mcast_group_key key;

	xm_mcast_group_key_set(&key, a->frame.dst.mac, slot);
	return bpf_map_lookup_elem(&mcast_groups, &key);
}

static long xm_flood_one(__u32 index, void *ctx)
{
	struct xm_copies *a = ctx;
	__u32 slot = a->first + index;
	struct xm_target t;

	if (slot == a->sender_slot || (a->loop == XM_LOOP_OTHERS && xm_fanout_has(slot)))
		return 0;
	xm_find_by_slot(&tc_devices, slot, &t);
	if (!t.ifindex || !t.port || !(xm_verdict_modes(a->verdict) >> (t.port->mode & 7) & 1))
		return 0;
	if ((a->verdict & XM_V_HOST_ONLY) && !(t.port->flags & XM_PORT_HOST_ACCESS))
		return 0;
	if (a->joined_only && (t.port->flags & XM_PORT_MCAST_FILTERED) && !xm_joined(a, slot))
		return 0;
	if ((a->tagged && xm_tagged_is_too_long(a->skb, t.port->mtu)) ||
	    (a->from_endpoint && xm_exceeds_tap(a->skb, &t)))
		xm_drop(a->skb, XM_DROP_SLOTS(slot, slot), xm_verdict_drop(XM_REASON_NOT_COPIED));
	else
		xm_copy_to(a, slot, t.ifindex, 0);
	return 0;
}

/*
 * Copies the frame to one listener of its source MAC. A listener gets what the parent received,
 * with the parent's packet type. So a frame to the parent's MAC is PACKET_HOST, as a frame to the
 * listener's MAC is (macvlan_forward_source_one()). The transmit of a veth would make a frame to
 * the parent's MAC PACKET_OTHERHOST, and it would split the GSO of both. Frames to either MAC are
 * therefore received on the host end, where endpoint_rx delivers them by bpf_redirect_peer().
 */
static long xm_listener_one(__u32 index, void *ctx)
{
	struct xm_copies *a = ctx;
	struct xm_source_key key;
	struct xm_source *s;
	struct xm_target t;
	__u64 flags = 0;
	__u32 mark;

	xm_source_key_set(&key, a->frame.src.mac, index);
	s = bpf_map_lookup_elem(&sources, &key);
	if (!s)
		return 1;
	xm_find_by_slot(&tc_devices, s->slot, &t);
	if (!t.port || t.port->mode != XM_MODE_SOURCE || t.port->source_gen != s->gen)
		return 0;
	if (t.port->flags & XM_PORT_NODST)
		a->ended = true;
	if (!t.ifindex)
		return 0;
	mark = a->skb->mark;
	if ((a->dest_parent || xm_mac_equal(a->frame.dst.mac, t.port->mac)) &&
	    xm_can_redirect_peer(&t)) {
		a->skb->mark = XM_MARK_PEER;
		flags = BPF_F_INGRESS;
	}
	/* One call, or the verifier walks through two copies of it */
	xm_copy_to(a, t.slot, t.ifindex, flags);
	a->skb->mark = mark;
	return 0;
}

static __always_inline void xm_copy_to_host(struct __sk_buff *skb, __u32 parent)
{
	__u32 mark = skb->mark, tc_index = skb->tc_index;
	long err;

	xm_mark_for_host(skb);
	err = bpf_clone_redirect(skb, parent, BPF_F_INGRESS);
	skb->mark = mark;
	skb->tc_index = tc_index;
	bpf_set_hash_invalid(skb);
	if (err)
		xm_count_failure(skb, XM_SLOT_PARENT, err);
}

/* Some slots: `count` from `first` on */
#define XM_SLOTS(first, count) ((__u32)(first) << 16 | (count))

/*
 * Sends the frame into the fan-out, if it is for several endpoints. Returns what the loop has to
 * do (enum xm_loop).
 */
__attribute__((noinline)) int xm_copy_by_fanout(struct __sk_buff *skb, __u32 slots, __u32 info)
{
	struct xm_config *c = xm_get_config();
	struct xm_fanout *f;
	__u32 key = 0;

	if (!c || !xm_uses(c, XM_USES_FANOUT) || slots < 2 || !xm_fanout(skb, slots, info))
		return XM_LOOP_ALL;
	f = bpf_map_lookup_elem(&fanout, &key);
	return f && !f->looped ? XM_LOOP_NONE : XM_LOOP_OTHERS;
}

/*
 * Whether the fan-out makes the copies for all listeners of the frame's source MAC. Not those of
 * frames for the parent or a listener, whose packet type the endpoint's device would change, nor
 * those of unicast that GRO makes longer than XDP can take, so that they would overtake each other.
 */
static __always_inline bool xm_listeners_by_fanout(struct __sk_buff *skb, const struct xm_copies *a)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	const struct xm_frame *frame = &a->frame;
	struct xm_fanout_listeners *l;
	struct xm_source_key key;

	if (!xm_mac_is_group(frame->dst.mac) && !xm_is_udp(data, end, frame->proto))
		return false;
	xm_source_key_set(&key, frame->src.mac, 0);
	l = bpf_map_lookup_elem(&fanout_listeners, &key);
	return l && xm_copy_by_fanout(skb, l->copies, XM_FANOUT_LISTENED) != XM_LOOP_ALL;
}

/*
 * Copies a frame to the listeners of its source MAC. Returns 1 when a nodst listener took the
 * frame. Global functions, whose arguments are the context and numbers, are walked through once by
 * the verifier, whatever the caller knows.
 */
__attribute__((noinline)) int xm_copy_to_listeners(struct __sk_buff *skb, __u32 dest,
						   __u32 sender_slot)
{
	struct xm_copies a = { .skb = skb, .sender_slot = sender_slot };
	struct xm_config *c = xm_get_config();

	if (!c || xm_parse_skb(skb, &a.frame))
		return 0;
	a.traced = xm_uses(c, XM_USES_TRACE);
	a.from_endpoint = true;
	a.dest_parent = dest & XM_DEST_PARENT;
	if (XM_ORIGIN == XM_FROM_WIRE && !dest && xm_uses(c, XM_USES_FANOUT) &&
	    xm_listeners_by_fanout(skb, &a))
		return 0;
	bpf_loop(XM_MAX_SLOTS, xm_listener_one, &a, 0);
	return a.ended;
}

static __always_inline __u32 xm_fanout_info(__u32 verdict, __u32 sender_slot)
{
	return (sender_slot & XM_FANOUT_SENDER) | xm_verdict_modes(verdict) * XM_FANOUT_MODE |
	       !!(verdict & XM_V_HOST_ONLY) * XM_FANOUT_HOST_ONLY;
}

/* Copies a group frame to the endpoints of the modes in the verdict. slots: XM_SLOTS() */
__attribute__((noinline)) int xm_copy_to_modes(struct __sk_buff *skb, __u32 verdict, __u32 slots,
					       __u32 sender_slot, __u32 from_endpoint)
{
	struct xm_copies a = { .skb = skb, .verdict = verdict, .sender_slot = sender_slot };
	struct xm_config *c = xm_get_config();

	if (!c || xm_parse_skb(skb, &a.frame))
		return 0;
	a.traced = xm_uses(c, XM_USES_TRACE);
	a.from_endpoint = from_endpoint;
	a.tagged = from_endpoint && skb->vlan_present;
	a.joined_only = xm_mcast_groups_known(&a.frame.dst);
	a.first = slots >> 16;
	/* The members of a group are few, and a steered frame has one receiver: by the loop */
	if (XM_KNOWN_USES & XM_USES_FANOUT)
		a.loop = xm_copy_by_fanout(skb, a.joined_only ? 0 : slots & 0xffff,
					   xm_fanout_info(verdict, sender_slot));
	if (a.loop == XM_LOOP_NONE)
		return 0;
	bpf_loop(slots & 0xffff, xm_flood_one, &a, 0);
	return 0;
}

/*
 * With XM_USES_NEIGH: the same, or to the only endpoint that the frame asks for. all: XM_SLOTS().
 * Global, so that the callers do not know what it has found.
 */
__attribute__((noinline)) int xm_copy_steered(struct __sk_buff *skb, __u32 verdict, __u32 all,
					      __u32 sender_slot, __u32 origin)
{
	__u32 only = xm_neigh_steer(skb, origin, verdict);

	if (xm_verdict_modes(verdict) && (all & 0xffff))
		xm_copy_to_modes(skb, verdict, only ? XM_SLOTS(only, 1) : all, sender_slot,
				 !(origin & XM_NEIGH_OUTSIDE));
	return 0;
}

/*
 * The copies of a group frame: for the host's stack, then for the endpoints. origin: for
 * xm_neigh_steer()
 */
static __always_inline void xm_copy_group(struct __sk_buff *skb, const struct xm_config *c,
					  __u32 verdict, __u32 sender_slot, __u32 origin)
{
	__u32 all = XM_SLOTS(1, c->slots - 1); /* 0 is the parent */

	if (verdict & XM_V_HOST_COPY)
		xm_copy_to_host(skb, c->parent_ifindex);
	if (xm_uses(c, XM_USES_NEIGH))
		xm_copy_steered(skb, verdict, all, sender_slot, origin);
	else if (xm_verdict_modes(verdict) && c->slots > 1)
		xm_copy_to_modes(skb, verdict, all, sender_slot, !(origin & XM_NEIGH_OUTSIDE));
}

/* The copies for listeners. dest: enum xm_dest. Returns true when one of them took the frame. */
static __always_inline bool xm_listeners_end(struct __sk_buff *skb, const struct xm_config *c,
					     __u32 verdict, __u32 dest, __u32 sender_slot)
{
	if (!xm_uses(c, XM_USES_SOURCES) || !(verdict & XM_V_SOURCES) ||
	    !xm_copy_to_listeners(skb, dest, sender_slot))
		return false;
	if (xm_uses(c, XM_USES_TRACE))
		xm_report(skb, sender_slot, verdict | XM_V_ENDED, XM_EVENT_FRAME);
	return true;
}

#endif
