// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See frames.h */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>

#include "frames.h"

/* Fields that a kind does not set are zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define MIN_LEN 64 /* leaves room for the cookie behind the smallest headers */

struct kind {
	const char *name;
	__u16 ethertype;
	__u8 l4; /* IP protocol, 0: no IP */
	char check; /* checksum: 'c' complete, 'z' zero, 'p' of the pseudo header only */
	char special; /* 'f' fragment, 'h' hop-by-hop header */
	/* ARP and neighbour discovery: 'a' asks, 't' tells, 'y' yields, 'l' lies, 'h' hop limit */
	char neigh;
};

static const struct kind kinds[] = {
	{ "raw", PROTO_TEST, 0, 0, 0 },
	{ "arp", ETH_P_ARP, 0, 0, 0 },
	{ "pause", ETH_P_PAUSE, 0, 0, 0 },
	{ "lldp", ETH_P_LLDP, 0, 0, 0 },
	{ "qinq", ETH_P_8021Q, 0, 0, 0 },
	{ "u4", ETH_P_IP, IPPROTO_UDP, 'c', 0 },
	{ "u4z", ETH_P_IP, IPPROTO_UDP, 'z', 0 },
	{ "u4f", ETH_P_IP, IPPROTO_UDP, 'p', 'f' },
	{ "t4", ETH_P_IP, IPPROTO_TCP, 'c', 0 },
	{ "i4", ETH_P_IP, IPPROTO_ICMP, 'z', 0 },
	{ "u6", ETH_P_IPV6, IPPROTO_UDP, 'c', 0 },
	{ "u6h", ETH_P_IPV6, IPPROTO_UDP, 'c', 'h' },
	{ "t6", ETH_P_IPV6, IPPROTO_TCP, 'c', 0 },
	{ "i6", ETH_P_IPV6, IPPROTO_ICMPV6, 'z', 0 },
	{ "ask4", ETH_P_ARP, .neigh = 'a' },
	{ "tell4", ETH_P_ARP, .neigh = 't' },
	{ "lie4", ETH_P_ARP, .neigh = 'l' },
	{ "ask6", ETH_P_IPV6, IPPROTO_ICMPV6, .neigh = 'a' },
	{ "tell6", ETH_P_IPV6, IPPROTO_ICMPV6, .neigh = 't' },
	{ "any6", ETH_P_IPV6, IPPROTO_ICMPV6, .neigh = 'y' },
	{ "lie6", ETH_P_IPV6, IPPROTO_ICMPV6, .neigh = 'l' },
	{ "hop6", ETH_P_IPV6, IPPROTO_ICMPV6, .neigh = 'h' },
};

void mac_of(char letter, __u8 *mac)
{
	static const struct {
		char letter;
		__u8 mac[6];
	} groups[] = {
		{ '*', { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ 'm', { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x05 } },
		{ 'k', { 0x33, 0x33, 0x00, 0x00, 0x00, 0x01 } },
		{ 'l', { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e } },
		{ 'q', { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x01 } },
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].letter == letter) {
			memcpy(mac, groups[i].mac, 6);
			return;
		}
	memcpy(mac, (__u8[6]){ 2, 0, 0, 0, 0, letter }, 6);
}

static void put_be16(__u8 *p, unsigned int value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static __u32 checksum_sum(const __u8 *p, unsigned int len)
{
	__u32 sum = 0;

	for (unsigned int i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	return sum;
}

static __u16 checksum_fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/*
 * Writes the checksum of a UDP or TCP header at l4. It covers the len bytes from l4 and the pseudo
 * header: addresses (alen bytes), protocol and length.
 */
static void checksum_put(__u8 *l4, unsigned int len, const __u8 *addresses, unsigned int alen,
			 const struct kind *k)
{
	__u8 *at = l4 + (k->l4 == IPPROTO_TCP ? 16 : 6);
	__u32 sum = checksum_sum(addresses, alen) + k->l4 + len;

	if (k->check == 'z')
		return;
	put_be16(at, checksum_fold(sum));
	if (k->check == 'p')
		return;
	put_be16(at, 0);
	put_be16(at, ~checksum_fold(sum + checksum_sum(l4, len)));
}

static void l4_put(__u8 *l4, unsigned int len, const struct kind *k)
{
	put_be16(l4, 40000);
	put_be16(l4 + 2, 9);
	if (k->l4 == IPPROTO_UDP)
		put_be16(l4 + 4, len);
	else if (k->l4 == IPPROTO_TCP)
		l4[12] = 5 << 4;
}

static void ipv4_put(__u8 *ip, unsigned int len, const struct kind *k)
{
	ip[0] = 0x45;
	put_be16(ip + 2, len);
	put_be16(ip + 6, k->special == 'f' ? 0x2000 : 0x4000);
	ip[8] = 64;
	ip[9] = k->l4;
	memcpy(ip + 12, (__u8[8]){ 192, 0, 2, 1, 192, 0, 2, 2 }, 8);
	put_be16(ip + 10, ~checksum_fold(checksum_sum(ip, 20)));
	l4_put(ip + 20, len - 20, k);
	checksum_put(ip + 20, len - 20, ip + 12, 8, k);
}

static void ipv6_put(__u8 *ip, unsigned int len, const struct kind *k)
{
	unsigned int skip = k->special == 'h' ? 8 : 0;

	ip[0] = 0x60;
	put_be16(ip + 4, len - 40);
	ip[6] = skip ? 0 : k->l4;
	ip[7] = 64;
	memcpy(ip + 8, (__u8[2]){ 0xfd, 0x00 }, 2);
	ip[23] = 1;
	memcpy(ip + 24, (__u8[2]){ 0xfd, 0x00 }, 2);
	ip[39] = 2;
	if (skip)
		memcpy(ip + 40, (__u8[8]){ k->l4, 0, 1, 4 }, 8);
	l4_put(ip + 40 + skip, len - 40 - skip, k);
	checksum_put(ip + 40 + skip, len - 40 - skip, ip + 8, 32, k);
}

void ip_of(char letter, char family, struct xm_neigh_key *ret)
{
	__u8 *at = (__u8 *)ret->word;

	memset(ret, 0, sizeof(*ret));
	ret->bits = XM_NEIGH_BITS;
	if (family == '4')
		memcpy(at + 10, (__u8[6]){ 0xff, 0xff, 10, 0, 0, letter }, 6);
	else if (letter != '0')
		at[0] = 0xfd;
	at[15] = letter == '0' ? 0 : letter;
	if (family == '4' && letter == '0')
		memset(at + 12, 0, 4);
}

/* who: the letters of the sender's and of the target's IP address */
static void arp_put(__u8 *frame, const struct kind *k, const char *who)
{
	struct xm_neigh_key sender, target;
	__u8 *arp = frame + 14;

	ip_of(who[0], '4', &sender);
	ip_of(who[1], '4', &target);
	memcpy(arp, (__u8[8]){ 0, 1, 8, 0, 6, 4, 0, k->neigh == 't' ? 2 : 1 }, 8);
	memcpy(arp + 8, frame + 6, 6);
	arp[13] += k->neigh == 'l';
	memcpy(arp + 14, &sender.word[3], 4);
	memcpy(arp + 24, &target.word[3], 4);
}

static void nd_put(__u8 *frame, const struct kind *k, const char *who)
{
	bool tells = k->neigh == 't' || k->neigh == 'y';
	struct xm_neigh_key sender, target;
	__u8 *ip = frame + 14, *nd = ip + 40;

	ip_of(who[0], '6', &sender);
	ip_of(who[1], '6', &target);
	memset(ip + 8, 0, 32 + 32);
	ip[7] = k->neigh == 'h' ? 64 : 255;
	memcpy(ip + 8, sender.word, 16);
	memcpy(ip + 24, (__u8[2]){ 0xff, 0x02 }, 2);
	ip[39] = 1;
	nd[0] = tells ? 136 : 135;
	nd[4] = k->neigh == 't' ? 0x20 : 0;
	memcpy(nd + 8, tells ? sender.word : target.word, 16);
	nd[24] = tells ? 2 : 1;
	nd[25] = 1;
	memcpy(nd + 26, frame + 6, 6);
	nd[31] += k->neigh == 'l';
}

/* Kinds about neighbours end with two letters */
static const struct kind *kind_find(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *k = &kinds[i];

		if (k->neigh ? len > 2 && strlen(k->name) == len - 2 &&
				       !strncmp(k->name, name, len - 2)
			     : !strcmp(k->name, name))
			return k;
	}
	fprintf(stderr, "unknown kind of frame: %s\n", name);
	exit(1);
}

static void neigh_put(struct frame *f, const struct kind *k, const char *spec)
{
	const char *who = strstr(spec, k->name) + strlen(k->name);

	if (k->ethertype == ETH_P_ARP)
		arp_put(f->data, k, who);
	else
		nd_put(f->data, k, who);
}

static void spec_parse(struct frame *f, char *spec, const struct kind **kind)
{
	char *save, *word;

	for (word = strtok_r(spec, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "len=", 4)) {
			f->len = atoi(word + 4);
		} else if ((*word == 'v' || *word == 'a') && word[1] >= '0' && word[1] <= '9') {
			f->tpid = *word == 'v' ? ETH_P_8021Q : ETH_P_8021AD;
			f->tci = atoi(word + 1);
		} else {
			*kind = kind_find(word);
		}
	}
}

void frame_build(struct frame *f, const char *spec, __u32 cookie)
{
	const struct kind *k = &kinds[0];
	char copy[64];

	memset(f, 0, sizeof(*f));
	snprintf(copy, sizeof(copy), "%s", spec + 3);
	spec_parse(f, copy, &k);
	if (!f->len)
		f->len = k->ethertype == ETH_P_IPV6 ? MIN_LEN + 30 : MIN_LEN;
	mac_of(spec[2], f->data);
	mac_of(spec[0], f->data + 6);
	put_be16(f->data + 12, k->ethertype);
	if (k->ethertype == ETH_P_8021Q) {
		put_be16(f->data + 14, 7);
		put_be16(f->data + 16, PROTO_TEST);
	}
	/* Before the headers: checksums cover the cookie */
	memcpy(f->data + f->len - 4, &cookie, 4);
	if (k->ethertype == ETH_P_IP)
		ipv4_put(f->data + 14, f->len - 14, k);
	else if (k->ethertype == ETH_P_IPV6)
		ipv6_put(f->data + 14, f->len - 14, k);
	if (!k->neigh)
		return;
	neigh_put(f, k, spec);
	/* A short frame ends inside of what it carries */
	memcpy(f->data + f->len - 4, &cookie, 4);
}

unsigned int frame_on_wire(const struct frame *f, __u8 *to)
{
	if (!f->tpid) {
		memcpy(to, f->data, f->len);
		return f->len;
	}
	memcpy(to, f->data, 12);
	put_be16(to + 12, f->tpid);
	put_be16(to + 14, f->tci);
	memcpy(to + 16, f->data + 12, f->len - 12);
	return f->len + 4;
}

__u32 frame_cookie(const void *frame, unsigned int len)
{
	__u32 cookie = 0;

	if (len >= 18)
		memcpy(&cookie, (const __u8 *)frame + len - 4, 4);
	return cookie;
}
