// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tells the neighbours who has an address now, lest they send to the MAC of who had it before. arp_notify and
 * ndisc_notify do so when a device comes up, and ours is up before it has an address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caps.h"
#include "cni.h"

struct advertisement {
	struct ip6_hdr ip;
	struct nd_neighbor_advert na;
	struct nd_opt_hdr option;
	uint8_t mac[XM_MAC_LEN];
} __attribute__((packed));

static int send_frame(uint32_t ifindex, uint16_t proto, const uint8_t *to, const void *payload, size_t len)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(proto),
		.sll_ifindex = ifindex,
		.sll_halen = XM_MAC_LEN,
	};
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_NET_RAW));
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	xm_caps_lower(raised);
	if (fd < 0)
		return -errno;
	memcpy(address.sll_addr, to, XM_MAC_LEN);
	err = sendto(fd, payload, len, 0, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* A request for the address itself, as arp_notify sends */
static int announce4(uint32_t ifindex, const uint8_t *mac, const uint8_t *ip)
{
	static const uint8_t all[XM_MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct ether_arp arp = {
		.ea_hdr = { htons(ARPHRD_ETHER), htons(ETH_P_IP), XM_MAC_LEN, 4, htons(ARPOP_REQUEST) },
	};

	memcpy(arp.arp_sha, mac, XM_MAC_LEN);
	memcpy(arp.arp_spa, ip, 4);
	memcpy(arp.arp_tpa, ip, 4);
	return send_frame(ifindex, ETH_P_ARP, all, &arp, sizeof(arp));
}

static uint32_t add_words(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *b = data;

	for (size_t i = 0; i < len; i += 2)
		sum += b[i] << 8 | b[i + 1];
	return sum;
}

static uint16_t checksum(const struct advertisement *a)
{
	size_t len = sizeof(*a) - sizeof(a->ip);
	uint32_t sum = add_words(len + IPPROTO_ICMPV6, &a->ip.ip6_src, 2 * sizeof(a->ip.ip6_src));

	sum = add_words(sum, &a->na, len);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* To all nodes; what it says takes the place of what they know (RFC 4861, 7.2.6) */
static int announce6(uint32_t ifindex, const uint8_t *mac, const uint8_t *ip)
{
	static const uint8_t all_mac[XM_MAC_LEN] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	struct advertisement a = {
		.ip.ip6_flow = htonl(6u << 28),
		.ip.ip6_plen = htons(sizeof(a) - sizeof(a.ip)),
		.ip.ip6_nxt = IPPROTO_ICMPV6,
		.ip.ip6_hlim = 255,
		.na.nd_na_type = ND_NEIGHBOR_ADVERT,
		.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.option = { ND_OPT_TARGET_LINKADDR, 1 },
	};

	memcpy(&a.ip.ip6_src, ip, 16);
	memcpy(&a.ip.ip6_dst, all_nodes, 16);
	memcpy(&a.na.nd_na_target, ip, 16);
	memcpy(a.mac, mac, XM_MAC_LEN);
	a.na.nd_na_cksum = checksum(&a);
	return send_frame(ifindex, ETH_P_IPV6, all_mac, &a, sizeof(a));
}

int cni_announce(uint32_t ifindex, const uint8_t mac[XM_MAC_LEN], const struct cni_prefix *address)
{
	return address->family == AF_INET ? announce4(ifindex, mac, address->bytes) :
					    announce6(ifindex, mac, address->bytes);
}
