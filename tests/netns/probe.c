// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbered probe frames. See probe.h. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define PROBE_PORT 4711
#define WAIT_MS	   1500

struct payload {
	char magic[4];
	uint32_t pid;
	uint64_t id;
} __attribute__((packed));

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct payload payload;
} __attribute__((packed));

uint64_t probe_next(void)
{
	static uint64_t id;

	return ++id;
}

void probe_frame(uint8_t *buf, unsigned int len, const char *dst, const char *src, uint64_t id)
{
	struct frame *f = (struct frame *)buf;
	uint16_t sum;

	memset(buf, 0, len);
	if (xmt_mac_parse(dst, f->eth.h_dest) || xmt_mac_parse(src, f->eth.h_source))
		xmt_die("'%s' or '%s' is not a MAC", dst, src);
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.tot_len = htons(len - ETH_HLEN);
	f->ip.saddr = htonl(0xc0000201);
	f->ip.daddr = htonl(0xc0000202);
	sum = ~xmt_csum_add(0, &buf[ETH_HLEN], sizeof(f->ip));
	f->ip.check = htons(sum);
	f->udp.source = f->udp.dest = htons(PROBE_PORT);
	f->udp.len = htons(len - ETH_HLEN - sizeof(f->ip));
	memcpy(f->payload.magic, "xmNT", 4);
	f->payload.pid = getpid();
	f->payload.id = id;
}

/* Reads the number behind a VLAN tag, too */
uint64_t probe_number(const struct xmt_pkt *pkt)
{
	unsigned int tag = pkt->data[12] == ETH_P_8021Q >> 8 && !pkt->data[13] ? 4 : 0;
	const struct frame *f = (const struct frame *)(pkt->data + tag);

	if (pkt->len < sizeof(*f) + tag || memcmp(f->payload.magic, "xmNT", 4) ||
	    f->payload.pid != (uint32_t)getpid())
		return 0;
	return f->payload.id;
}

int probe_sender(const struct xmt_ns *ns, const char *dev)
{
	int fd = xmt_pkt_open(ns, xmt_ifindex(ns, dev), 0);

	if (fd < 0)
		xmt_die("packet socket on %s: %s", dev, strerror(-fd));
	return fd;
}

void probe_send(int fd, const char *dst, const char *src, uint64_t id)
{
	uint8_t buf[100];
	int err;

	probe_frame(buf, sizeof(buf), dst, src, id);
	err = xmt_pkt_send(fd, buf, sizeof(buf));
	if (err)
		xmt_die("send to %s: %s", dst, strerror(-err));
}

bool probe_arrives(int tx, int rx, const char *dst, const char *src)
{
	static struct xmt_pkt pkt;
	uint8_t frame[100], mac[6];

	xmt_mac_parse(src, mac);
	probe_frame(frame, sizeof(frame), dst, src, probe_next());
	if (xmt_pkt_send(tx, frame, sizeof(frame)))
		return false;
	while (xmt_pkt_recv(rx, &pkt, 1000) > 0)
		if (pkt.len == sizeof(frame) && !memcmp(pkt.data, frame, sizeof(frame)))
			return true;
	return false;
}

static int set_add(struct probe_set *set, const char *name, int fd, unsigned int ifindex)
{
	if (set->n == PROBE_MAX_RX)
		xmt_die("too many receivers");
	if (fd < 0)
		xmt_die("no descriptor for %s: %s", name, strerror(-fd));
	set->rx[set->n] = (struct probe_rx){ .name = name, .fd = fd, .ifindex = ifindex };
	return set->n++;
}

int probe_add(struct probe_set *set, const char *name, const struct xmt_ns *ns, const char *dev,
	      uint16_t proto)
{
	unsigned int ifindex = xmt_ifindex(ns, dev);

	return set_add(set, name, xmt_pkt_open(ns, ifindex, proto), ifindex);
}

int probe_add_tap(struct probe_set *set, const char *name, int tap)
{
	return set_add(set, name, dup(tap), 0);
}

void probe_close(struct probe_set *set)
{
	for (unsigned int i = 0; i < set->n; i++)
		xmt_pkt_close(&set->rx[i].fd, 1);
	set->n = 0;
}

/*
 * Counts frames `id` up to frame `stop`, or up to the first frame `id` if `stop` is 0. Returns -1
 * if frame `stop` did not arrive.
 */
static int rx_count_until(const struct probe_rx *rx, uint64_t id, uint64_t stop, int wait_ms)
{
	static struct xmt_pkt pkt;
	int n = 0;

	while (xmt_pkt_recv(rx->fd, &pkt, wait_ms) > 0) {
		if (pkt.ifindex != rx->ifindex)
			continue;
		if (stop && probe_number(&pkt) == stop)
			return n;
		if (probe_number(&pkt) == id)
			n++;
		if (n && !stop)
			return n;
	}
	return stop ? -1 : n;
}

uint32_t probe_collect(struct probe_set *set, uint64_t id, uint32_t expected, bool *ret_double)
{
	uint64_t stop = probe_next();
	uint32_t got = 0;
	int n[PROBE_MAX_RX] = {}, more;

	*ret_double = false;
	for (unsigned int i = 0; i < set->n; i++)
		if (!set->rx[i].off && (expected >> i & 1))
			n[i] = rx_count_until(&set->rx[i], id, 0, WAIT_MS);
	set->sentinels(set->arg, stop);
	for (unsigned int i = 0; i < set->n; i++) {
		if (set->rx[i].off)
			continue;
		more = rx_count_until(&set->rx[i], id, stop, WAIT_MS);
		if (more < 0)
			xmt_fail("no sentinel arrived at %s", set->rx[i].name);
		n[i] += more > 0 ? more : 0;
		got |= n[i] ? 1u << i : 0;
		*ret_double |= n[i] > 1;
	}
	return got;
}

const char *probe_text(const struct probe_set *set, uint32_t who)
{
	static char text[4][256];
	static unsigned int turn;
	char *p = text[turn++ & 3];
	size_t at = 0;

	p[0] = '\0';
	for (unsigned int i = 0; i < set->n; i++)
		if (who >> i & 1)
			at += snprintf(p + at, 256 - at, "%s%s", at ? " " : "", set->rx[i].name);
	return who ? p : "no receiver";
}
