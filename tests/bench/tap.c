// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A hypervisor's part without a guest: threads that write frames into the descriptors of taps and
 * read them from there, each with a virtio-net header (linux/virtio_net.h).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"
#include "link.h"
#include "pkt.h"
#include "run.h"
#include "tap.h"
#include "udp.h"

#define GSO_SEGMENT 1448 /* bytes of payload in a segment with TCP's timestamps */
#define GSO_PAYLOAD (44 * GSO_SEGMENT) /* the most segments that fit into 64 KiB */
/* An address on the wire's link that nobody has: the wire's stack drops what is for it */
#define NOBODY_IP 0x0a4d0063

struct tap_frame {
	struct virtio_net_hdr vnet;
	struct ethhdr eth;
	struct iphdr ip;
	union {
		struct {
			struct tcphdr tcp;
			uint8_t timestamps[12];
			uint8_t payload[GSO_PAYLOAD];
		} __attribute__((packed)) bulk;
		uint8_t datagram[8 + UDP_PAYLOAD];
	};
} __attribute__((packed));

struct tap_load {
	struct frames driver; /* first, for frames_send(): from the wire as a driver delivers */
	struct tap_frame frame;
	size_t len; /* of the frame with its virtio-net header */
};

/* --- frames --- */

static void fill_ip(struct tap_frame *f, const struct bench_case *c, uint8_t protocol, size_t len)
{
	memcpy(f->eth.h_dest, node_mac(c->to), ETH_ALEN);
	memcpy(f->eth.h_source, node_mac(c->from), ETH_ALEN);
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = protocol;
	f->ip.tot_len = htons(len - sizeof(f->vnet) - sizeof(f->eth));
	f->ip.saddr = htonl(node_ip(c->from));
	f->ip.daddr = htonl(NOBODY_IP);
	f->ip.check = htons(~xmt_csum_add(0, &f->ip, sizeof(f->ip)));
}

static void fill_datagram(struct tap_load *t, const struct bench_case *c)
{
	t->len = offsetof(struct tap_frame, datagram) + sizeof(t->frame.datagram);
	fill_ip(&t->frame, c, IPPROTO_UDP, t->len);
	t->frame.datagram[5] = sizeof(t->frame.datagram);
}

/* The checksum is that of the pseudo header, as a guest with TSO leaves it */
static void fill_bulk(struct tap_load *t, const struct bench_case *c)
{
	struct tap_frame *f = &t->frame;
	size_t l4 = sizeof(f->bulk);
	uint8_t pseudo[12] = { [9] = IPPROTO_TCP, [10] = l4 >> 8, [11] = l4 & 0xff };

	t->len = offsetof(struct tap_frame, bulk) + l4;
	fill_ip(f, c, IPPROTO_TCP, t->len);
	memcpy(pseudo, &f->ip.saddr, 8);
	f->bulk.tcp.doff = 8;
	f->bulk.tcp.ack = 1;
	memcpy(f->bulk.timestamps, "\1\1\x8\xa", 4);
	f->bulk.tcp.check = htons(xmt_csum_add(0, pseudo, sizeof(pseudo)));
	f->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	f->vnet.gso_size = GSO_SEGMENT;
	f->vnet.hdr_len = offsetof(struct tap_frame, bulk.payload) - sizeof(f->vnet);
	f->vnet.csum_start = sizeof(f->eth) + sizeof(f->ip);
	f->vnet.csum_offset = offsetof(struct tcphdr, check);
}

const void *tap_datagram(enum node from, enum node to, size_t *ret_len)
{
	const struct bench_case c = { .from = from, .to = to };
	static struct tap_load t;

	memset(&t, 0, sizeof(t));
	fill_datagram(&t, &c);
	*ret_len = t.len;
	return &t.frame;
}

bool tap_take(int fd)
{
	static struct tap_frame frame;

	return read(fd, &frame, sizeof(frame)) > 0;
}

/* --- loads --- */

static void tap_write(struct load *load)
{
	struct tap_load *t = load->data;

	while (!load_stopped(load))
		if (write(load->tx, &t->frame, t->len) < 0 && errno != EAGAIN && errno != ENOBUFS &&
		    errno != EINTR) {
			load_error(load, -errno);
			return;
		}
}

/* Polls, so that no side has the cost of waking it */
static void tap_read(struct load *load)
{
	const struct tap_load *t = load->data;
	bool bulk = t->frame.vnet.gso_size;
	static struct tap_frame frame;

	while (!load_stopped(load)) {
		ssize_t n = read(load->rx, &frame, sizeof(frame));

		/* Other frames are a few that the stacks send */
		if (n > 0 && frame.ip.daddr == t->frame.ip.daddr)
			load_count(load, bulk ? n - sizeof(frame.vnet) : 1);
	}
}

/* What the receiving device has counted: packets, or bytes */
static uint64_t device_received(const struct side *s, enum node node, bool bulk)
{
	unsigned long long bytes, packets;
	char line[256], name[32];
	uint64_t ret = 0;
	FILE *f;

	xmt_ns_enter(&s->node[node]);
	f = fopen("/proc/thread-self/net/dev", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %31[^:]: %llu %llu", name, &bytes, &packets) == 3 &&
		    !strcmp(name, node_dev(s, node)))
			ret = bulk ? bytes : packets;
	if (f)
		fclose(f);
	xmt_ns_enter(NULL);
	return ret;
}

static uint64_t received_by_wire(const struct load *load)
{
	const struct tap_load *t = load->data;

	return device_received(load->side, WIRE, t->frame.vnet.gso_size);
}

static uint64_t received_by_container(const struct load *load)
{
	const struct tap_load *t = load->data;

	return device_received(load->side, E2, t->frame.vnet.gso_size);
}

/* What the host's stack has received. Without options, `tot_len` octets are one datagram. */
static uint64_t received_by_host(const struct load *load)
{
	const struct tap_load *t = load->data;
	unsigned long long octets;
	char line[1024];
	uint64_t ret = 0;
	FILE *f;

	xmt_ns_enter(&load->side->node[HOST]);
	f = fopen("/proc/thread-self/net/netstat", "re");
	while (f && fgets(line, sizeof(line), f))
		/* InOctets is the seventh field */
		if (sscanf(line, "IpExt: %*u %*u %*u %*u %*u %*u %llu", &octets) == 1)
			ret = octets;
	if (f)
		fclose(f);
	xmt_ns_enter(NULL);
	return t->frame.vnet.gso_size ? ret : ret / ntohs(t->frame.ip.tot_len);
}

/*
 * A packet socket that takes virtio-net headers, on the far end of the wire or on the host's
 * device, where the programs of TC egress belong to the path. xmt_die() on failure.
 */
static int open_packet(const struct side *s, enum node node)
{
	unsigned int ifindex = xmt_ifindex(&s->node[node], node_dev(s, node));
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	int fd, on = 1, bypass = node == WIRE;

	xmt_ns_enter(&s->node[node]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	xmt_ns_enter(NULL);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		xmt_die("cannot open a packet socket: %s", strerror(errno));
	return fd;
}

static int run_load(struct side *s, const struct bench_case *c, struct tap_load *t, double seconds,
		    struct window *w)
{
	bool from_driver = c->from == WIRE && !t->frame.vnet.gso_size;
	bool from_socket = c->from == HOST || (c->from == WIRE && !from_driver);
	struct load load = {
		.send = from_driver ? frames_send : tap_write,
		.receive_cpu = CPU_RECEIVE,
		.side = s,
		.tx = s->tap[c->from],
		.rx = s->tap[c->to],
		.data = t,
	};
	int err;

	if (from_driver)
		load.tx = progs_sender(SEND_FIXED, s->endpoints);
	if (from_socket)
		load.tx = open_packet(s, c->from);
	if (c->to == WIRE)
		load.counted = received_by_wire;
	else if (c->to == E2)
		load.counted = received_by_container;
	else if (c->to == HOST)
		load.counted = received_by_host;
	else
		load.receive = tap_read;
	err = load_run(&load, seconds, w);
	if (from_socket)
		close(load.tx);
	return err;
}

int tap_packets_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	static struct tap_load t;
	struct window w;
	int err;

	memset(&t, 0, sizeof(t));
	fill_datagram(&t, c);
	frames_fill(&t.driver, node_mac(c->from), node_mac(c->to), NOBODY_IP, 0, 0);
	err = run_load(s, c, &t, seconds, &w);
	if (err)
		return err;
	value[0] = w.count / w.seconds / 1e6;
	value[1] = (w.sender + w.kernel) * 1e9 / w.count;
	value[2] = w.softirq * 1e9 / w.count;
	return 0;
}

int tap_bulk_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	static struct tap_load t;
	struct window w;
	int err;

	memset(&t, 0, sizeof(t));
	fill_bulk(&t, c);
	err = run_load(s, c, &t, seconds, &w);
	if (err)
		return err;
	value[0] = w.count * 8 / w.seconds / 1e9;
	value[1] = (w.sender + w.kernel) * 1e9 / w.count;
	return 0;
}
