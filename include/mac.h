/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* MAC addresses, and the map keys made of them. Pure: for the programs and for user space. */
#ifndef XM_MAC_H
#define XM_MAC_H

#include <linux/if_ether.h>

#include "abi.h"

/*
 * A MAC address in one register, in the order that the first six bytes of a __u64 have in memory.
 * BPF reads four bytes and two bytes at an even address. The verifier accepts that on machines with
 * CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS.
 */
XM_INLINE __u64 xm_mac_bits(const __u8 *mac)
{
	__u32 first;
	__u16 last;

#ifdef __bpf__
	first = *(const __u32 *)mac;
	last = *(const __u16 *)(mac + 4);
#else
	__builtin_memcpy(&first, mac, sizeof(first));
	__builtin_memcpy(&last, mac + sizeof(first), sizeof(last));
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return first | (__u64)last << 32;
#else
	return (__u64)first << 32 | (__u64)last << 16;
#endif
}

/* xm_mac_bits() of a MAC that was read as two 32-bit numbers. The last two bytes are ignored. */
XM_INLINE __u64 xm_mac_bits_of(__u32 first, __u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return first | (__u64)(__u16)second << 32;
#else
	return (__u64)first << 32 | (second & 0xffff0000);
#endif
}

XM_INLINE int xm_mac_equal(const __u8 *a, const __u8 *b)
{
	return xm_mac_bits(a) == xm_mac_bits(b);
}

/*
 * A key is written by one store. The hash function reads words that are larger than the fields of a
 * key: after smaller stores it would wait until they have drained (some 15 cycles).
 */
typedef __u64 __attribute__((may_alias)) xm_key_word;

XM_INLINE void xm_mac_key_set(struct xm_mac_key *key, const __u8 *mac)
{
	*(xm_key_word *)key = xm_mac_bits(mac);
}

/* A MAC and 16 bits behind it */
XM_INLINE __u64 xm_mac_and(const __u8 *mac, __u16 number)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return xm_mac_bits(mac) | (__u64)number << 48;
#else
	return xm_mac_bits(mac) | number;
#endif
}

XM_INLINE void xm_source_key_set(struct xm_source_key *key, const __u8 *mac, __u16 index)
{
	*(xm_key_word *)key = xm_mac_and(mac, index);
}

XM_INLINE void xm_mcast_group_key_set(struct xm_mcast_group_key *key, const __u8 *mac, __u16 slot)
{
	*(xm_key_word *)key = xm_mac_and(mac, slot);
}

XM_INLINE int xm_mac_broadcast(const __u8 *mac)
{
	return xm_mac_bits(mac) == xm_mac_bits_of(0xffffffff, 0xffffffff);
}

/*
 * The index of a MAC's hint, below 1 << XM_HINT_BITS. The highest bits of the product depend on
 * every bit of the MAC.
 */
XM_INLINE __u32 xm_mac_hint(__u64 bits)
{
	return bits * 0x9e3779b97f4a7c15ull >> (64 - XM_HINT_BITS);
}

/* Makes a random MAC a locally administered unicast address (IEEE 802, as eth_random_addr()) */
XM_INLINE void xm_mac_make_local(__u8 *mac)
{
	mac[0] = (mac[0] & 0xfc) | 0x02;
}

XM_INLINE int xm_mac_is_group(const __u8 *mac)
{
	return mac[0] & 1;
}

/* Bit of a VLAN device in the map vlans. tpid: host byte order. The VID: low 12 bits of tci. */
XM_INLINE __u32 xm_vlan_bit(__u16 tpid, __u16 tci)
{
	return (tpid == ETH_P_8021AD ? 4096 : 0) + (tci & 0xfff);
}

#endif
