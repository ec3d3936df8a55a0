// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fan-out (attach PARENT fanout on): when a parent has one, who gets copies by it, and what
 * becomes of frames when somebody changes its devices or its members, or closes its entrance.
 */
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "abi_fixture.h"
#include "flood.h"
#include "probe.h"

#define ENDPOINTS  20
#define MIN	   8 /* endpoints of a parent with a fan-out */
#define NAMESPACES 4
#define FRAMES	   100
#define LENGTH	   200
#define M_ALL	   "ff:ff:ff:ff:ff:ff"

static struct nt_net net;
static struct flood_tap tap[ENDPOINTS];

static const struct xmt_ns *endpoint_ns(unsigned int i)
{
	return &net.peer[i % NAMESPACES];
}

static void add(unsigned int i)
{
	nt_xm_must(&net.host, "add e%u link p0 netns %s address 02:00:00:00:01:%02x", i,
		   endpoint_ns(i)->name, i);
	xmt_must("ip -n %s link set e%u addrgenmode none up", endpoint_ns(i)->name, i);
}

static void fanout_make_net(unsigned int n)
{
	nt_net(&net, NAMESPACES, 0);
	for (unsigned int i = 0; i < n; i++)
		add(i);
	nt_wait_net(&net);
}

/* `in` or `out`: an end of the pair */
static const char *pair_end(const char *end)
{
	static char name[16];

	snprintf(name, sizeof(name), "xm%x-%s", xmt_ifindex(&net.host, "p0"), end);
	return name;
}

static bool has_pair(void)
{
	return nt_exists(&net.host, pair_end("in")) && nt_exists(&net.host, pair_end("out"));
}

static void open_taps(unsigned int endpoints)
{
	char dev[16];

	for (unsigned int i = 0; i < endpoints; i++) {
		snprintf(dev, sizeof(dev), "e%u", i);
		flood_tap_open(&tap[i], endpoint_ns(i), dev);
	}
}

/* Sends broadcasts from the wire. Returns how many endpoints have got all of them. */
static unsigned int broadcast(unsigned int endpoints)
{
	struct flood f = { .ns = &net.wire, .dev = "w0", .frames = FRAMES, .len = LENGTH };
	unsigned int all = 0;

	open_taps(endpoints);
	probe_frame(f.frame, LENGTH, M_ALL, NT_WIRE_MAC, 1);
	flood_run(&f);
	flood_taps_wait_quiet(tap, endpoints);
	for (unsigned int i = 0; i < endpoints; i++) {
		all += tap[i].got == f.sent;
		if (tap[i].got != f.sent)
			printf("     e%u got %llu of %lu\n", i, tap[i].got, f.sent);
		close(tap[i].fd);
	}
	return all;
}

static long long fanout_full(void)
{
	return nt_number(&net.host, "p0", "drops.fanout_full");
}

static void setting(void)
{
	unsetenv("XMACVLAN_FANOUT");
	fanout_make_net(MIN);
	xmt_check(!has_pair(), "by default a parent has no fan-out");
	nt_xm_must(&net.host, "attach p0 fanout on");
	xmt_check(has_pair(), "fanout on: with %u endpoints it has one", MIN);
	nt_xm_must(&net.host, "show p0");
	xmt_check(!!strstr(xmt_output(), " fanout on"), "`show` prints it");
	nt_xm_must(&net.host, "upgrade");
	xmt_check(has_pair(), "it has one after an upgrade");
	nt_xm_must(&net.host, "del e0");
	xmt_check(!has_pair(), "with %u endpoints it has none", MIN - 1);
	add(0);
	xmt_check(has_pair(), "with %u endpoints it has one again", MIN);
	nt_xm_must(&net.host, "attach p0 fanout off");
	xmt_check(!has_pair(), "fanout off: it has none");
	nt_xm_must(&net.host, "attach p0 fanout on");
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!has_pair(), "after detach force it has none");
	xmt_must("ls -A /sys/fs/bpf/xmacvlan");
	xmt_check(!strstr(xmt_output(), "-"), "no pins are left: %s", xmt_output());
}

static void copies(void)
{
	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	xmt_check(has_pair(), "force: there is a fan-out");
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "each endpoint gets each broadcast");
	xmt_check(nt_number(&net.host, "e3", "stats64.rx.multicast") >= FRAMES,
		  "e3's counters have them");
	xmt_must("ip -n %s -s -j link show %s | grep -o '\"tx\":{[^}]*}'", net.host.name,
		 pair_end("in"));
	xmt_check(!strstr(xmt_output(), "\"packets\":0,"), "they have gone by the pair: %s",
		  xmt_output());
	nt_xm_must(&net.host, "del e3");
	add(3);
	nt_wait_net(&net);
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "the same with an endpoint made anew");
	xmt_check(!fanout_full(), "none was refused");
}

static void changed_by_others(void)
{
	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	xmt_must("ip -n %s link set %s down", net.host.name, pair_end("in"));
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "near end down: the loop makes all copies");
	nt_xm_must(&net.host, "sync");
	xmt_must("ip -n %s link set %s down", net.host.name, pair_end("out"));
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "far end down: the same");
	nt_xm_must(&net.host, "sync");
	xmt_must("ip -n %s link set %s mtu 100", net.host.name, pair_end("out"));
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "far end with a small MTU: the same");
	nt_xm_must(&net.host, "sync");
	xmt_must("ip -n %s link del %s", net.host.name, pair_end("in"));
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "pair deleted: the same");
	nt_xm_must(&net.host, "sync");
	xmt_check(has_pair() && broadcast(ENDPOINTS) == ENDPOINTS, "`sync` makes it anew");
	xmt_check(!fanout_full(), "none was refused");
}

/* Frames into a pair without its program are lost, until the loop takes over: they are counted */
static void program_removed(void)
{
	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	xmt_must("ip -n %s link set %s xdp off", net.host.name, pair_end("out"));
	broadcast(ENDPOINTS);
	sleep(1);
	usleep(100000);
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "after a second the loop makes all copies");
	xmt_check(fanout_full() == FRAMES, "the lost ones are counted: %lld", fanout_full());
	nt_xm_must(&net.host, "sync");
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS && fanout_full() == FRAMES,
		  "`sync` makes the pair anew");
}

static void peer_without_napi(void)
{
	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	xmt_must("nsenter --net=/run/netns/%s ethtool -K e1 gro off", endpoint_ns(1)->name);
	xmt_check(broadcast(ENDPOINTS) >= ENDPOINTS - 1, "the others get all");
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "then the loop makes all copies");
	nt_xm_must(&net.host, "sync");
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "after `sync` the loop makes e1's only");
}

/* Who takes no XDP frames and is to get no copy loses none: the sender, a private endpoint */
static void peer_that_gets_none(void)
{
	int tx, rx;

	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	nt_xm_must(&net.host, "set e1 mode private");
	for (unsigned int i = 0; i < 2; i++)
		xmt_must("nsenter --net=/run/netns/%s ethtool -K e%u gro off", endpoint_ns(i)->name,
			 i);
	tx = probe_sender(endpoint_ns(0), "e0");
	rx = xmt_pkt_open(endpoint_ns(2), xmt_ifindex(endpoint_ns(2), "e2"), ETH_P_ALL);
	xmt_check(probe_arrives(tx, rx, M_ALL, "02:00:00:00:01:00"), "e2 gets e0's broadcast");
	for (unsigned int i = 0; i < 2; i++) {
		char name[16];

		snprintf(name, sizeof(name), "e%u", i);
		xmt_check(!nt_number(&net.host, name, "drops.delivery_failed"),
			  "%s has lost nothing", name);
	}
}

/*
 * The user of e1 makes its MTU smaller: e1 gets all frames that fit, as by the loop. A veth that
 * refuses a frame would also drop those that are handed over together with it.
 */
static void peer_with_small_mtu(void)
{
	const unsigned int pairs = 8;
	uint8_t frame[LENGTH];
	int tx, thread;

	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	xmt_must("ip -n %s link set e1 mtu 100", endpoint_ns(1)->name);
	open_taps(ENDPOINTS);
	tx = probe_sender(&net.wire, "w0");
	thread = flood_slow_napi(&net.host, pair_end("out"));
	for (unsigned int i = 0; i < 2 * pairs; i++) {
		unsigned int len = i % 2 ? 64 : LENGTH;

		probe_frame(frame, len, M_ALL, NT_WIRE_MAC, probe_next());
		xmt_pkt_send(tx, frame, len);
	}
	flood_restore_napi(thread);
	flood_taps_wait_quiet(tap, ENDPOINTS);
	xmt_check(tap[0].got == 2 * pairs, "e0 gets all %u: %llu", 2 * pairs, tap[0].got);
	xmt_check(tap[1].got == pairs, "e1 gets the %u that fit: %llu", pairs, tap[1].got);
	xmt_check(nt_number(&net.host, "e1", "stats64.rx.packets") == pairs &&
			  nt_number(&net.host, "e1", "drops.delivery_failed") == pairs,
		  "its counters have both");
}

/* Endpoints come and go during a flood: the others get each frame once */
static void members_change(void)
{
	struct flood f = { .ns = &net.wire, .dev = "w0", .len = LENGTH };
	unsigned int exact = 0;
	long long full;

	setenv("XMACVLAN_FANOUT", "mixed", 1);
	fanout_make_net(ENDPOINTS);
	open_taps(ENDPOINTS);
	probe_frame(f.frame, LENGTH, M_ALL, NT_WIRE_MAC, 1);
	flood_begin(&f);
	for (unsigned int round = 0; round < 10; round++) {
		nt_xm_must(&net.host, "del e%u", ENDPOINTS - 1);
		add(ENDPOINTS - 1);
		nt_xm_must(&net.host, "set e%u mode %s", ENDPOINTS - 2,
			   round & 1 ? "vepa" : "bridge");
	}
	flood_end(&f);
	flood_taps_wait_quiet(tap, ENDPOINTS - 1);
	full = fanout_full();
	for (unsigned int i = 0; i < ENDPOINTS - 1; i++) {
		char name[16];
		long long lost;

		snprintf(name, sizeof(name), "e%u", i);
		lost = nt_number(&net.host, name, "drops.delivery_failed") +
		       nt_number(&net.host, name, "drops.veth_dropped");
		exact += (long long)tap[i].got + lost + full == (long long)f.sent;
		if ((long long)tap[i].got + lost + full != (long long)f.sent)
			printf("     %s: %llu received, %lld lost, %lld refused of %lu\n", name,
			       tap[i].got, lost, full, f.sent);
	}
	xmt_check(exact == ENDPOINTS - 1, "%lu frames: %u of %u endpoints exact, %lld refused",
		  f.sent, exact, ENDPOINTS - 1, full);
}

struct entrance {
	int fanout, flow; /* maps */
	int tx, rx; /* rx: of the last endpoint */
};

static void entrance_set_closing(const struct entrance *e, bool closing)
{
	struct xm_fanout f = {};
	uint32_t key = 0;

	if (bpf_map_lookup_elem(e->fanout, &key, &f))
		xmt_die("cannot read the fan-out");
	f.closing = closing;
	if (bpf_map_update_elem(e->fanout, &key, &f, BPF_ANY))
		xmt_die("cannot write the fan-out");
}

/* Frames that have gone by the fan-out, when none is under way any more */
static uint64_t entrance_sent(const struct entrance *e)
{
	struct xm_fanout_flow f = {};
	uint32_t key = 0;

	do
		if (bpf_map_lookup_elem(e->flow, &key, &f))
			xmt_die("cannot read the fan-out's flow");
	while (f.sent != f.ended);
	return f.sent;
}

/* Sends a frame. Returns whether it is the next one that the endpoint receives. */
static bool entrance_send(const struct entrance *e)
{
	uint64_t id = probe_next(), got = 0;
	struct xmt_pkt pkt;

	probe_send(e->tx, M_ALL, NT_WIRE_MAC, id);
	while (!got && xmt_pkt_recv(e->rx, &pkt, 1000) > 0)
		got = probe_number(&pkt);
	return got == id;
}

/*
 * The entrance closes behind the first of three frames. Returns how many went by the fan-out, or -1
 * when they took so long that the loop need not wait for one that returns.
 */
static int frames_until_closed(const struct entrance *e, bool *ret_received)
{
	uint64_t before = entrance_sent(e), began, sent;

	entrance_set_closing(e, false);
	began = nt_now_ms();
	*ret_received = entrance_send(e);
	entrance_sent(e);
	entrance_set_closing(e, true);
	*ret_received &= entrance_send(e);
	entrance_sent(e);
	*ret_received &= entrance_send(e);
	sent = entrance_sent(e);
	return (nt_now_ms() - began + 1) * 1000000 > XM_FANOUT_SETTLE_NS ? -1
									 : (int)(sent - before);
}

/*
 * The first frame has ended before its last copies are received, which the loop's would overtake.
 * The second one returns behind its copies: the loop begins without a pause.
 */
static void entrance_closes(void)
{
	struct entrance e;
	int by_fanout = -1;
	bool received;

	setenv("XMACVLAN_FANOUT", "force", 1);
	fanout_make_net(ENDPOINTS);
	e.fanout = bpf_obj_get(abi_pin_path("fanout"));
	e.flow = bpf_obj_get(abi_pin_path("fanout_flow"));
	e.tx = probe_sender(&net.wire, "w0");
	e.rx = xmt_pkt_open(endpoint_ns(ENDPOINTS - 1),
			    xmt_ifindex(endpoint_ns(ENDPOINTS - 1), "e19"), ETH_P_ALL);
	for (unsigned int tries = 0; by_fanout < 0 && tries < 100; tries++)
		by_fanout = frames_until_closed(&e, &received);
	xmt_check(by_fanout == 2 && received,
		  "of three frames two go by the fan-out, then one by the loop: %d, in order: %d",
		  by_fanout, received);
	close(e.fanout);
	close(e.flow);
	nt_xm_must(&net.host, "sync");
	xmt_check(broadcast(ENDPOINTS) == ENDPOINTS, "`sync` opens it");
}

static const struct nt_case cases[] = {
	{ "setting", 40, setting },
	{ "copies", 40, copies },
	{ "changed by others", 60, changed_by_others },
	{ "program removed", 40, program_removed },
	{ "peer without NAPI", 40, peer_without_napi },
	{ "peer that gets none", 40, peer_that_gets_none },
	{ "peer with a small MTU", 40, peer_with_small_mtu },
	{ "entrance closes", 40, entrance_closes },
	{ "members change", 60, members_change },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
