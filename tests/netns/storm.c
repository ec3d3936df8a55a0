// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Storms: each endpoint's copy of every sent frame is received by its stack or counted as a drop.
 * Packet sockets count the frames that the stacks receive. Two senders, one on each of two CPUs,
 * overrun queues, rings and backlogs. A frame that the device refuses (ENOBUFS) is not sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flood.h"
#include "probe.h"

#define ENDPOINTS  300
#define BESIDE	   120
#define NAMESPACES 4
#define SMALL	   7 /* the endpoint with an MTU below the length of the frames */
#define DOWN	   8 /* the endpoint that is down */
#define SLOW	   9 /* the endpoint with NAPI in a thread that gets no CPU during the storm */
#define FRAMES	   600
#define LENGTH	   600
#define REQUESTS   2000
#define ROUND	   250
#define STORMY	   200 /* the least number of frames of the storm during the exchange */
#define M_ALL	   "ff:ff:ff:ff:ff:ff"

static struct nt_net net;
static unsigned int endpoints;
static bool beside;

static const struct xmt_ns *endpoint_ns(unsigned int i)
{
	return beside ? &net.host : &net.peer[i % NAMESPACES];
}

static void set_endpoints_up(unsigned int ns)
{
	xmt_must("for i in $(seq %u %u %u); do echo link set e$i up; done | "
		 "ip -n %s -batch -",
		 beside ? 0 : ns, beside ? 1 : NAMESPACES, endpoints - 1, endpoint_ns(ns)->name);
}

static void storm_make_net(unsigned int n, bool beside_parent)
{
	char where[64] = "";

	endpoints = n;
	beside = beside_parent;
	nt_net(&net, beside ? 0 : NAMESPACES, 0);
	if (!beside)
		snprintf(where, sizeof(where), "netns %sc$((i %% %d))", xmt_prefix(), NAMESPACES);
	xmt_must("for i in $(seq 0 %u); do echo add e$i link p0 %s address "
		 "$(printf 02:00:00:01:%%02x:%%02x $((i / 256)) $((i %% 256))) $(test $i = %u && "
		 "echo mtu 500); done | timeout 30 %s -n %s -b -",
		 n - 1, where, SMALL, nt_bin(), net.host.name);
	for (unsigned int k = 0; k < (beside ? 1 : NAMESPACES); k++)
		set_endpoints_up(k);
	nt_wait_net(&net);
}

/* Odd and even endpoints have different buffers */
static const char *endpoint_mac(unsigned int i)
{
	static char text[2][18];

	snprintf(text[i & 1], sizeof(text[0]), "02:00:00:01:%02x:%02x", i >> 8, i & 255);
	return text[i & 1];
}

static void open_taps(struct flood_tap *tap)
{
	char dev[16];

	for (unsigned int i = 0; i < endpoints; i++) {
		snprintf(dev, sizeof(dev), "e%u", i);
		flood_tap_open(&tap[i], endpoint_ns(i), dev);
	}
}

static long long json_number(const json_t *ep, const char *object, const char *side,
			     const char *key)
{
	const json_t *at = json_object_get(ep, object);

	return json_integer_value(json_object_get(side ? json_object_get(at, side) : at, key));
}

struct sums {
	unsigned int exact, n; /* endpoints with exact counters, endpoints */
	unsigned long long got, refused, lost, not_copied;
	long long full; /* frames that the fan-out has refused */
};

/* Frames that the fan-out has refused: they are counted once, not for each endpoint */
static long long fanout_full(void)
{
	json_t *doc = nt_xm_json(&net.host, "show p0");
	long long full = json_number(json_array_get(doc, 0), "drops", NULL, "fanout_full");

	json_decref(doc);
	return full;
}

/*
 * An endpoint is exact if its received frames and its counted drops add up to the sent frames. An
 * endpoint of the fan-out lacks those that the fan-out has refused.
 */
static void add_endpoint_sums(const json_t *ep, unsigned int i, unsigned long long got,
			      unsigned long sent, struct sums *s)
{
	long long refused = json_number(ep, "drops", NULL, "delivery_failed");
	long long lost = json_number(ep, "drops", NULL, "veth_dropped");
	long long not_copied = json_number(ep, "drops", NULL, "not_copied");
	long long rx = json_number(ep, "stats64", "rx", "packets");
	long long missing = (long long)sent - (long long)got - refused - lost - not_copied;
	bool exact = (!missing || (sent && missing == s->full)) && rx - lost == (long long)got &&
		     json_number(ep, "stats64", "rx", "dropped") == refused + lost + not_copied;

	s->n++;
	s->exact += exact;
	if (!exact && s->n - s->exact < 5)
		printf("     e%u: of %lu sent %llu received; rx %lld refused %lld lost %lld "
		       "not copied %lld\n",
		       i, sent, got, rx, refused, lost, not_copied);
	s->got += got;
	s->refused += refused;
	s->lost += lost;
	s->not_copied += not_copied;
}

static struct sums check_sums(const char *what, struct flood_tap *tap, unsigned long sent,
			      unsigned int except)
{
	json_t *doc, *ep;
	struct sums s = {};
	size_t index;

	flood_taps_wait_quiet(tap, endpoints);
	doc = nt_xm_json(&net.host, "show");
	s.full = fanout_full();
	json_array_foreach(doc, index, ep) {
		const char *name = json_string_value(json_object_get(ep, "name"));
		unsigned int i = name ? (unsigned int)atoi(name + 1) : endpoints;

		if (i < endpoints && i != except)
			add_endpoint_sums(ep, i, tap[i].got, i == DOWN ? 0 : sent, &s);
	}
	json_decref(doc);
	xmt_check(
		s.n >= endpoints - 1 && s.exact == s.n,
		"%s: %lu frames, %u of %u endpoints exact: %llu received, %llu refused, %llu lost "
		"in the veth, %lld refused for all",
		what, sent, s.exact, s.n, s.got, s.refused, s.lost, s.full);
	return s;
}

static void set_endpoint_down(unsigned int i)
{
	xmt_must("ip -n %s link set e%u down", endpoint_ns(i)->name, i);
}

static struct flood flood_from(const struct xmt_ns *ns, const char *dev, const char *dst,
			       const char *src)
{
	struct flood s = { .ns = ns, .dev = dev, .frames = FRAMES, .len = LENGTH };

	probe_frame(s.frame, LENGTH, dst, src, 1);
	return s;
}

/* With NAPI, w0 and p0 accept XDP frames */
static void enable_napi_on_wire(void)
{
	xmt_must("nsenter --net=/run/netns/%s ethtool -K p0 gro on && "
		 "nsenter --net=/run/netns/%s ethtool -K w0 gro on",
		 net.host.name, net.wire.name);
}

/*
 * Injects broadcasts from the wire in bursts of 64, like a NIC's driver: a burst fills the queues
 * before any frame is removed. Returns the number of frames that reached the parent.
 */
static unsigned long inject_broadcasts(unsigned int frames)
{
	struct flood f = flood_from(&net.wire, "w0", M_ALL, NT_WIRE_MAC);
	struct flood_tap parent;

	f.frames = frames;
	enable_napi_on_wire();
	flood_tap_open(&parent, &net.host, "p0");
	flood_inject(&f);
	flood_taps_wait_quiet(&parent, 1);
	xmt_check(parent.got >= FRAMES, "%llu of %u frames reached the parent", parent.got,
		  f.frames);
	return parent.got;
}

static void storm_from_wire(void)
{
	static struct flood_tap tap[ENDPOINTS];
	unsigned long sent;
	struct sums sums;
	int slow;

	storm_make_net(ENDPOINTS, false);
	set_endpoint_down(DOWN);
	slow = flood_slow_napi(endpoint_ns(SLOW), "e9");
	open_taps(tap);
	sent = inject_broadcasts(4 * FRAMES);
	flood_restore_napi(slow);
	sums = check_sums("broadcast from the wire", tap, sent, endpoints);
	xmt_check(tap[SMALL].got == 0 && sums.refused >= sent,
		  "e7, whose MTU is small, received none");
	xmt_check(tap[DOWN].got == 0, "e8, which is down, received none");
	xmt_check(tap[SLOW].got < sent, "e9's ring was overrun: it received %llu", tap[SLOW].got);
}

static void storm_from_endpoint(void)
{
	static struct flood_tap tap[ENDPOINTS];
	struct flood s;

	storm_make_net(ENDPOINTS, false);
	set_endpoint_down(DOWN);
	open_taps(tap);
	s = flood_from(endpoint_ns(0), "e0", M_ALL, endpoint_mac(0));
	flood_run(&s);
	check_sums("broadcast from e0", tap, s.sent, 0);
	xmt_check(nt_number(&net.host, "e0", "stats64.tx.packets") == (long long)s.sent,
		  "tx.packets of e0 is the number of sent frames");
	xmt_check(nt_number(&net.host, "e0", "drops.tx_refused") == (long long)s.refused,
		  "%lu refused frames are counted", s.refused);
}

/* All peer ends beside the parent share a backlog of netdev_max_backlog frames for each CPU */
static void storm_beside_parent(void)
{
	static struct flood_tap tap[BESIDE];
	unsigned long sent, dropped;
	struct sums sums;

	storm_make_net(BESIDE, true);
	set_endpoint_down(DOWN);
	open_taps(tap);
	dropped = xmt_backlog_drops();
	sent = inject_broadcasts(2 * FRAMES);
	sums = check_sums("broadcast to endpoints beside the parent", tap, sent, endpoints);
	dropped = xmt_backlog_drops() - dropped;
	xmt_check(sums.refused > sent && sums.refused - sent <= dropped,
		  "the backlog was overrun: softnet_stat counts %lu", dropped);
}

/* Each spoofed frame and each unknown destination is counted, with any address. */
static void random_addresses(void)
{
	struct flood s;

	storm_make_net(DOWN, false);
	s = flood_from(endpoint_ns(1), "e1", NT_WIRE_MAC, endpoint_mac(0));
	s.random_at = 6;
	s.frames *= 20;
	flood_run(&s);
	xmt_check(nt_number(&net.host, "e1", "drops.spoofed_source") == (long long)s.sent,
		  "%lu frames from random addresses by e1 are counted as spoofed", s.sent);
	xmt_check(nt_number(&net.host, "e1", "drops.tx_refused") == (long long)s.refused &&
			  nt_number(&net.host, "e1", "stats64.tx.dropped") ==
				  (long long)(s.sent + s.refused),
		  "%lu refused frames are counted", s.refused);
	s = flood_from(&net.wire, "w0", M_ALL, NT_WIRE_MAC);
	s.random_at = 0;
	s.random = true;
	s.frames *= 20;
	flood_run(&s);
	xmt_check(nt_number(&net.host, "p0", "drops.unknown_destination") == (long long)s.sent,
		  "%lu frames to random addresses from the wire are counted as unknown", s.sent);
}

/* Frames larger than the MTU of the host end, which is the parent's, do not reach the program. */
static void frames_too_large(void)
{
	struct flood s;

	storm_make_net(SMALL, false);
	xmt_must("ip -n %s link set e1 mtu 2000", endpoint_ns(1)->name);
	s = flood_from(endpoint_ns(1), "e1", M_ALL, endpoint_mac(1));
	s.len = 1600;
	flood_run(&s);
	xmt_check(!s.sent && s.refused == FRAMES &&
			  nt_number(&net.host, "e1", "drops.tx_refused") == FRAMES &&
			  nt_number(&net.host, "e1", "stats64.tx.dropped") == FRAMES,
		  "%lu frames that are too large are counted", s.refused);
	xmt_check(!nt_number(&net.host, "e1", "drops.veth_dropped"),
		  "they are not counted as veth_dropped");
}

/* After an XDP redirect neither the kernel nor the program reports that the ring was full. */
static void storm_by_xdp(void)
{
	static struct flood_tap tap[SMALL];
	struct flood s;
	int slow;

	storm_make_net(SMALL, false);
	enable_napi_on_wire();
	nt_xm_must(&net.host, "attach p0 xdp native");
	slow = flood_slow_napi(endpoint_ns(0), "e0");
	open_taps(tap);
	s = flood_from(&net.wire, "w0", endpoint_mac(0), NT_WIRE_MAC);
	s.frames *= 10;
	flood_inject(&s);
	flood_restore_napi(slow);
	flood_taps_wait_quiet(tap, endpoints);
	s.sent = nt_number(&net.host, "e0", "stats64.rx.packets");
	xmt_check(s.sent >= FRAMES, "%lu of the frames reached the parent", s.sent);
	xmt_check(nt_number(&net.host, "e0", "drops.veth_dropped") ==
				  (long long)(s.sent - tap[0].got) &&
			  tap[0].got < s.sent,
		  "%llu received, the others are counted as veth_dropped", tap[0].got);
}

/*
 * A storm on one CPU, requests and answers between siblings on another: each request is answered.
 */
static void siblings_during_storm(void)
{
	struct flood s;
	unsigned int asked = 0, answered = 0;

	storm_make_net(DOWN, false);
	s = flood_from(endpoint_ns(0), "e0", M_ALL, endpoint_mac(0));
	s.frame[12] = 0x88; /* an ethertype that the sockets of the siblings do not receive */
	s.frame[13] = 0xb5;
	flood_begin(&s);
	while (asked < REQUESTS || (flood_progress(&s) < STORMY && asked < 20 * REQUESTS)) {
		answered += flood_exchange(endpoint_ns(1), "e1", endpoint_mac(1), endpoint_ns(2),
					   "e2", endpoint_mac(2), ROUND);
		asked += ROUND;
	}
	flood_end(&s);
	xmt_check(answered == asked && s.sent >= STORMY,
		  "while a sibling broadcast %lu frames, %u of %u requests were answered", s.sent,
		  answered, asked);
}

static const struct nt_case cases[] = {
	{ "storm from the wire", 40, storm_from_wire },
	{ "storm from an endpoint", 40, storm_from_endpoint },
	{ "storm beside the parent", 40, storm_beside_parent },
	{ "random addresses", 30, random_addresses },
	{ "frames too large", 30, frames_too_large },
	{ "storm by XDP", 30, storm_by_xdp },
	{ "siblings talk", 30, siblings_during_storm },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
