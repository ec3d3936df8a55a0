// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>

#include "runtime/dhcp_message.h"
#include "mac.h"

#define SERVER_PORT	67
#define MAGIC		0x63825363u
#define FLAG_BROADCAST	0x8000u
#define BOOTP_MIN	300 /* RFC 1542, 2.1 */
#define BOOT_REQUEST	1
#define BOOT_REPLY	2
#define HARDWARE_ETHER	1
#define TIME_TO_LIVE	64
#define IP_WITHOUT_OPTS 5
#define OVERLOAD_FILE	1 /* RFC 2132, 9.3 */
#define OVERLOAD_SNAME	2

enum dhcp_option {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_DNS = 6,
	OPTION_HOSTNAME = 12,
	OPTION_DOMAIN = 15,
	OPTION_REQUESTED = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_LIST = 55,
	OPTION_END = 255,
};

struct dhcp_body {
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[16], sname[64], file[128];
	uint32_t magic;
	uint8_t options[];
} __attribute__((packed));

struct dhcp_frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct dhcp_body body;
} __attribute__((packed));

static uint8_t *option_put(uint8_t *at, uint8_t code, const void *value, uint8_t len)
{
	at[0] = code;
	at[1] = len;
	memcpy(at + 2, value, len);
	return at + 2 + len;
}

/* Returns the size of the options */
static size_t options_build(const struct xm_dhcp_request *r, uint8_t *options)
{
	static const uint8_t list[] = { OPTION_MASK,   OPTION_ROUTER, OPTION_DNS,
					OPTION_DOMAIN, OPTION_LEASE,  OPTION_SERVER };
	size_t name = r->hostname ? strlen(r->hostname) : 0;
	uint8_t *at = option_put(options, OPTION_TYPE, &r->type, 1);

	if (r->requested)
		at = option_put(at, OPTION_REQUESTED, &r->requested, 4);
	if (r->server)
		at = option_put(at, OPTION_SERVER, &r->server, 4);
	if (name && name < DHCP_NAME_LEN && r->type != DHCP_RELEASE)
		at = option_put(at, OPTION_HOSTNAME, r->hostname, name);
	if (r->type != DHCP_RELEASE)
		at = option_put(at, OPTION_LIST, list, sizeof(list));
	*at++ = OPTION_END;
	return at - options;
}

static uint16_t ip_checksum(const uint8_t *bytes)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(struct iphdr); i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* The UDP checksum is 0, which IPv4 allows */
static void headers_build(const struct xm_dhcp_request *r, struct dhcp_frame *f, size_t size)
{
	bool release = r->type == DHCP_RELEASE;

	memset(f->eth.h_dest, 0xff, ETH_ALEN);
	if (release)
		memcpy(f->eth.h_dest, r->server_mac, ETH_ALEN);
	memcpy(f->eth.h_source, r->mac, ETH_ALEN);
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = IP_WITHOUT_OPTS;
	f->ip.tot_len = htons(size - sizeof(f->eth));
	f->ip.ttl = TIME_TO_LIVE;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.saddr = r->client;
	f->ip.daddr = release ? r->server : INADDR_BROADCAST;
	f->ip.check = ip_checksum((const uint8_t *)f + sizeof(f->eth));
	f->udp.source = htons(DHCP_CLIENT_PORT);
	f->udp.dest = htons(SERVER_PORT);
	f->udp.len = htons(size - sizeof(f->eth) - sizeof(f->ip));
}

size_t xm_dhcp_message_build(const struct xm_dhcp_request *request, uint8_t ret[DHCP_FRAME_MAX])
{
	struct dhcp_frame *f = (void *)ret;
	struct dhcp_body *body = &f->body;
	size_t size;

	memset(ret, 0, DHCP_FRAME_MAX);
	*body = (struct dhcp_body){
		.op = BOOT_REQUEST,
		.htype = HARDWARE_ETHER,
		.hlen = XM_MAC_LEN,
		.xid = request->xid,
		.flags = request->type == DHCP_RELEASE ? 0 : htons(FLAG_BROADCAST),
		.ciaddr = request->client,
		.magic = htonl(MAGIC),
	};
	memcpy(body->chaddr, request->mac, XM_MAC_LEN);
	size = sizeof(*body) + options_build(request, body->options);
	if (size < BOOTP_MIN)
		size = BOOTP_MIN;
	size += sizeof(*f) - sizeof(*body);
	headers_build(request, f, size);
	return size;
}

static void option_take_dns(const uint8_t *value, uint8_t len, struct xm_dhcp_reply *ret)
{
	ret->dns_count = len / 4 < DHCP_DNS_MAX ? len / 4 : DHCP_DNS_MAX;
	memcpy(ret->dns, value, ret->dns_count * 4);
}

/* It stands in a file of the container: a domain with other characters is left out */
static void option_take_domain(const uint8_t *value, uint8_t len, struct xm_dhcp_reply *ret)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	memcpy(ret->domain, value, len);
	ret->domain[len] = '\0';
	if (len && !ret->domain[len - 1]) /* some servers send the NUL */
		len--;
	if (strspn(ret->domain, allowed) != len)
		ret->domain[0] = '\0';
}

static bool option_take(uint8_t code, const uint8_t *value, uint8_t len, struct xm_dhcp_reply *ret)
{
	uint32_t *address = code == OPTION_MASK	    ? &ret->mask
			    : code == OPTION_ROUTER ? &ret->router
			    : code == OPTION_SERVER ? &ret->server
			    : code == OPTION_LEASE  ? &ret->lease_s
						    : NULL;

	if (code == OPTION_TYPE && len == 1)
		ret->type = value[0];
	else if (code == OPTION_DNS)
		option_take_dns(value, len, ret);
	else if (code == OPTION_DOMAIN)
		option_take_domain(value, len, ret);
	if (!address)
		return true;
	if (len < 4)
		return code == OPTION_ROUTER; /* an empty list */
	memcpy(address, value, 4);
	if (code == OPTION_LEASE) /* 0 stands for a missing one */
		ret->lease_s = ntohl(ret->lease_s) ?: 1;
	return true;
}

/* Whether a field is well formed. *overload: which other fields have options, too. */
static bool field_parse(const uint8_t *at, const uint8_t *end, struct xm_dhcp_reply *ret,
			uint8_t *overload)
{
	while (at < end && *at != OPTION_END) {
		if (*at == OPTION_PAD) {
			at++;
			continue;
		}
		if (end - at < 2 || end - at - 2 < at[1] || !option_take(at[0], at + 2, at[1], ret))
			return false;
		if (at[0] == OPTION_OVERLOAD && at[1] == 1)
			*overload = at[2];
		at += 2 + at[1];
	}
	return true;
}

/* RFC 2131, 4.1: the options, then those in `file` and in `sname` */
static bool options_parse(const struct dhcp_body *body, const uint8_t *end,
			  struct xm_dhcp_reply *ret)
{
	uint8_t overload = 0, unused;

	if (!field_parse(body->options, end, ret, &overload))
		return false;
	if (overload & OVERLOAD_FILE &&
	    !field_parse(body->file, body->file + sizeof(body->file), ret, &unused))
		return false;
	if (overload & OVERLOAD_SNAME &&
	    !field_parse(body->sname, body->sname + sizeof(body->sname), ret, &unused))
		return false;
	return ret->type;
}

/* The body of a UDP datagram to the client's port. NULL: the frame is none. */
static const struct dhcp_body *body_find(const uint8_t *frame, size_t size, const uint8_t **end)
{
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	size_t head, len;

	if (size < sizeof(eth) + sizeof(ip))
		return NULL;
	memcpy(&eth, frame, sizeof(eth));
	memcpy(&ip, frame + sizeof(eth), sizeof(ip));
	head = sizeof(eth) + ip.ihl * 4;
	if (eth.h_proto != htons(ETH_P_IP) || ip.version != 4 || ip.ihl < IP_WITHOUT_OPTS ||
	    ip.protocol != IPPROTO_UDP || ntohs(ip.frag_off) & 0x3fff ||
	    size < head + sizeof(udp) + sizeof(struct dhcp_body))
		return NULL;
	memcpy(&udp, frame + head, sizeof(udp));
	len = ntohs(udp.len);
	if (udp.dest != htons(DHCP_CLIENT_PORT) || len > size - head ||
	    len < sizeof(udp) + sizeof(struct dhcp_body))
		return NULL;
	*end = frame + head + len;
	return (const void *)(frame + head + sizeof(udp));
}

/* A message that gives the lease back goes to this address */
static bool source_is_unicast(const uint8_t mac[XM_MAC_LEN])
{
	return !(mac[0] & 1) && xm_mac_bits(mac);
}

bool xm_dhcp_message_parse(const uint8_t *frame, size_t size, uint32_t xid,
			   const uint8_t mac[XM_MAC_LEN], struct xm_dhcp_reply *ret)
{
	const uint8_t *end;
	const struct dhcp_body *body = body_find(frame, size, &end);

	*ret = (struct xm_dhcp_reply){};
	if (!body || body->op != BOOT_REPLY || body->xid != xid || body->magic != htonl(MAGIC) ||
	    memcmp(body->chaddr, mac, XM_MAC_LEN))
		return false;
	ret->address = body->yiaddr;
	memcpy(ret->source, frame + ETH_ALEN, XM_MAC_LEN);
	return source_is_unicast(ret->source) && options_parse(body, end, ret);
}

unsigned int xm_dhcp_reply_bits(const struct xm_dhcp_reply *reply)
{
	unsigned int bits = __builtin_popcount(reply->mask);

	return bits && reply->mask == htonl(~0u << (32 - bits)) ? bits : 0;
}

bool xm_dhcp_reply_is_usable(const struct xm_dhcp_reply *reply)
{
	uint32_t address = ntohl(reply->address), host = ~ntohl(reply->mask);
	unsigned int bits = xm_dhcp_reply_bits(reply);

	if (!(address >> 24) || address >> 24 == IN_LOOPBACKNET || address >= 0xe0000000u)
		return false;
	return !bits || bits > 30 || ((address & host) && (address & host) != host);
}
