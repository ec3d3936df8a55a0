// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <string.h>

#include "net/gratuitous.h"

static size_t write_arp(uint8_t *ret, const uint8_t *mac, const void *address)
{
	struct {
		struct ethhdr eth;
		struct ether_arp arp;
		uint8_t pad[18];
	} __attribute__((packed)) f = {
		.eth.h_proto = htons(ETH_P_ARP),
		.arp.ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER),
				.ar_pro = htons(ETH_P_IP),
				.ar_hln = ETH_ALEN,
				.ar_pln = 4,
				.ar_op = htons(ARPOP_REQUEST) },
	};

	memset(f.eth.h_dest, 0xff, ETH_ALEN);
	memcpy(f.eth.h_source, mac, ETH_ALEN);
	memcpy(f.arp.arp_sha, mac, ETH_ALEN);
	memcpy(f.arp.arp_spa, address, 4);
	memcpy(f.arp.arp_tpa, address, 4);
	memcpy(ret, &f, sizeof(f));
	return sizeof(f);
}

/* RFC 1071, for an even number of bytes */
static uint16_t checksum(uint32_t sum, const void *data, size_t size)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < size; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

struct advertisement {
	struct ethhdr eth;
	struct ip6_hdr ip;
	struct nd_neighbor_advert na;
	struct nd_opt_hdr opt;
	uint8_t mac[ETH_ALEN];
} __attribute__((packed));

static size_t write_advertisement(uint8_t *ret, const uint8_t *mac, const void *address,
				  bool router)
{
	static const struct in6_addr all_nodes = { { { 0xff, 2, [15] = 1 } } };
	struct advertisement f = {
		.eth = { .h_dest = { 0x33, 0x33, 0, 0, 0, 1 }, .h_proto = htons(ETH_P_IPV6) },
		.ip = { .ip6_flow = htonl(6u << 28),
			.ip6_hlim = 255,
			.ip6_nxt = IPPROTO_ICMPV6,
			.ip6_dst = all_nodes },
		.opt = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 },
	};
	const size_t payload = sizeof(f) - offsetof(struct advertisement, na);
	const size_t from = offsetof(struct advertisement, ip) + offsetof(struct ip6_hdr, ip6_src);

	memcpy(f.eth.h_source, mac, ETH_ALEN);
	memcpy(&f.ip.ip6_src, address, 16);
	memcpy(&f.na.nd_na_target, address, 16);
	memcpy(f.mac, mac, ETH_ALEN);
	f.na.nd_na_type = ND_NEIGHBOR_ADVERT;
	f.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE | (router ? ND_NA_FLAG_ROUTER : 0);
	f.ip.ip6_plen = htons(payload);
	/* The pseudo header: both addresses, which precede the payload, its length and type */
	f.na.nd_na_cksum =
		htons(checksum(payload + IPPROTO_ICMPV6, (uint8_t *)&f + from, sizeof(f) - from));
	memcpy(ret, &f, sizeof(f));
	return sizeof(f);
}

_Static_assert(sizeof(struct advertisement) == XM_GRATUITOUS_SIZE, "XM_GRATUITOUS_SIZE");

size_t xm_gratuitous_write(uint8_t ret[XM_GRATUITOUS_SIZE], const uint8_t mac[XM_MAC_LEN],
			   int family, const void *address, bool router)
{
	return family == AF_INET ? write_arp(ret, mac, address)
				 : write_advertisement(ret, mac, address, router);
}
