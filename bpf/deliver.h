/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the TC programs deliver, send or drop a frame. copies.h: its copies, which come first. */
#ifndef XM_DELIVER_H
#define XM_DELIVER_H

#include <asm/errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <linux/version.h>

#include "events.h"
#include "lookup.h"

extern int LINUX_KERNEL_VERSION __kconfig;

/* Whether the frame is left to a VLAN device of the parent */
static __always_inline bool xm_left_to_vlan(struct __sk_buff *skb, const struct xm_config *c)
{
	return xm_uses(c, XM_USES_VLANS) && skb->vlan_present &&
	       xm_vlan_owned(XM_BE16(skb->vlan_proto), skb->vlan_tci);
}

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

/*
 * Whether bpf_redirect_peer() may deliver the frame. It saves a softirq. It exists at TC ingress
 * only, it needs the peer end in another namespace (user space sets XM_PORT_OTHER_NETNS), and it
 * skips an XDP program of the peer end.
 */
static __always_inline bool xm_can_redirect_peer(const struct xm_target *t)
{
	return t->port && (t->port->flags & XM_PORT_OTHER_NETNS) && !xm_device_peer_xdp(t->device);
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
