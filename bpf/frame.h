/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads frames. Pure, for BPF and for the host. Functions take the address of the frame's first
 * byte (an even address) and the address behind its last byte. They never read outside,
 * and they fill typed results.
 */
#ifndef XM_FRAME_H
#define XM_FRAME_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "abi.h"
#include "mac.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define XM_BE16(x) ((__u16)__builtin_bswap16(x))
#else
#define XM_BE16(x) ((__u16)(x))
#endif

struct xm_frame {
	struct xm_mac_key dst;
	struct xm_mac_key src;
	__u16 proto; /* in host byte order: ethertype, TPID of the first tag, or length */
};

/* Behind an Ethernet header (14 bytes) an IP header is at an even address, but not at 4 * n */
typedef struct iphdr xm_iphdr __attribute__((aligned(2)));
typedef struct ipv6hdr xm_ipv6hdr __attribute__((aligned(2)));

/* Fills *f from the Ethernet header. Returns 0, or -1 when the frame is shorter than that. */
XM_INLINE int xm_parse(const void *data, const void *end, struct xm_frame *f)
{
	const struct ethhdr *eth = data;

	if ((const void *)(eth + 1) > end)
		return -1;
	xm_mac_key_set(&f->dst, eth->h_dest);
	xm_mac_key_set(&f->src, eth->h_source);
	f->proto = XM_BE16(eth->h_proto);
	return 0;
}

/*
 * Whether an untagged frame is UDP over IPv4, a fragment too, or UDP over IPv6 without extension
 * headers. All frames of a flow get the same answer. proto: xm_frame.proto of the frame.
 */
XM_INLINE int xm_is_udp(const void *data, const void *end, __u16 proto)
{
	const void *l3 = (const __u8 *)data + sizeof(struct ethhdr);
	const xm_ipv6hdr *ip6 = l3;
	const xm_iphdr *ip = l3;

	if (proto == ETH_P_IP)
		return (const void *)(ip + 1) <= end && ip->version == 4 && ip->ihl >= 5 &&
		       ip->protocol == IPPROTO_UDP;
	if (proto == ETH_P_IPV6)
		return (const void *)(ip6 + 1) <= end && ip6->version == 6 &&
		       ip6->nexthdr == IPPROTO_UDP;
	return 0;
}

#endif
