// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * After a failover of the parent (NETDEV_NOTIFY_PEERS, which a veth cannot be told of) the switch has to learn
 * where the endpoints are. What their stacks would send goes out of the parent: a gratuitous ARP for each
 * IPv4 address (inetdev_send_gratuitous_arp()), an unsolicited neighbour advertisement for each IPv6 one
 * (ndisc_send_unsol_na()).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>
#include <unistd.h>

#include "watcher.h"

struct speaker {
	int socket;
	uint32_t ifindex; /* parent */
	const uint8_t *mac; /* of the endpoint */
	unsigned int count;
	/* of the address that is told */
	const void *address;
	uint32_t flags;
};

static void speak(struct speaker *s, const void *frame, size_t size)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = s->ifindex };

	s->count += sendto(s->socket, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)size;
}

static void speak_arp(struct speaker *s)
{
	struct {
		struct ethhdr eth;
		struct ether_arp arp;
		uint8_t pad[18];
	} __attribute__((packed)) f = {
		.eth.h_proto = htons(ETH_P_ARP),
		.arp.ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER), .ar_pro = htons(ETH_P_IP), .ar_hln = ETH_ALEN,
				.ar_pln = 4, .ar_op = htons(ARPOP_REQUEST) },
	};

	memset(f.eth.h_dest, 0xff, ETH_ALEN);
	memcpy(f.eth.h_source, s->mac, ETH_ALEN);
	memcpy(f.arp.arp_sha, s->mac, ETH_ALEN);
	memcpy(f.arp.arp_spa, s->address, 4);
	memcpy(f.arp.arp_tpa, s->address, 4);
	speak(s, &f, sizeof(f));
}

/* RFC 1071 over what is a whole number of 16-bit words */
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

static void speak_na(struct speaker *s)
{
	static const struct in6_addr all_nodes = { { { 0xff, 2, [15] = 1 } } };
	struct advertisement f = {
		.eth = { .h_dest = { 0x33, 0x33, 0, 0, 0, 1 }, .h_proto = htons(ETH_P_IPV6) },
		.ip = { .ip6_vfc = 6 << 4, .ip6_hlim = 255, .ip6_nxt = IPPROTO_ICMPV6, .ip6_dst = all_nodes },
		.na.nd_na_type = ND_NEIGHBOR_ADVERT,
		.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.opt = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 },
	};
	const size_t payload = sizeof(f) - offsetof(struct advertisement, na);
	const size_t from = offsetof(struct advertisement, ip) + offsetof(struct ip6_hdr, ip6_src);

	memcpy(f.eth.h_source, s->mac, ETH_ALEN);
	memcpy(&f.ip.ip6_src, s->address, 16);
	memcpy(&f.na.nd_na_target, s->address, 16);
	memcpy(f.mac, s->mac, ETH_ALEN);
	f.ip.ip6_plen = htons(payload);
	/* The pseudo header: both addresses, which lie before the payload, its length and its type */
	f.na.nd_na_cksum = htons(checksum(payload + IPPROTO_ICMPV6, (uint8_t *)&f + from, sizeof(f) - from));
	speak(s, &f, sizeof(f));
}

static int address_attr(const struct nlattr *attr, void *data)
{
	struct speaker *s = data;
	uint16_t type = mnl_attr_get_type(attr);

	/* IFA_LOCAL is the own one where IFA_ADDRESS is the other end's */
	if (type == IFA_LOCAL || (type == IFA_ADDRESS && !s->address))
		s->address = mnl_attr_get_payload(attr);
	if (type == IFA_FLAGS)
		s->flags = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

struct of {
	struct speaker *speaker;
	uint32_t ifindex; /* of the peer end */
};

static int address_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct of *of = data;

	if (nlh->nlmsg_type != RTM_NEWADDR || ifa->ifa_index != of->ifindex)
		return MNL_CB_OK;
	of->speaker->address = NULL;
	of->speaker->flags = ifa->ifa_flags;
	mnl_attr_parse(nlh, sizeof(*ifa), address_attr, of->speaker);
	if (!of->speaker->address || of->speaker->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return MNL_CB_OK;
	if (ifa->ifa_family == AF_INET)
		speak_arp(of->speaker);
	else if (ifa->ifa_family == AF_INET6)
		speak_na(of->speaker);
	return MNL_CB_OK;
}

static void announce_endpoint(struct xm_parent *p, const struct xm_slot *ep, struct speaker *s)
{
	struct of of = { s, ep->rec.peer_ifindex };

	s->mac = ep->rec.port.mac;
	for (int i = 0; i < 2; i++) {
		struct ifaddrmsg *ifa;
		struct xm_req req;

		ifa = xm_nl_begin(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
		ifa->ifa_family = i ? AF_INET6 : AF_INET;
		ifa->ifa_index = ep->rec.peer_ifindex;
		if (ep->rec.peer_nsid != XM_NSID_SELF)
			mnl_attr_put_u32(req.nlh, IFA_TARGET_NETNSID, ep->rec.peer_nsid);
		xm_nl_talk(&p->engine->nl, &req, address_message, &of);
	}
}

void announce(struct xm_parent *p)
{
	struct speaker s = { .ifindex = p->meta.parent_ifindex };

	s.socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s.socket < 0) {
		log_warning("%s: cannot tell the neighbours: %s", p->link.name, strerror(errno));
		return;
	}
	for (size_t i = 0; i < p->count; i++)
		announce_endpoint(p, &p->slots[i], &s);
	close(s.socket);
	log_info("%s: %u addresses told to the neighbours", p->link.name, s.count);
}
