// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The paths and sides whose instructions are counted. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "instructions.h"
#include "link.h"
#include "pkt.h"
#include "run.h"
#include "tap.h"
#include "udp.h"

#define SIBLINGS 17
/*
 * Frames of a step of a driver: a macvtap holds 370 that have not been read, and the copies of a
 * broadcast fit into the backlog of the CPU, 1000
 */
#define BURST	 256
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

struct path {
	const char *name;
	enum layout_kind layout;
	double (*count)(const struct path *p, const struct side *s); /* instructions */
	enum node from, to;
	bool xdp; /* frames from the wire, which XDP takes */
	unsigned int receivers; /* in the namespace of `to`, of a broadcast */
};

/* --- counting --- */

static void check(const struct path *p, const struct side *s, uint64_t received, uint64_t sent)
{
	/* A frame of the stacks' own may come in between */
	xmt_check(received >= sent && received <= sent + 8,
		  "%s by %s: %llu of %llu frames received", p->name, s->name,
		  (unsigned long long)received, (unsigned long long)sent);
}

static void open_flow(const struct path *p, const struct side *s, struct flow *ret)
{
	int fd[2], err, size = UDP_RCVBUF;

	memset(ret, 0, sizeof(*ret));
	ret->side = s;
	ret->from = p->from;
	ret->to = p->to;
	err = sock_udp_pair(s, p->from, p->to, fd);
	if (err)
		xmt_die("%s: no sockets: %s", p->name, strerror(-err));
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	ret->tx = fd[0];
	ret->rx = fd[1];
}

static void close_flow(const struct flow *f)
{
	close(f->tx);
	close(f->rx);
}

static double count_datagram(const struct path *p, const struct side *s)
{
	static const uint8_t payload[UDP_PAYLOAD];
	struct flow f;
	double ret;

	open_flow(p, s, &f);
	f.data = payload;
	f.len = sizeof(payload);
	ret = count_steps(&f, step_send, drain_socket);
	check(p, s, f.received, f.sent);
	close_flow(&f);
	return ret;
}

static double count_transaction(const struct path *p, const struct side *s)
{
	struct flow f;
	double ret;

	open_flow(p, s, &f);
	ret = count_steps(&f, step_transact, NULL);
	check(p, s, f.received, f.sent);
	close_flow(&f);
	return ret;
}

static double count_bulk(const struct path *p, const struct side *s)
{
	struct flow f = { .side = s };
	int fd[2], err, size = 4 << 20;
	double ret;

	err = sock_tcp_pair(s, p->from, p->to, fd);
	if (err)
		xmt_die("%s: no connection: %s", p->name, strerror(-err));
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	f.tx = fd[0];
	f.rx = fd[1];
	ret = count_steps(&f, step_bulk, NULL);
	check(p, s, f.received, f.sent);
	close_flow(&f);
	return ret;
}

/* --- frames of an EtherType that no stack takes --- */

/* Frames that all devices of the node's namespace have received */
static uint64_t received_by(const struct side *s, enum node node)
{
	unsigned long long bytes, packets;
	uint64_t sum = 0;
	char line[256];
	FILE *f;

	xmt_ns_enter(&s->node[node]);
	f = fopen("/proc/thread-self/net/dev", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %*[^:]: %llu %llu", &bytes, &packets) == 2)
			sum += packets;
	if (f)
		fclose(f);
	xmt_ns_enter(NULL);
	return sum;
}

static int open_packets(const struct side *s, enum node node)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd, on = 1;

	to.sll_ifindex = xmt_ifindex(&s->node[node], node_dev(s, node));
	xmt_ns_enter(&s->node[node]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	xmt_ns_enter(NULL);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		xmt_die("cannot open a packet socket: %s", strerror(errno));
	return fd;
}

static double count_frame(const struct path *p, const struct side *s)
{
	const uint8_t *to = p->receivers ? broadcast : node_mac(p->to);
	uint64_t before = received_by(s, p->to);
	struct flow f = { .side = s };
	struct ethhdr *eth = (void *)f.frames.data;
	double ret;

	frames_fill(&f.frames, node_mac(p->from), to, node_ip(p->to), 0, 0);
	eth->h_proto = htons(ETH_P_802_EX1);
	if (p->from == WIRE) {
		f.tx = progs_sender(SEND_FIXED, 1);
		ret = count_driver(&f, p->receivers ? BURST / SIBLINGS : BURST, NULL);
	} else {
		f.data = f.frames.data;
		f.len = f.frames.len;
		f.tx = open_packets(s, p->from);
		ret = count_steps(&f, step_send, NULL);
		close(f.tx);
	}
	check(p, s, received_by(s, p->to) - before, f.sent * (p->receivers ?: 1));
	return ret;
}

/* --- taps --- */

static double count_to_tap(const struct path *p, const struct side *s)
{
	struct flow f = { .side = s, .rx = s->tap[p->to] };
	double ret;

	drain_tap(&f);
	f.received = 0;
	if (p->from == WIRE) {
		frames_fill(&f.frames, node_mac(p->from), node_mac(p->to), node_ip(p->to), 0, 0);
		f.tx = progs_sender(SEND_FIXED, 1);
		ret = count_driver(&f, BURST, drain_tap);
	} else {
		f.tx = s->tap[p->from];
		f.data = tap_datagram(p->from, p->to, &f.len);
		ret = count_steps(&f, step_send, drain_tap);
	}
	check(p, s, f.received, f.sent);
	return ret;
}

static double count_from_tap(const struct path *p, const struct side *s)
{
	struct flow f = { .side = s, .tx = s->tap[p->from] };
	uint64_t before = received_by(s, p->to);
	double ret;

	f.data = tap_datagram(p->from, p->to, &f.len);
	ret = count_steps(&f, step_send, NULL);
	check(p, s, received_by(s, p->to) - before, f.sent);
	return ret;
}

/* --- the paths --- */

static const struct path paths[] = {
	{ "w2e", LAYOUT_TWO, count_datagram, WIRE, E0, false, 0 },
	{ "driver-w2e", LAYOUT_TWO, count_frame, WIRE, E0, true, 0 },
	{ "e2w", LAYOUT_TWO, count_datagram, E0, WIRE, false, 0 },
	{ "e2e", LAYOUT_TWO, count_datagram, E0, E1, false, 0 },
	{ "udp-rr-wire", LAYOUT_TWO, count_transaction, E0, WIRE, true, 0 },
	{ "udp-rr-sibling", LAYOUT_TWO, count_transaction, E0, E1, false, 0 },
	{ "tcp-64k-w2e", LAYOUT_TWO, count_bulk, WIRE, E0, false, 0 },
	{ "tcp-64k-e2w", LAYOUT_TWO, count_bulk, E0, WIRE, false, 0 },
	{ "tcp-64k-e2e", LAYOUT_TWO, count_bulk, E0, E1, false, 0 },
	{ "bcast-e-1", LAYOUT_TWO, count_frame, E0, E1, false, 1 },
	{ "bcast-w-2", LAYOUT_TWO, count_frame, WIRE, E1, false, 1 },
	{ "bcast-e-17", LAYOUT_TWO, count_frame, E0, E1, false, SIBLINGS },
	{ "bcast-w-18", LAYOUT_TWO, count_frame, WIRE, E1, false, SIBLINGS },
	{ "h2e", LAYOUT_HOST, count_datagram, HOST, E0, false, 0 },
	{ "e2h", LAYOUT_HOST, count_datagram, E0, HOST, false, 0 },
	{ "udp-rr-host", LAYOUT_HOST, count_transaction, E0, HOST, false, 0 },
	{ "w2t", LAYOUT_TAPS, count_to_tap, WIRE, E0, true, 0 },
	{ "t2w", LAYOUT_TAPS, count_from_tap, E0, WIRE, false, 0 },
	{ "t2t", LAYOUT_TAPS, count_to_tap, E0, E1, false, 0 },
	{ "t2c", LAYOUT_TAPS, count_from_tap, E0, E2, false, 0 },
};

/* Endpoints of type netkit; XDP would leave their frames to TC */
#define NETKIT .attach = "xdp off", .add = "type netkit"

static const struct {
	enum layout_kind layout;
	struct side side;
} sides[] = {
	{ LAYOUT_TWO, { .name = "macvlan", .kind = KERNEL_MACVLAN } },
	{ LAYOUT_TWO, { .name = "tc", .kind = XMACVLAN, .attach = "xdp off" } },
	{ LAYOUT_TWO, { .name = "xdp", .kind = XMACVLAN, .attach = "xdp native" } },
	{ LAYOUT_TWO, { .name = "netkit", .kind = XMACVLAN, NETKIT } },
	/* macvlan does not reach its parent's host: a plain veth pair does */
	{ LAYOUT_HOST, { .name = "veth", .kind = VETH } },
	{ LAYOUT_HOST, { .name = "tc", .kind = XMACVLAN, .attach = "xdp off" } },
	{ LAYOUT_HOST, { .name = "netkit", .kind = XMACVLAN, NETKIT } },
	{ LAYOUT_TAPS, { .name = "macvlan", .kind = KERNEL_MACVLAN } },
	{ LAYOUT_TAPS, { .name = "tc", .kind = XMACVLAN, .attach = "xdp off" } },
	{ LAYOUT_TAPS, { .name = "xdp", .kind = XMACVLAN, .attach = "xdp native" } },
};

/* More siblings of E0, in the namespace of E1 */
static void add_siblings(const struct side *s)
{
	const char *host = s->node[HOST].name, *ns = s->node[E1].name, *mac_text;
	uint8_t mac[6];
	unsigned int i;

	for (i = 1; i < SIBLINGS; i++) {
		crowd_mac(i, mac);
		mac_text = xmt_mac_text(mac);
		if (s->kind == KERNEL_MACVLAN)
			xmt_must("ip -n %s link add x%u link p0 netns %s address %s "
				 "type macvlan mode bridge",
				 host, i, ns, mac_text);
		else
			xmt_must("timeout 30 %s -n %s add x%u link p0 address %s netns %s %s",
				 bench_options.xmacvlan, host, i, mac_text, ns, s->add ?: "");
		xmt_must("ip -n %s link set x%u up", ns, i);
	}
}

static void count_path(const struct path *p, const struct side *s, bool *crowded)
{
	if (p->receivers > 1 && !*crowded) {
		add_siblings(s);
		*crowded = true;
	}
	printf("count %s %s %.1f\n", p->name, s->name, p->count(p, s));
	fflush(stdout);
}

/* Counts the paths of a layout by one side */
static void count_side(enum layout_kind kind, struct side s)
{
	const struct layout layout = { .kind = kind };
	bool crowded = false;

	side_make(&s, &layout);
	for (unsigned int i = 0; i < COUNT(paths); i++)
		if (paths[i].layout == kind && (paths[i].xdp || strcmp(s.name, "xdp")) &&
		    (!bench_options.cases || listed(bench_options.cases, paths[i].name)))
			count_path(&paths[i], &s, &crowded);
	side_delete(&s, &layout);
}

void instructions_run(void)
{
	const struct sched_param none = {};
	bool netkit = xmt_has_netkit();

	/* A kernel thread that a frame wakes runs at once, and its work is counted */
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		xmt_die("cannot be idle: %s", strerror(errno));
	for (unsigned int i = 0; i < COUNT(sides); i++)
		if (netkit || !sides[i].side.add)
			count_side(sides[i].layout, sides[i].side);
}
