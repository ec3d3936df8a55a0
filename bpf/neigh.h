/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `attach PARENT neigh direct`: a request for an address that one endpoint has goes to that
 * endpoint alone. Endpoints teach their addresses by what they send.
 */
#ifndef XM_NEIGH_H
#define XM_NEIGH_H

#include "lookup.h"
#include "neigh_frame.h"

/*
 * A request that its owner has left unanswered for this long, and each one after it, is flooded
 * until the address is taught again: the address may have moved without an announcement.
 */
#define XM_NEIGH_PATIENCE_NS 500000000ull

/* Of a sender, for xm_neigh_steer(): the wire or the host, so no endpoint has its address */
#define XM_NEIGH_OUTSIDE 0x10000u

static const struct xm_neigh_taught xm_nothing_taught;

static __always_inline int xm_neigh_read_nd(struct __sk_buff *skb, struct xm_neigh_frame *ret)
{
	struct xm_nd_option option;
	struct xm_nd_frame nd;

	if (bpf_skb_load_bytes(skb, 0, (__u8 *)&nd + sizeof(nd.align), XM_ND_FRAME_SIZE) ||
	    nd.nexthdr != IPPROTO_ICMPV6)
		return -1;
	/* Without an option it is filled with zeros */
	bpf_skb_load_bytes(skb, XM_ND_FRAME_SIZE, &option.type, XM_ND_OPTION_SIZE);
	return xm_neigh_parse_nd(&nd, &option, ret);
}

/* Returns 0 and fills *ret, or -1. A tagged frame is of another network: it is not read. */
__attribute__((noinline)) int xm_neigh_read(struct __sk_buff *skb, struct xm_neigh_frame *ret)
{
	struct xm_arp_frame arp;

	if (!ret || skb->vlan_present)
		return -1;
	if (XM_BE16(skb->protocol) == ETH_P_IPV6)
		return xm_neigh_read_nd(skb, ret);
	if (XM_BE16(skb->protocol) != ETH_P_ARP ||
	    bpf_skb_load_bytes(skb, 0, arp.dst, XM_ARP_FRAME_SIZE))
		return -1;
	return xm_neigh_parse_arp(&arp, ret);
}

/* The port of the owner; NULL: the endpoint that taught the address is gone */
static __always_inline struct xm_port *xm_neigh_port(const struct xm_neigh_owner *o)
{
	__u32 slot = o->slot;
	struct xm_port *port = bpf_map_lookup_elem(&ports, &slot);

	return port && port->ifindex == o->ifindex ? port : NULL;
}

/* Deletes the address that the slot has taught at a place which is used again */
static __always_inline void xm_neigh_replace(const struct xm_neigh_key *old, __u32 slot,
					     __u16 place)
{
	struct xm_neigh_owner *o = bpf_map_lookup_elem(&neigh_owners, old);

	if (o && o->slot == slot && o->place == place)
		bpf_map_delete_elem(&neigh_owners, old);
}

static __always_inline struct xm_neigh_taught *xm_neigh_taught_by(__u32 slot)
{
	struct xm_neigh_slot_key key = { .bits = 32, .slot = slot };
	struct xm_neigh_taught *taught = bpf_map_lookup_elem(&neigh_taught, &key);

	if (taught || bpf_map_update_elem(&neigh_taught, &key, &xm_nothing_taught, BPF_ANY))
		return taught;
	return bpf_map_lookup_elem(&neigh_taught, &key);
}

/*
 * Enters the address as the slot's, in the place of its oldest one. Two CPUs may take the same
 * place: the one that no longer finds its address there deletes it from neigh_owners, so that no
 * endpoint has more addresses than places.
 */
static __always_inline void xm_neigh_enter(const struct xm_neigh_key *key, __u32 slot,
					   __u32 ifindex)
{
	struct xm_neigh_owner owner = { .ifindex = ifindex, .slot = slot };
	struct xm_neigh_taught *taught = xm_neigh_taught_by(slot);
	struct xm_neigh_key old, *at;

	if (!taught)
		return;
	owner.place = taught->next++ % XM_NEIGH_PLACES;
	at = &taught->address[owner.place & (XM_NEIGH_PLACES - 1)];
	old = *at;
	*at = *key;
	bpf_map_update_elem(&neigh_owners, key, &owner, BPF_ANY);
	if (!xm_neigh_key_equal(at, key))
		bpf_map_delete_elem(&neigh_owners, key);
	if (old.bits && !xm_neigh_key_equal(&old, key))
		xm_neigh_replace(&old, slot, owner.place);
}

/*
 * The slot has shown that it has the address; yields: it leaves it to another one that has it.
 * Before Linux 6.2 the argument of a global function is no key of a map: it is copied.
 */
__attribute__((noinline)) int xm_neigh_teach(const struct xm_neigh_key *address, __u32 slot,
					     __u32 yields)
{
	struct xm_port *port = bpf_map_lookup_elem(&ports, &slot);
	struct xm_neigh_owner *o;
	struct xm_neigh_key key;

	if (!address || !port)
		return 0;
	key = *address;
	o = bpf_map_lookup_elem(&neigh_owners, &key);
	if (o && o->slot == slot && o->ifindex == port->ifindex)
		o->asked = 0;
	else if (!o || !yields || !xm_neigh_port(o))
		xm_neigh_enter(&key, slot, port->ifindex);
	return 0;
}

/* Whether the verdict has a copy for the endpoint, if it is not the sender */
static __always_inline bool xm_neigh_may_get(const struct xm_port *port, __u32 verdict)
{
	return xm_verdict_modes(verdict) >> (port->mode & 7) & 1 &&
	       (!(verdict & XM_V_HOST_ONLY) || port->flags & XM_PORT_HOST_ACCESS);
}

/*
 * The slot that a request goes to alone; 0: it is flooded. An owner that gets no copy of the frame
 * is not expected to answer, and another endpoint may have the address by now. Nor does the sender
 * of a request have it.
 */
__attribute__((noinline)) int xm_neigh_find(const struct xm_neigh_key *target, __u32 sender,
					    __u32 verdict)
{
	struct xm_neigh_owner *o;
	struct xm_neigh_key key;
	struct xm_port *port;
	__u64 now;

	if (!target)
		return 0;
	key = *target;
	o = bpf_map_lookup_elem(&neigh_owners, &key);
	port = o ? xm_neigh_port(o) : NULL;
	if (!port || o->slot == (sender & (XM_NEIGH_OUTSIDE - 1)) ||
	    !xm_neigh_may_get(port, verdict))
		return 0;
	now = bpf_ktime_get_ns();
	if (!o->asked)
		o->asked = now;
	return now - o->asked > XM_NEIGH_PATIENCE_NS ? 0 : o->slot;
}

/* Whether the endpoint has sent the frame with a MAC of its own, also without spoofchk */
static __always_inline bool xm_neigh_is_own(struct __sk_buff *skb, __u32 slot)
{
	struct xm_mac_key src = {};

	return !bpf_skb_load_bytes(skb, XM_MAC_LEN, src.mac, sizeof(src.mac)) &&
	       xm_slot_of_mac(xm_mac_bits(src.mac)) == (int)slot;
}

/*
 * Learns from a frame, and returns the slot of the only endpoint that gets a copy of it, or 0: all
 * of the verdict's modes do. sender: the slot of the endpoint that has sent it, which teaches; or
 * XM_NEIGH_OUTSIDE. Both, for a frame that the wire reflects: nothing is learned. The functions are
 * global, so that the verifier walks through each of them once.
 */
__attribute__((noinline)) int xm_neigh_steer(struct __sk_buff *skb, __u32 sender, __u32 verdict)
{
	struct xm_neigh_frame f = {};

	if (xm_neigh_read(skb, &f))
		return 0;
	if (f.has_sender && sender == XM_NEIGH_OUTSIDE && !f.yields)
		bpf_map_delete_elem(&neigh_owners, &f.sender);
	else if (f.has_sender && sender < XM_NEIGH_OUTSIDE && xm_neigh_is_own(skb, sender))
		xm_neigh_teach(&f.sender, sender, f.yields);
	return f.asks ? xm_neigh_find(&f.target, sender, verdict) : 0;
}

#endif
