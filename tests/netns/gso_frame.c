// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames with virtio-net headers. See gso_frame.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "gso_frame.h"
#include "pkt.h"

void gso_end_open(struct gso_end *ret, const char *name, const struct xmt_ns *ns, const char *dev,
		  uint16_t proto)
{
	int one = 1, fd = xmt_pkt_open(ns, xmt_ifindex(ns, dev), proto);

	*ret = (struct gso_end){ .name = name, .fd = fd, .header = sizeof(struct virtio_net_hdr) };
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)))
		xmt_die("packet socket on %s: %s", dev, strerror(errno));
	xmt_link_mac(ns, dev, ret->mac);
}

void gso_end_tap(struct gso_end *ret, const char *name, int tap, const char *mac)
{
	*ret = (struct gso_end){
		.name = name, .fd = tap, .tap = true, .header = sizeof(struct virtio_net_hdr)
	};
	xmt_mac_parse(mac, ret->mac);
}

int gso_end_send(const struct gso_end *end, const struct virtio_net_hdr *hdr, const void *frame,
		 size_t len)
{
	struct virtio_net_hdr_mrg_rxbuf mrg = { .hdr = *hdr };
	struct iovec iov[] = { { &mrg, end->header }, { (void *)frame, len } };

	return writev(end->fd, iov, 2) < 0 ? -errno : 0;
}

int gso_end_recv(const struct gso_end *end, struct virtio_net_hdr *hdr,
		 uint8_t frame[GSO_FRAME_MAX], int timeout_ms)
{
	struct pollfd pfd = { .fd = end->fd, .events = POLLIN };
	struct virtio_net_hdr_mrg_rxbuf mrg;
	struct iovec iov[] = { { &mrg, end->header }, { frame, GSO_FRAME_MAX } };
	ssize_t n;

	if (timeout_ms && poll(&pfd, 1, timeout_ms * xmt_slow()) < 0)
		return -errno;
	n = readv(end->fd, iov, 2);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	*hdr = mrg.hdr;
	return n - end->header;
}

/* The sum of the pseudo header of the transport header at `l4`, of `len` octets */
static uint16_t pseudo_sum(const uint8_t *frame, size_t l4, size_t len, uint8_t proto)
{
	bool v6 = (frame[ETH_HLEN] >> 4) == 6;
	uint8_t tail[4] = { 0, proto, len >> 8, len };
	size_t addresses = v6 ? 32 : 8, at = ETH_HLEN + (v6 ? 8 : 12);

	(void)l4;
	return xmt_csum_add(xmt_csum_add(0, frame + at, addresses), tail, sizeof(tail));
}

static size_t build_ip4(struct gso_frame *f, size_t l4_len, uint8_t proto)
{
	struct iphdr *ip = (struct iphdr *)(f->data + ETH_HLEN);
	uint16_t sum;

	*ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.ttl = 64,
		.protocol = proto,
		.tot_len = htons(sizeof(*ip) + l4_len),
		.frag_off = htons(0x4000),
		.saddr = htonl(0xc0000201),
		.daddr = htonl(0xc0000202),
	};
	sum = ~xmt_csum_add(0, ip, sizeof(*ip));
	ip->check = htons(sum);
	return ETH_HLEN + sizeof(*ip);
}

static size_t build_ip6(struct gso_frame *f, size_t l4_len, uint8_t proto)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)(f->data + ETH_HLEN);

	*ip = (struct ipv6hdr){
		.version = 6, .nexthdr = proto, .hop_limit = 64, .payload_len = htons(l4_len)
	};
	ip->saddr.s6_addr[0] = ip->daddr.s6_addr[0] = 0xfd;
	ip->saddr.s6_addr[15] = 1;
	ip->daddr.s6_addr[15] = 2;
	return ETH_HLEN + sizeof(*ip);
}

/* Returns the offset of the checksum in the header */
static size_t build_l4(struct gso_frame *f)
{
	struct tcphdr *tcp = (struct tcphdr *)(f->data + f->l4);
	struct udphdr *udp = (struct udphdr *)(f->data + f->l4);

	if (f->spec.udp) {
		*udp = (struct udphdr){ .source = htons(4711),
					.dest = htons(f->port),
					.len = htons(sizeof(*udp) + f->spec.payload) };
		return offsetof(struct udphdr, check);
	}
	*tcp = (struct tcphdr){ .source = htons(4711),
				.dest = htons(f->port),
				.doff = sizeof(*tcp) / 4,
				.ack = 1,
				.window = 0xffff };
	return offsetof(struct tcphdr, check);
}

static uint8_t payload_octet(const struct gso_frame *f, unsigned int at)
{
	return at * 31 + (at >> 8) * 7 + f->port;
}

static void build_checksum(struct gso_frame *f, size_t offset, uint8_t proto)
{
	size_t len = f->len - f->l4;
	uint16_t sum = pseudo_sum(f->data, f->l4, len, proto), at;

	if (!f->spec.partial && !f->spec.gso_size)
		sum = ~xmt_csum_add(sum, f->data + f->l4, len);
	at = htons(sum);
	memcpy(f->data + f->l4 + offset, &at, sizeof(at));
}

static uint8_t gso_type(const struct gso_spec *s)
{
	if (s->udp)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return s->family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}

void gso_frame_build(struct gso_frame *ret, const struct gso_spec *spec, const uint8_t dst[6],
		     const uint8_t src[6])
{
	size_t l4_len = spec->udp ? sizeof(struct udphdr) : sizeof(struct tcphdr), offset;
	uint8_t proto = spec->udp ? IPPROTO_UDP : IPPROTO_TCP;
	static uint16_t port = 10000;
	struct ethhdr *eth = (struct ethhdr *)ret->data;

	memset(ret, 0, offsetof(struct gso_frame, data));
	memset(ret->data, 0, 128);
	ret->spec = *spec;
	ret->port = port++;
	memcpy(eth->h_dest, dst, ETH_ALEN);
	memcpy(eth->h_source, src, ETH_ALEN);
	eth->h_proto = htons(spec->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	ret->l4 = (spec->family == AF_INET ? build_ip4 : build_ip6)(ret, l4_len + spec->payload,
								    proto);
	ret->payload = ret->l4 + l4_len;
	ret->len = ret->payload + spec->payload;
	offset = build_l4(ret);
	for (unsigned int i = 0; i < spec->payload; i++)
		ret->data[ret->payload + i] = payload_octet(ret, i);
	build_checksum(ret, offset, proto);
	if (!spec->partial && !spec->gso_size)
		return;
	ret->hdr = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					    .csum_start = ret->l4,
					    .csum_offset = offset };
	if (!spec->gso_size)
		return;
	ret->hdr.gso_type = gso_type(spec);
	ret->hdr.gso_size = spec->gso_size;
	ret->hdr.hdr_len = ret->payload;
}

struct parsed {
	size_t l4, header, len; /* len: of transport header and payload */
	uint8_t proto;
	uint16_t port;
	uint32_t seq;
};

/* Returns NULL, or what is wrong; proto 0: not TCP or UDP in IP without options and fragments */
static const char *parse_ip(const uint8_t *frame, size_t len, struct parsed *p)
{
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)(frame + ETH_HLEN);
	const struct iphdr *ip4 = (const struct iphdr *)ip6;
	uint16_t type = len < ETH_HLEN ? 0 : ntohs(((const struct ethhdr *)frame)->h_proto);

	memset(p, 0, sizeof(*p));
	if (type == ETH_P_IP && len >= ETH_HLEN + sizeof(*ip4) && ip4->ihl == 5) {
		if (ip4->frag_off & htons(0x3fff))
			return NULL;
		if (xmt_csum_add(0, ip4, sizeof(*ip4)) != 0xffff)
			return "wrong checksum of the IP header";
		p->l4 = ETH_HLEN + sizeof(*ip4);
		p->len = ntohs(ip4->tot_len) - sizeof(*ip4);
		p->proto = ip4->protocol;
	} else if (type == ETH_P_IPV6 && len >= ETH_HLEN + sizeof(*ip6)) {
		p->l4 = ETH_HLEN + sizeof(*ip6);
		p->len = ntohs(ip6->payload_len);
		p->proto = ip6->nexthdr;
	}
	if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP)
		p->proto = 0;
	return p->proto && p->l4 + p->len > len ? "the IP length is larger than the frame" : NULL;
}

static const char *parse_l4(const uint8_t *frame, struct parsed *p)
{
	const struct tcphdr *tcp = (const struct tcphdr *)(frame + p->l4);
	const struct udphdr *udp = (const struct udphdr *)tcp;

	if (p->proto == IPPROTO_TCP) {
		p->header = p->len < sizeof(*tcp) ? 0 : tcp->doff * 4;
		p->seq = ntohl(tcp->seq);
	} else {
		p->header = p->len < sizeof(*udp) ? 0 : sizeof(*udp);
	}
	if (!p->header || p->header > p->len)
		return "no transport header";
	p->port = ntohs(udp->dest);
	return NULL;
}

static const char *check_sum(const struct virtio_net_hdr *hdr, const uint8_t *frame,
			     const struct parsed *p)
{
	size_t offset = p->proto == IPPROTO_UDP ? offsetof(struct udphdr, check)
						: offsetof(struct tcphdr, check);
	uint16_t sum = pseudo_sum(frame, p->l4, p->len, p->proto), field;

	memcpy(&field, frame + p->l4 + offset, sizeof(field));
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if (hdr->csum_start != p->l4 || hdr->csum_offset != offset)
			return "csum_start or csum_offset names another place";
		return ntohs(field) == sum ? NULL : "wrong sum of the pseudo header";
	}
	return xmt_csum_add(sum, frame + p->l4, p->len) == 0xffff ? NULL : "wrong checksum";
}

static const char *compare_payload(const struct gso_frame *f, const uint8_t *frame,
				   const struct parsed *p, unsigned int at)
{
	unsigned int n = p->len - p->header;

	if (at + n > f->spec.payload)
		return "more than was sent";
	if (memcmp(frame + p->l4 + p->header, f->data + f->payload + at, n))
		return "another payload";
	return memcmp(frame, f->data, 2 * ETH_ALEN) ? "other MACs" : NULL;
}

void gso_frame_collect(const struct gso_frame *f, const struct gso_end *end, unsigned int max,
		       struct gso_arrival *ret)
{
	static uint8_t frame[GSO_FRAME_MAX];
	struct virtio_net_hdr hdr;
	const char *wrong;
	struct parsed p;
	int len;

	*ret = (struct gso_arrival){};
	while (ret->octets < f->spec.payload) {
		len = gso_end_recv(end, &hdr, frame, 300);
		if (len <= 0)
			return;
		wrong = parse_ip(frame, len, &p);
		if (!p.proto || (!wrong && (wrong = parse_l4(frame, &p))) || p.port != f->port)
			continue;
		if (!wrong)
			wrong = check_sum(&hdr, frame, &p);
		if (!wrong)
			wrong = compare_payload(f, frame, &p, f->spec.udp ? ret->octets : p.seq);
		if (!wrong && !hdr.gso_type && (unsigned int)len > max)
			wrong = "longer than the MTU";
		ret->gso |= hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE;
		ret->frames++;
		ret->octets += p.len - p.header;
		ret->error = ret->error ?: wrong;
	}
}

const char *gso_malformed(const struct virtio_net_hdr *hdr, const uint8_t *frame, size_t len)
{
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	    (size_t)hdr->csum_start + hdr->csum_offset + 2 > len)
		return "the checksum is beyond the frame";
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return NULL;
	if (!hdr->gso_size)
		return "gso_size 0";
	if (hdr->hdr_len > len)
		return "hdr_len is larger than the frame";
	(void)frame;
	return NULL;
}
