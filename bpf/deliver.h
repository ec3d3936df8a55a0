/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the TC programs carry out a verdict: copies first, then the frame itself */
#ifndef XM_DELIVER_H
#define XM_DELIVER_H

#include <asm/errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <linux/version.h>

#include "events.h"
#include "fanout.h"
#include "lookup.h"
#include "neigh.h"

#define VLAN_HLEN 4 /* linux/if_vlan.h */

extern int LINUX_KERNEL_VERSION __kconfig;

/* Whether the frame is left to a VLAN device of the parent */
static __always_inline bool xm_left_to_vlan(struct __sk_buff *skb, const struct xm_config *c)
{
	return xm_uses(c, XM_USES_VLANS) && skb->vlan_present &&
	       xm_vlan_owned(XM_BE16(skb->vlan_proto), skb->vlan_tci);
}

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

/*
 * What became of a copy that was not delivered. A device that refuses a frame (NET_XMIT_DROP,
 * NET_RX_DROP, -ENETDOWN) also counts the frame in its own counters. A frame that did not reach the
 * device is in none of them. xm_endpoint_stats() adds up both kinds. Global, so that the verifier
 * walks through it once. It does not call xm_drop(), whose stack is the deepest already.
 */
__attribute__((noinline)) int xm_failure_verdict(long err)
{
	bool refused = err > 0 || err == -ENETDOWN;

	return xm_verdict_drop(refused ? XM_REASON_DELIVERY_FAILED : XM_REASON_NOT_COPIED);
}

static __always_inline void xm_count_failure(struct __sk_buff *skb, __u32 slot, long err)
{
	xm_drop(skb, XM_DROP_SLOTS(slot, slot), xm_failure_verdict(err));
}

/* xm_count_rx() of a copy. Global: the verifier walks through it once. */
__attribute__((noinline)) int xm_count_copy(__u32 slot, __u32 bytes, __u32 is_group)
{
	xm_count_rx(slot, bytes, is_group);
	return 0;
}

/*
 * Sends a copy. Returns whether its device has taken it. Through the host end's transmit (flags 0)
 * veth sets the packet type by the MAC of the peer end, and XDP programs of the peer end see it.
 */
static __always_inline bool xm_copy(struct __sk_buff *skb, __u32 slot, __u32 ifindex, __u64 flags,
				    bool is_group)
{
	__u32 len = skb->len, tc_index = skb->tc_index;
	long err;

	if (!(flags & BPF_F_INGRESS))
		skb->tc_index = XM_TC_INDEX_ENDPOINT;
	err = bpf_clone_redirect(skb, ifindex, flags);
	skb->tc_index = tc_index;
	if (err)
		xm_count_failure(skb, slot, err);
	else
		xm_count_copy(slot, len, is_group);
	return !err;
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

/*
 * Whether what an endpoint sends is longer than another one may receive (macvlan_queue_xmit(),
 * is_skb_forwardable()). Only a guest can send more than its own MTU. Segments of a GSO frame
 * count, too: a reader of a tap may take none, and the kernel splits the frame.
 */
static __always_inline bool xm_exceeds_mtu(const struct __sk_buff *skb, const struct xm_target *t)
{
	__u32 len = skb->gso_size ? skb->gso_size + ETH_HLEN : skb->len;

	return t->port && len > t->port->mtu + ETH_HLEN + VLAN_HLEN;
}

static __always_inline bool xm_is_netkit(const struct xm_port *port)
{
	return port && (port->flags & XM_PORT_NETKIT) == XM_PORT_NETKIT;
}

/* A veth refuses such a frame, and counts it. A tap and a netkit take everything. */
static __always_inline bool xm_exceeds_tap(const struct __sk_buff *skb, const struct xm_target *t)
{
	return t->port && (t->port->flags & XM_PORT_TAP) && xm_exceeds_mtu(skb, t);
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
 * Whether bpf_redirect_peer() may deliver the frame. It saves a softirq. It exists at TC ingress
 * only, it needs the peer end in another namespace (user space sets XM_PORT_OTHER_NETNS), and it
 * skips an XDP program of the peer end.
 */
static __always_inline bool xm_can_redirect_peer(const struct xm_target *t)
{
	return t->port && (t->port->flags & XM_PORT_OTHER_NETNS) && !xm_device_peer_xdp(t->device);
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

/* Marks a frame for the parent's own stack; parent_rx finds the mark by xm_is_for_host() */
static __always_inline void xm_mark_for_host(struct __sk_buff *skb)
{
	struct xm_config *c = xm_get_config();

	skb->mark = XM_MARK_HOST;
	skb->tc_index = XM_TC_INDEX_HOST;
	if (c)
		bpf_set_hash(skb, c->host_tag);
}

/*
 * Whether act_mirred, which follows in the block, may hand a frame to the parent's stack. It keeps
 * the packet type, so the frame has to be for the parent's own MAC. In the transmit of a netkit (no
 * ingress_ifindex) tc_classid has no meaning, nor in a tcx program: there the sender may choose it,
 * by a source route for example.
 */
static __always_inline bool xm_mirred_follows(struct __sk_buff *skb)
{
	struct xm_config *c = xm_get_config();

	return skb->tc_classid == XM_CLASSID_MIRRED && skb->ingress_ifindex && c &&
	       !(c->uses & (XM_USES_HOST_MACS | XM_USES_TCX_FIRST));
}

/*
 * Hands a frame of an endpoint to the parent's stack. bpf_redirect() puts it into the backlog of
 * the CPU. act_mirred receives it at once (netif_receive_skb()), which saves a softirq.
 */
static __always_inline int xm_to_host(struct __sk_buff *skb, __u32 parent)
{
	xm_mark_for_host(skb);
	if (!xm_mirred_follows(skb))
		return bpf_redirect(parent, BPF_F_INGRESS);
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	return TC_ACT_UNSPEC;
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

/* Sends a copy in place of the frame. Global: few frames come here. */
__attribute__((noinline)) int xm_deliver_copy(struct __sk_buff *skb, __u32 slot, __u32 ifindex)
{
	xm_copy(skb, slot, ifindex, 0, false);
	return TC_ACT_SHOT;
}

/*
 * Delivers through the veth. Its transmit refuses frames that are larger than the peer end's MTU
 * (dev_forward_skb()). A frame that looks too large is sent as a copy, because
 * bpf_clone_redirect() returns the refusal, so that it can be counted. bpf_redirect() does not.
 */
static __always_inline int xm_deliver_veth(struct __sk_buff *skb, const struct xm_target *t)
{
	__u32 room = t->port ? t->port->mtu + ETH_HLEN + VLAN_HLEN : 0;

	if (skb->len > room && !skb->gso_size)
		return xm_deliver_copy(skb, t->slot, t->ifindex);
	xm_count_rx(t->slot, skb->len, false);
	skb->tc_index = XM_TC_INDEX_ENDPOINT;
	return bpf_redirect(t->ifindex, 0);
}

/* Before Linux 6.15 bpf_redirect_peer() keeps the packet type that the receiving device set */
static __always_inline int xm_to_peer(struct __sk_buff *skb, __u32 host_end)
{
	if (LINUX_KERNEL_VERSION < KERNEL_VERSION(6, 15, 0) && skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(host_end, 0);
}

/*
 * Whether the transmit path still has to compute checksums. A UDP GSO packet from a device without
 * checksum offload has only the checksum of the pseudo header: the transmit path splits the packet
 * and computes the checksums (udp_send_skb(), since Linux 6.11). Such a packet has to go through a
 * device's transmit.
 */
static __always_inline bool xm_gso_unsummed(struct __sk_buff *skb)
{
	const struct sk_buff *kernel_skb;

	if (!skb->gso_size || !xm_has_casts())
		return false;
	kernel_skb = xm_cast_to_kern_ctx(skb);
	return BPF_CORE_READ_BITFIELD(kernel_skb, ip_summed) != CHECKSUM_PARTIAL;
}

/*
 * Delivers unicast. At TC egress, where frames of the parent's own stack are, and in the transmit
 * of a netkit bpf_redirect_peer() does not exist: the frame is received on the host end first, and
 * endpoint_rx delivers it. TCP would lose its GSO in the transmit of a veth. That of a netkit keeps
 * it.
 */
static __always_inline int xm_deliver(struct __sk_buff *skb, const struct xm_target *t,
				      bool ingress)
{
	if (!xm_can_redirect_peer(t) ||
	    (!ingress && (xm_gso_unsummed(skb) || xm_is_netkit(t->port))))
		return xm_deliver_veth(skb, t);
	xm_count_rx(t->slot, skb->len, false);
	if (ingress)
		return xm_to_peer(skb, t->ifindex);
	skb->mark = XM_MARK_PEER;
	return bpf_redirect(t->ifindex, BPF_F_INGRESS);
}

/*
 * macvlan sends unicast to a sibling through the parent's receive path, so the parent's MTU is the
 * limit (dev_forward_skb() in macvlan_queue_xmit()), not the sibling's, which may be smaller.
 */
static __always_inline bool xm_exceeds_parent(struct __sk_buff *skb, __u32 parent)
{
	__u32 mtu = 0;

	if (skb->gso_size)
		return bpf_check_mtu(skb, parent, &mtu, 0, BPF_MTU_CHK_SEGS);
	return bpf_check_mtu(skb, parent, &mtu, -VLAN_HLEN, 0);
}

/*
 * A veth refuses and counts a frame that is too long for it. A tap would take it, so it is dropped
 * here. Global: few frames come here.
 */
__attribute__((noinline)) int xm_deliver_too_long(struct __sk_buff *skb, __u32 slot, __u32 ifindex,
						  __u32 tap)
{
	if (!tap)
		return xm_deliver_copy(skb, slot, ifindex);
	xm_drop(skb, XM_DROP_SLOTS(slot, slot), xm_verdict_drop(XM_REASON_NOT_COPIED));
	return TC_ACT_SHOT;
}

/* A frame that endpoint_rx sees in the transmit of a netkit was received on no device yet */
static __always_inline int xm_deliver_to_sibling(struct __sk_buff *skb, const struct xm_target *t,
						 __u32 parent)
{
	if (!xm_exceeds_mtu(skb, t) || !xm_exceeds_parent(skb, parent))
		return xm_deliver(skb, t, skb->ingress_ifindex);
	return xm_deliver_too_long(skb, t->slot, t->ifindex, t->port->flags & XM_PORT_TAP);
}

/* What xm_finish() needs beside the frame and its destination */
struct xm_last_step {
	__u32 verdict;
	__u32 sender_slot;
	__u32 parent; /* ifindex of the parent */
	bool ingress; /* the program is at TC ingress */
	bool from_endpoint; /* an endpoint sent the frame */
};

/* Delivers, sends or drops the frame itself, after the copies. Returns a TC action. */
static __always_inline int xm_finish(struct __sk_buff *skb, const struct xm_target *dest,
				     struct xm_last_step s)
{
	__u32 reason;

	switch (s.verdict & XM_V_ACTION) {
	case XM_TO_DEST:
		return s.from_endpoint ? xm_deliver_to_sibling(skb, dest, s.parent)
				       : xm_deliver(skb, dest, s.ingress);
	case XM_TO_SENDER:
		xm_copy(skb, dest->slot, dest->ifindex, 0, true);
		return TC_ACT_SHOT;
	case XM_TO_WIRE:
		return bpf_redirect(s.parent, 0);
	case XM_TO_HOST:
		return xm_to_host(skb, s.parent);
	case XM_TO_PARENT:
		return bpf_redirect(s.parent, BPF_F_INGRESS);
	case XM_DROP:
		/*
		 * Drops are counted at the sender; endpoint_down, only of frames from the wire, at
		 * the receiver
		 */
		reason = xm_verdict_reason(s.verdict);
		xm_drop(skb,
			s.from_endpoint || reason != XM_REASON_ENDPOINT_DOWN ? s.sender_slot
									     : dest->slot,
			s.verdict);
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC; /* on to the next program, the stack or the wire */
}

static __always_inline int xm_parse_skb(struct __sk_buff *skb, struct xm_frame *frame)
{
	return xm_parse((void *)(long)skb->data, (void *)(long)skb->data_end, frame);
}

/*
 * Copies a frame to the listeners of its source MAC. Returns 1 when a nodst listener took the
 * frame. Global functions, whose arguments are the context and numbers, are walked through once by
 * the verifier, whatever the caller knows.
 */
__attribute__((noinline)) int xm_copy_to_listeners(struct __sk_buff *skb, __u32 dest_parent,
						   __u32 sender_slot)
{
	struct xm_copies a = { .skb = skb, .sender_slot = sender_slot };
	struct xm_config *c = xm_get_config();

	if (!c || xm_parse_skb(skb, &a.frame))
		return 0;
	a.traced = xm_uses(c, XM_USES_TRACE);
	a.from_endpoint = true;
	a.dest_parent = dest_parent;
	bpf_loop(XM_MAX_SLOTS, xm_listener_one, &a, 0);
	return a.ended;
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

/* The copies for listeners. Returns true when one of them took the frame. */
static __always_inline bool xm_listeners_end(struct __sk_buff *skb, const struct xm_config *c,
					     __u32 verdict, bool dest_parent, __u32 sender_slot)
{
	if (!xm_uses(c, XM_USES_SOURCES) || !(verdict & XM_V_SOURCES) ||
	    !xm_copy_to_listeners(skb, dest_parent, sender_slot))
		return false;
	if (xm_uses(c, XM_USES_TRACE))
		xm_report(skb, sender_slot, verdict | XM_V_ENDED, XM_EVENT_FRAME);
	return true;
}

/*
 * xm_finish() where no frame takes the short path, and what becomes of the frame for those who
 * trace. endpoint_down, a drop of frames from the wire, has the slot of its destination too.
 */
static __always_inline int xm_finish_traced(struct __sk_buff *skb, const struct xm_config *c,
					    const struct xm_target *dest, struct xm_last_step s)
{
	int action = xm_finish(skb, dest, s);

	if (xm_uses(c, XM_USES_TRACE))
		xm_report(skb, XM_FRAME_SLOTS(s.sender_slot, dest->slot), s.verdict,
			  XM_EVENT_FRAME);
	return action;
}

#endif
