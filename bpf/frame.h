/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading frames. Pure, for BPF and for the host: takes the frame's first byte (at an even address) and
 * the byte behind its last, never reads outside, fills typed results.
 */
#ifndef XM_FRAME_H
#define XM_FRAME_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "abi.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define XM_BE16(x) ((__u16)__builtin_bswap16(x))
#else
#define XM_BE16(x) ((__u16)(x))
#endif

struct xm_frame {
	struct xm_mac_key dst;
	struct xm_mac_key src;
	__u16 proto; /* the frame's third field in host byte order: ethertype, first tag's TPID or length */
};

/* What parent_xdp has to know of a frame's protocol */
enum xm_l4 {
	XM_L4_OTHER, /* not UDP, truncated, tagged, or behind an IPv6 extension header */
	XM_L4_UDP,
	XM_L4_UDP_PARTIAL, /* UDP whose checksum is still the pseudo header's alone */
};

/* Behind an Ethernet header these lie at an address that only 2 divides: say so */
typedef struct iphdr xm_iphdr __attribute__((aligned(2)));
typedef struct ipv6hdr xm_ipv6hdr __attribute__((aligned(2)));

/* MAC addresses lie at even addresses, in frames as in our structs: three loads instead of six */
typedef __u16 __attribute__((may_alias)) xm_mac_word;

static inline int xm_mac_equal(const __u8 *a, const __u8 *b)
{
	const xm_mac_word *x = (const void *)a, *y = (const void *)b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]));
}

static inline void xm_mac_copy(__u8 *to, const __u8 *from)
{
	const xm_mac_word *x = (const void *)from;
	xm_mac_word *y = (void *)to;

	y[0] = x[0];
	y[1] = x[1];
	y[2] = x[2];
}

static inline int xm_mac_group(const __u8 *mac)
{
	return mac[0] & 1;
}

static inline int xm_proto_vlan(__u16 proto)
{
	return proto == ETH_P_8021Q || proto == ETH_P_8021AD;
}

/* Fills *f from an Ethernet header. 0, or -1 when the frame is shorter than that. */
static inline int xm_parse(const void *data, const void *end, struct xm_frame *f)
{
	const struct ethhdr *eth = data;

	if ((const void *)(eth + 1) > end)
		return -1;
	xm_mac_copy(f->dst.mac, eth->h_dest);
	xm_mac_copy(f->src.mac, eth->h_source);
	f->dst.pad = 0;
	f->src.pad = 0;
	f->proto = XM_BE16(eth->h_proto);
	return 0;
}

static inline __u16 xm_csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)(sum + (sum >> 16));
}

/* Sum of `words` 16-bit words, as they lie in memory: one's complement sums do not mind byte order */
static inline __u32 xm_csum_words(const __u16 *p, int words)
{
	__u32 sum = 0;

#pragma GCC unroll 16
	for (int i = 0; i < words; i++)
		sum += p[i];
	return sum;
}

/*
 * A sender that leaves the checksum to its device writes the folded pseudo-header sum into the field
 * (net/ipv4/udp.c, udp4_hwcsum). One complete checksum in 65535 looks the same and is merely slower.
 */
static inline enum xm_l4 xm_udp_kind(const void *l4, const void *end, __u32 addresses)
{
	const struct udphdr *udp = l4;

	if ((const void *)(udp + 1) > end)
		return XM_L4_OTHER;
	if (udp->check && udp->check == xm_csum_fold(addresses + udp->len + XM_BE16(IPPROTO_UDP)))
		return XM_L4_UDP_PARTIAL;
	return XM_L4_UDP;
}

static inline enum xm_l4 xm_l4_v4(const void *l3, const void *end)
{
	const xm_iphdr *ip = l3;

	if ((const void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
		return XM_L4_OTHER;
	if (ip->protocol != IPPROTO_UDP)
		return XM_L4_OTHER;
	/* A fragment's checksum was completed before the datagram was cut */
	if (ip->frag_off & XM_BE16(0x3fff))
		return XM_L4_UDP;
	return xm_udp_kind((const __u8 *)l3 + ip->ihl * 4, end,
			   xm_csum_words((const __u16 *)&ip->saddr, 4));
}

static inline enum xm_l4 xm_l4_v6(const void *l3, const void *end)
{
	const xm_ipv6hdr *ip = l3;

	if ((const void *)(ip + 1) > end || ip->version != 6 || ip->nexthdr != IPPROTO_UDP)
		return XM_L4_OTHER;
	return xm_udp_kind(ip + 1, end, xm_csum_words((const __u16 *)&ip->saddr, 16));
}

/* The kind of an untagged frame. `proto` is xm_frame.proto of the same frame. */
static inline enum xm_l4 xm_parse_l4(const void *data, const void *end, __u16 proto)
{
	const void *l3 = (const __u8 *)data + sizeof(struct ethhdr);

	if (proto == ETH_P_IP)
		return xm_l4_v4(l3, end);
	if (proto == ETH_P_IPV6)
		return xm_l4_v6(l3, end);
	return XM_L4_OTHER;
}

#endif
