// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* IPv4 and IPv6 packets with valid headers and checksums. No device has their addresses. */
#include <arpa/inet.h>
#include <string.h>

#include <netinet/in.h>

#include "eq.h"

#define IP4_LEN	 20
#define IP6_LEN	 40
#define UDP_LEN	 8
#define TCP_LEN	 20
#define MARK_LEN 8

static bool is_ip6(enum ip_kind kind)
{
	return kind == IP6_UDP || kind == IP6_TCP;
}

static bool is_tcp(enum ip_kind kind)
{
	return kind == IP4_TCP || kind == IP6_TCP;
}

static unsigned int l3_len(enum ip_kind kind)
{
	return is_ip6(kind) ? IP6_LEN : IP4_LEN;
}

static unsigned int l4_len(enum ip_kind kind)
{
	if (kind == IP4_FIRST || kind == IP4_LAST)
		return 0;
	return is_tcp(kind) ? TCP_LEN : UDP_LEN;
}

unsigned int ip_min(enum ip_kind kind)
{
	return l3_len(kind) + l4_len(kind) + MARK_LEN;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void write_ip4(uint8_t *at, unsigned int len, enum ip_kind kind, bool group, uint16_t id)
{
	memset(at, 0, IP4_LEN);
	at[0] = 0x45;
	put16(at + 2, len);
	put16(at + 4, id);
	/* First: more fragments (MF). Last: behind 64 octets, the payload of a first fragment. */
	put16(at + 6, kind == IP4_FIRST ? 0x2000 : kind == IP4_LAST ? 64 / 8 : 0);
	at[8] = 64;
	at[9] = kind == IP4_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	memcpy(at + 12, (uint8_t[]){ 198, 51, 100, 1 }, 4);
	at[15] = 1 + id % 254; /* the same in all fragments */
	memcpy(at + 16, group ? (uint8_t[]){ 239, 1, 2, 3 } : (uint8_t[]){ 203, 0, 113, 9 }, 4);
	put16(at + 10, ~xmt_csum_add(0, at, IP4_LEN));
}

static void write_ip6(uint8_t *at, unsigned int len, enum ip_kind kind, struct xmt_prng *p,
		      bool group)
{
	memset(at, 0, IP6_LEN);
	at[0] = 0x60;
	put16(at + 4, len - IP6_LEN);
	at[6] = is_tcp(kind) ? IPPROTO_TCP : IPPROTO_UDP;
	at[7] = 64;
	at[8] = 0xfd;
	at[23] = xmt_rand_range(p, 1, 254);
	at[24] = group ? 0xff : 0xfd;
	at[25] = group ? 0x02 : 0x01;
	at[39] = 0x99;
}

/* A partial checksum: the sum of the pseudo header, not inverted. */
static uint16_t pseudo_sum(const uint8_t *ip, unsigned int l4, enum ip_kind kind)
{
	uint8_t rest[4] = { 0, is_tcp(kind) ? IPPROTO_TCP : IPPROTO_UDP };
	uint16_t sum;

	put16(rest + 2, l4);
	sum = is_ip6(kind) ? xmt_csum_add(0, ip + 8, 32) : xmt_csum_add(0, ip + 12, 8);
	return xmt_csum_add(sum, rest, 4);
}

unsigned int ip_csum_at(enum ip_kind kind, unsigned int *ret_start)
{
	*ret_start = l3_len(kind);
	return is_tcp(kind) ? 16 : 6;
}

/* Ports, lengths and the checksum, complete or partial. */
static void write_l4(uint8_t *ip, unsigned int len, enum ip_kind kind, struct xmt_prng *p,
		     bool partial)
{
	unsigned int l3 = l3_len(kind), l4 = len - l3;
	uint8_t *at = ip + l3;
	uint16_t sum;

	memset(at, 0, l4_len(kind));
	put16(at, xmt_rand_range(p, 1024, 65535));
	put16(at + 2, xmt_rand_range(p, 1024, 65535));
	if (is_tcp(kind)) {
		at[12] = TCP_LEN / 4 << 4;
		at[13] = 0x18;
	} else {
		put16(at + 4, l4);
	}
	sum = pseudo_sum(ip, l4, kind);
	if (!partial)
		sum = ~xmt_csum_add(sum, at, l4) ?: 0xffff;
	put16(at + (is_tcp(kind) ? 16 : 6), sum);
}

void ip_write(uint8_t *at, unsigned int len, enum ip_kind kind, struct xmt_prng *p, bool group,
	      uint16_t id, uint32_t number, bool partial)
{
	unsigned int head = l3_len(kind) + l4_len(kind), i;

	for (i = head; i < len; i++)
		at[i] = xmt_rand(p, 256);
	put_mark(at + head, FRAME_MARK, number);
	if (is_ip6(kind))
		write_ip6(at, len, kind, p, group);
	else
		write_ip4(at, len, kind, group, id);
	if (l4_len(kind))
		write_l4(at, len, kind, p, partial);
}
