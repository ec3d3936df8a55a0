// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `monitor` and the list of reasons in abi.h: frames cause each reason, a line tells of it, and the
 * lines are as many as the counters have. Parents: p0 has containers and taps, p1 a passthru
 * endpoint, p2 the fan-out.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor_fixture.h"
#include "reach_fixture.h"
#include "tap_fixture.h"

#define M_T0		  "02:00:00:00:00:20"
#define M_T1		  "02:00:00:00:00:21"
#define M_P1		  "02:00:00:00:00:31"
#define M_W1		  "02:00:00:00:00:32"
#define M_P2		  "02:00:00:00:00:33"
#define M_W2		  "02:00:00:00:00:34"
#define TAP_LEN		  2000 /* longer than p0's MTU */
#define RX_BLOCK(ifindex) (0x40000000u | (ifindex)) /* XM_TC_RX_BLOCK */
#define UNDER_WAY	  128 /* XM_FANOUT_FRAMES in bpf/fanout.h */
#define LOST_MS		  1000 /* XM_FANOUT_LOST_NS */

struct world {
	struct reach reach;
	int taps[2]; /* of t0 and t1 */
};

static void send_many(int fd, const char *dst, const char *src, unsigned int n)
{
	while (n--)
		probe_send(fd, dst, src, probe_next());
}

static void parent_add(struct world *w, unsigned int i, const char *mac, const char *wire_mac,
		       const char *endpoint)
{
	struct nt_net *net = &w->reach.net;
	char parent[16], wire[16];

	snprintf(parent, sizeof(parent), "p%u", i);
	snprintf(wire, sizeof(wire), "w%u", i);
	xmt_veth(&net->wire, wire, wire_mac, &net->host, parent, mac);
	nt_xm_must(&net->host, "attach %s xdp off", parent);
	nt_xm_must(&net->host, "add e%u link %s netns %s %s", i + 1, parent, net->peer[0].name,
		   endpoint);
}

static void world_make(struct world *w)
{
	static const char *const macs[] = { M_T0, M_T1 };
	struct nt_net *net = &w->reach.net;

	reach_make(&w->reach);
	nt_xm_must(&net->host, "attach p0 xdp off");
	reach_add_endpoint(&w->reach, E0, "e0", "address " M_E0);
	reach_add_endpoint(&w->reach, E1, "e1", "address " M_E1 " mtu 1300");
	for (int i = 0; i < 2; i++) {
		char name[8];

		snprintf(name, sizeof(name), "t%d", i);
		nt_xm_must(&net->host, "add %s link p0 type tap address %s", name, macs[i]);
		w->taps[i] = tap_must_open(&net->host, name, 0);
	}
	parent_add(w, 1, M_P1, M_W1, "mode passthru");
	setenv("XMACVLAN_FANOUT", "force", 1);
	parent_add(w, 2, M_P2, M_W2, "");
	nt_xm_must(&net->host, "add e4 link p2 netns %s", net->peer[1].name);
	xmt_must("ip -n %s link set e3 addrgenmode none up", net->peer[0].name);
	xmt_must("ip -n %s link set e4 addrgenmode none up", net->peer[1].name);
	unsetenv("XMACVLAN_FANOUT");
	nt_wait_net(net);
}

static void cause_spoofed_source(struct world *w)
{
	send_many(w->reach.send[E0], NT_WIRE_MAC, M_ELSE, 3);
}

/* e1's device takes no frame that is longer than its MTU */
static void cause_delivery_failed(struct world *w)
{
	uint8_t frame[1514];

	probe_frame(frame, sizeof(frame), M_ALL, NT_WIRE_MAC, probe_next());
	xmt_pkt_send(w->reach.send[WIRE], frame, sizeof(frame));
}

/* The passthru endpoint of p1 was never up */
static void cause_endpoint_down(struct world *w)
{
	int fd = probe_sender(&w->reach.net.wire, "w1");

	send_many(fd, M_P1, M_W1, 2);
	close(fd);
}

static void cause_parent_down(struct world *w)
{
	const struct nt_net *net = &w->reach.net;

	xmt_must("ip -n %s link set w0 down", net->wire.name);
	send_many(w->reach.send[E0], NT_WIRE_MAC, M_E0, 2);
	xmt_must("ip -n %s link set w0 up", net->wire.name);
	nt_wait_net(net);
}

/* A device that others have put into the block of the host ends */
static void cause_unknown_sender(struct world *w)
{
	const struct nt_net *net = &w->reach.net;
	int fd;

	xmt_veth(&net->wire, "other", M_ELSE, &net->host, "in", M_LIST);
	xmt_must("tc -n %s qdisc add dev in ingress_block %u clsact", net->host.name,
		 RX_BLOCK(xmt_ifindex(&net->host, "p0")));
	fd = probe_sender(&net->wire, "other");
	send_many(fd, NT_WIRE_MAC, M_ELSE, 2);
	close(fd);
}

static void cause_unknown_destination(struct world *w)
{
	send_many(w->reach.send[WIRE], M_ELSE, NT_WIRE_MAC, 3);
}

/* A guest sends a sibling more than p0's MTU */
static void cause_not_copied(struct world *w)
{
	uint8_t frame[TAP_LEN];

	probe_frame(frame, sizeof(frame), M_T1, M_T0, probe_next());
	if (write(w->taps[0], frame, sizeof(frame)) != sizeof(frame))
		xmt_die("the tap does not take a frame");
}

/* The host's stack sends on a host end, whose program drops it: the send fails */
static void cause_host_stack(struct world *w)
{
	const struct xmt_ns *host = &w->reach.net.host;
	uint8_t frame[100];
	int fd;

	xmt_must("ip -n %s -o link show group $((0x786d0001)) | head -n 1 | "
		 "sed 's/^[0-9]*: //; s/@.*//'",
		 host->name);
	fd = probe_sender(host, xmt_output());
	for (int i = 0; i < 4; i++) {
		probe_frame(frame, sizeof(frame), M_E0, NT_HOST_MAC, probe_next());
		xmt_pkt_send(fd, frame, sizeof(frame));
	}
	close(fd);
}

/* Sends more frames than may be under way. Returns whether it was quick enough. */
static bool fill_fanout(struct world *w, const char *far_end)
{
	const struct nt_net *net = &w->reach.net;
	uint64_t begin;
	int fd;

	xmt_must("ip -n %s link set %s xdp off", net->host.name, far_end);
	fd = probe_sender(&net->wire, "w2");
	begin = nt_now_ms();
	send_many(fd, M_ALL, M_W2, UNDER_WAY + 40);
	close(fd);
	return nt_now_ms() < begin + LOST_MS;
}

/* Without its program no frame comes out of the pair of the fan-out */
static void cause_fanout_full(struct world *w)
{
	const struct xmt_ns *host = &w->reach.net.host;
	char far_end[16];

	snprintf(far_end, sizeof(far_end), "xm%x-out", xmt_ifindex(host, "p2"));
	for (int i = 0; i < 5 && !fill_fanout(w, far_end); i++) {
		setenv("XMACVLAN_FANOUT", "force", 1);
		nt_xm_must(host, "sync");
		unsetenv("XMACVLAN_FANOUT");
	}
}

static const struct cause {
	void (*cause)(struct world *w);
	const char *pairs[2]; /* of a line about it */
	const char *why_not; /* why no line can be had; else NULL */
} causes[XM_REASON_COUNT] = {
	[XM_REASON_SPOOFED_SOURCE] = { cause_spoofed_source, { "endpoint=e0", "src=" M_ELSE } },
	[XM_REASON_DELIVERY_FAILED] = { cause_delivery_failed, { "endpoint=e1", "length=1514" } },
	[XM_REASON_ENDPOINT_DOWN] = { cause_endpoint_down, { "endpoint=e2", "parent=p1" } },
	[XM_REASON_PARENT_DOWN] = { cause_parent_down, { "endpoint=e0", "origin=endpoint" } },
	[XM_REASON_UNKNOWN_SENDER] = { cause_unknown_sender, { "parent=p0", "src=" M_ELSE } },
	[XM_REASON_UNKNOWN_DESTINATION] = { cause_unknown_destination,
					    { "parent=p0", "dst=" M_ELSE } },
	[XM_REASON_MALFORMED] = { .why_not = "the kernel gives no program a frame that is shorter "
					     "than an Ethernet header" },
	[XM_REASON_NOT_COPIED] = { cause_not_copied, { "endpoint=t1", "length=2000" } },
	[XM_REASON_VETH_DROPPED] = { .why_not = "the device counts it" },
	[XM_REASON_TX_REFUSED] = { .why_not = "the device counts it" },
	[XM_REASON_HOST_STACK] = { cause_host_stack, { "length=100", "src=" NT_HOST_MAC } },
	[XM_REASON_FANOUT_FULL] = { cause_fanout_full, { "parent=p2", "dst=" M_ALL } },
};

static const char *const keys[] = {
#define X(id, key) key,
	XM_REASONS(X)
#undef X
};

static void check_reason(struct world *w, const struct monitor_run *m, unsigned int reason)
{
	const struct cause *c = &causes[reason];
	char pair[64];

	snprintf(pair, sizeof(pair), "reason=%s", keys[reason]);
	if (c->why_not) {
		printf("     %s: %s\n", keys[reason], c->why_not);
		return;
	}
	if (!c->cause) {
		xmt_fail("no frame of this test causes %s", keys[reason]);
		return;
	}
	c->cause(w);
	for (int i = 0; i < 2; i++)
		xmt_check(monitor_has(m, "drop", pair, c->pairs[i]), "%s: a line has %s",
			  keys[reason], c->pairs[i]);
}

static bool has_fanout(const struct world *w)
{
	char name[16];

	snprintf(name, sizeof(name), "xm%x-in", xmt_ifindex(&w->reach.net.host, "p2"));
	return nt_exists(&w->reach.net.host, name);
}

static void every_reason(void)
{
	struct monitor_run all, one;
	static struct world w;

	world_make(&w);
	monitor_start(&all, &w.reach.net.host, "drops");
	monitor_start(&one, &w.reach.net.host, "e1 drops");
	for (unsigned int i = 0; i < XM_REASON_COUNT; i++) {
		if (i == XM_REASON_FANOUT_FULL && !has_fanout(&w))
			xmt_skip("no fan-out: the kernel shows fanout_rx no skb");
		else
			check_reason(&w, &all, i);
	}
	xmt_check(monitor_has(&one, "drop", "reason=delivery_failed", "length=1514"),
		  "monitor e1: its drop");
	xmt_check(!monitor_count(&one, "drop", "endpoint=e0", NULL), "monitor e1: no drop of e0");
	xmt_check(monitor_end(&all, SIGTERM) == 0, "SIGTERM: exit code 0");
	monitor_end(&one, SIGTERM);
	monitor_check_sums(&all, &w.reach.net.host, "each reason");
}

static const struct nt_case cases[] = {
	{ "every reason", 60, every_reason },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
