/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads ARP and neighbour discovery (RFC 826, 5227, 4861). Pure, for BPF and for the host. An IPv4
 * address is written as ::ffff:a.b.c.d.
 */
#ifndef XM_NEIGH_FRAME_H
#define XM_NEIGH_FRAME_H

#include "frame.h"

#define XM_ARP_REQUEST 1 /* ARPOP_REQUEST, linux/if_arp.h */
#define XM_ND_SOLICIT  135 /* RFC 4861, 4.3 */
#define XM_ND_ADVERT   136 /* RFC 4861, 4.4 */
#define XM_ND_OVERRIDE 0x20 /* flag of an advertisement */

/*
 * An Ethernet frame with ARP for IPv4, from `dst` on. Numbers are in network byte order. The first
 * field aligns the addresses.
 */
struct xm_arp_frame {
	__u16 align;
	__u8 dst[XM_MAC_LEN], src[XM_MAC_LEN];
	__u16 proto;
	__u16 hrd, pro;
	__u8 hln, pln;
	__u16 op;
	__u8 sender_mac[XM_MAC_LEN];
	__u16 sender_ip[2];
	__u8 target_mac[XM_MAC_LEN];
	__u16 target_ip[2];
} __attribute__((aligned(8)));

/* The same with a solicitation or an advertisement, up to the options */
struct xm_nd_frame {
	__u16 align;
	__u8 dst[XM_MAC_LEN], src[XM_MAC_LEN];
	__u16 proto;
	__u8 version; /* in the upper half */
	__u8 unused[5];
	__u8 nexthdr, hop_limit;
	__u32 from[4], to[4];
	__u8 type, code;
	__u16 checksum;
	__u8 flags, unused2[3];
	__u32 target[4];
} __attribute__((aligned(8)));

/* Bytes from a frame's `dst` to behind its last field */
#define XM_ARP_FRAME_SIZE 42
#define XM_ND_FRAME_SIZE  78
#define XM_ND_OPTION_SIZE 8 /* from `type` on */

/* The first option of a frame of neighbour discovery, from `type` on */
struct xm_nd_option {
	__u16 align;
	__u8 type; /* 0: there is none */
	__u8 length; /* in 8 octets */
	__u8 mac[XM_MAC_LEN]; /* with XM_ND_LINK_LAYER() */
} __attribute__((aligned(8)));

/* Source and target link-layer address */
#define XM_ND_LINK_LAYER(type) ((type) == 1 || (type) == 2)

struct xm_neigh_frame {
	struct xm_neigh_key sender; /* the address of who sent the frame */
	struct xm_neigh_key target; /* the address that is asked for */
	__u8 has_sender; /* the frame says that `sender` is at its source MAC */
	__u8 yields; /* it says so without the override flag: an anycast or a proxy's address */
	__u8 asks; /* a request for `target`; neither a probe for a duplicate nor an announcement */
	__u8 pad;
};

/* half: the address as two numbers that are as in memory */
XM_INLINE void xm_neigh_key_v4(struct xm_neigh_key *key, const __u16 *half)
{
	key->bits = XM_NEIGH_BITS;
	key->word[0] = key->word[1] = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	key->word[2] = 0xffff0000;
	key->word[3] = half[0] | (__u32)half[1] << 16;
#else
	key->word[2] = 0xffff;
	key->word[3] = (__u32)half[0] << 16 | half[1];
#endif
}

XM_INLINE void xm_neigh_key_v6(struct xm_neigh_key *key, const __u32 *word)
{
	key->bits = XM_NEIGH_BITS;
	for (int i = 0; i < 4; i++)
		key->word[i] = word[i];
}

XM_INLINE int xm_neigh_key_equal(const struct xm_neigh_key *a, const struct xm_neigh_key *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] &&
	       a->word[3] == b->word[3];
}

/* ::, the source of a duplicate address detection */
XM_INLINE int xm_neigh_key_unspecified(const struct xm_neigh_key *key)
{
	return !(key->word[0] | key->word[1] | key->word[2] | key->word[3]);
}

/*
 * Returns 0 and fills *ret, or -1: no ARP for IPv4 over Ethernet. A request from 0.0.0.0 is a
 * probe, one for the sender's own address an announcement (RFC 5227): neither asks.
 */
XM_INLINE int xm_neigh_parse_arp(const struct xm_arp_frame *f, struct xm_neigh_frame *ret)
{
	int probe = !(f->sender_ip[0] | f->sender_ip[1]);

	if (XM_BE16(f->hrd) != 1 || XM_BE16(f->pro) != ETH_P_IP || f->hln != XM_MAC_LEN ||
	    f->pln != 4)
		return -1;
	xm_neigh_key_v4(&ret->sender, f->sender_ip);
	xm_neigh_key_v4(&ret->target, f->target_ip);
	ret->has_sender = !probe && xm_mac_equal(f->sender_mac, f->src);
	ret->yields = ret->pad = 0;
	ret->asks = XM_BE16(f->op) == XM_ARP_REQUEST && !probe &&
		    !xm_neigh_key_equal(&ret->sender, &ret->target);
	return 0;
}

/*
 * The same for a solicitation or an advertisement. A router never forwards one: its hop limit is
 * 255 (RFC 4861, 7.1). A link-layer address in the option must be the source MAC.
 */
XM_INLINE int xm_neigh_parse_nd(const struct xm_nd_frame *f, const struct xm_nd_option *option,
				struct xm_neigh_frame *ret)
{
	int elsewhere = XM_ND_LINK_LAYER(option->type) && !xm_mac_equal(option->mac, f->src);

	if (f->version >> 4 != 6 || f->nexthdr != IPPROTO_ICMPV6 || f->hop_limit != 255 || f->code)
		return -1;
	xm_neigh_key_v6(&ret->target, f->target);
	ret->yields = ret->asks = ret->pad = 0;
	if (f->type == XM_ND_SOLICIT) {
		xm_neigh_key_v6(&ret->sender, f->from);
		ret->has_sender = !elsewhere && !xm_neigh_key_unspecified(&ret->sender);
		ret->asks = !xm_neigh_key_unspecified(&ret->sender) &&
			    !xm_neigh_key_equal(&ret->sender, &ret->target);
		return 0;
	}
	ret->sender = ret->target;
	ret->has_sender = !elsewhere;
	ret->yields = !(f->flags & XM_ND_OVERRIDE);
	return f->type == XM_ND_ADVERT ? 0 : -1;
}

#endif
