// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Storms: of every frame that is sent, each endpoint's copy has been received by its stack or is counted.
 * Packet sockets count what their devices' stacks receive; two senders, one on each of two CPUs, overrun
 * what can be overrun. What a sender is refused (ENOBUFS) has not been sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flood.h"
#include "mark.h"

#define ENDPOINTS  300
#define BESIDE	   120
#define NAMESPACES 4
#define SMALL	   7 /* this one's MTU is smaller than the frames */
#define DOWN	   8 /* this one is down */
#define SLOW	   9 /* this one's NAPI has a thread, which gets no CPU while it storms */
#define FRAMES	   600
#define LENGTH	   600
#define QUESTIONS  2000
#define ROUND	   250
#define STORMY	   200 /* frames meanwhile */
#define M_ALL	   "ff:ff:ff:ff:ff:ff"

static struct nt_net net;
static unsigned int endpoints;
static bool beside;

static const struct xmt_ns *ns_of(unsigned int i)
{
	return beside ? &net.host : &net.peer[i % NAMESPACES];
}

static void up_all(unsigned int ns)
{
	xmt_must("for i in $(seq %u %u %u); do echo link set e$i up; done | "
		 "ip -n %s -batch -",
		 beside ? 0 : ns, beside ? 1 : NAMESPACES, endpoints - 1, ns_of(ns)->name);
}

static void make(unsigned int n, bool beside_parent)
{
	char where[64] = "";

	endpoints = n;
	beside = beside_parent;
	nt_net(&net, beside ? 0 : NAMESPACES, 0);
	if (!beside)
		snprintf(where, sizeof(where), "netns %sc$((i %% %u))", xmt_prefix(), NAMESPACES);
	xmt_must("for i in $(seq 0 %u); do echo add e$i link p0 %s address "
		 "$(printf 02:00:00:01:%%02x:%%02x $((i / 256)) $((i %% 256))) $(test $i = %u && "
		 "echo mtu 500); done | timeout 30 %s -n %s -b -",
		 n - 1, where, SMALL, nt_bin(), net.host.name);
	for (unsigned int k = 0; k < (beside ? 1 : NAMESPACES); k++)
		up_all(k);
	nt_settle(&net.host);
}

/* A buffer for the odd, one for the even */
static const char *mac_of(unsigned int i)
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
		flood_tap_open(&tap[i], ns_of(i), dev);
	}
}

static long long number(const json_t *ep, const char *object, const char *side, const char *key)
{
	const json_t *at = json_object_get(ep, object);

	return json_integer_value(json_object_get(side ? json_object_get(at, side) : at, key));
}

struct sums {
	unsigned int exact, n;
	unsigned long long got, refused, lost, not_copied;
};

/* An endpoint is exact when what it received and what is counted of it make what was sent */
static void add_up(const json_t *ep, unsigned int i, unsigned long long got, unsigned long sent,
		   struct sums *s)
{
	long long refused = number(ep, "drops", NULL, "delivery_failed");
	long long lost = number(ep, "drops", NULL, "veth_dropped");
	long long not_copied = number(ep, "drops", NULL, "not_copied");
	long long rx = number(ep, "stats64", "rx", "packets");
	bool exact = (long long)got + refused + lost + not_copied == (long long)sent &&
		     rx - lost == (long long)got &&
		     number(ep, "stats64", "rx", "dropped") == refused + lost + not_copied;

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
	json_array_foreach(doc, index, ep) {
		const char *name = json_string_value(json_object_get(ep, "name"));
		unsigned int i = name ? (unsigned int)atoi(name + 1) : endpoints;

		if (i < endpoints && i != except)
			add_up(ep, i, tap[i].got, i == DOWN ? 0 : sent, &s);
	}
	json_decref(doc);
	xmt_check(
		s.n >= endpoints - 1 && s.exact == s.n,
		"%s: %lu frames, %u of %u endpoints exact: %llu received, %llu refused, %llu lost "
		"in the veth",
		what, sent, s.exact, s.n, s.got, s.refused, s.lost);
	return s;
}

static void down(unsigned int i)
{
	xmt_must("ip -n %s link set e%u down", ns_of(i)->name, i);
}

static struct flood from(const struct xmt_ns *ns, const char *dev, const char *dst, const char *src)
{
	struct flood s = { .ns = ns, .dev = dev, .frames = FRAMES, .len = LENGTH };

	mark_frame(s.frame, LENGTH, dst, src, 1);
	return s;
}

/* Both ends take XDP frames then */
static void napi_on_wire(void)
{
	xmt_must("nsenter --net=/run/netns/%s ethtool -K p0 gro on && "
		 "nsenter --net=/run/netns/%s ethtool -K w0 gro on",
		 net.host.name, net.wire.name);
}

/*
 * Broadcasts from the wire in bursts of 64, as a NIC's driver brings them: they fill queues before anything
 * is taken out. Returns how many came to the parent.
 */
static unsigned long burst_in(unsigned int frames)
{
	struct flood f = from(&net.wire, "w0", M_ALL, NT_WIRE_MAC);
	struct flood_tap parent;

	f.frames = frames;
	napi_on_wire();
	flood_tap_open(&parent, &net.host, "p0");
	flood_inject(&f);
	flood_taps_wait_quiet(&parent, 1);
	xmt_check(parent.got >= FRAMES, "%llu of %u frames came to the parent", parent.got,
		  f.frames);
	return parent.got;
}

static void wire_storm(void)
{
	static struct flood_tap tap[ENDPOINTS];
	unsigned long sent;
	struct sums sums;
	int slow;

	make(ENDPOINTS, false);
	down(DOWN);
	slow = flood_slow_napi(ns_of(SLOW), "e9");
	open_taps(tap);
	sent = burst_in(4 * FRAMES);
	flood_restore_napi(slow);
	sums = check_sums("broadcast from the wire", tap, sent, endpoints);
	xmt_check(tap[SMALL].got == 0 && sums.refused >= sent, "e7, whose MTU is small, got none");
	xmt_check(tap[DOWN].got == 0, "e8, which is down, got none and counts none");
	xmt_check(tap[SLOW].got < sent, "e9's ring was overrun: it got %llu", tap[SLOW].got);
}

static void endpoint_storm(void)
{
	static struct flood_tap tap[ENDPOINTS];
	struct flood s;

	make(ENDPOINTS, false);
	down(DOWN);
	open_taps(tap);
	s = from(ns_of(0), "e0", M_ALL, mac_of(0));
	flood_run(&s);
	check_sums("broadcast from e0", tap, s.sent, 0);
	xmt_check(nt_number(&net.host, "e0", "stats64.tx.packets") == (long long)s.sent,
		  "e0 is counted to have sent them");
	xmt_check(nt_number(&net.host, "e0", "drops.tx_refused") == (long long)s.refused,
		  "and %lu that it was refused", s.refused);
}

/* All these devices have one backlog, of netdev_max_backlog frames a CPU */
static void beside_storm(void)
{
	static struct flood_tap tap[BESIDE];
	unsigned long sent, dropped;
	struct sums sums;

	make(BESIDE, true);
	down(DOWN);
	open_taps(tap);
	dropped = xmt_backlog_drops();
	sent = burst_in(2 * FRAMES);
	sums = check_sums("broadcast to endpoints beside the parent", tap, sent, endpoints);
	dropped = xmt_backlog_drops() - dropped;
	xmt_check(sums.refused > sent && sums.refused - sent <= dropped,
		  "the backlog was overrun: softnet_stat has %lu", dropped);
}

/* Spoofed frames and unknown destinations: counted one by one, whatever their addresses */
static void random_addresses(void)
{
	struct flood s;

	make(DOWN, false);
	s = from(ns_of(1), "e1", NT_WIRE_MAC, mac_of(0));
	s.random_at = 6;
	s.frames *= 20;
	flood_run(&s);
	xmt_check(nt_number(&net.host, "e1", "drops.spoofed_source") == (long long)s.sent,
		  "%lu frames from random addresses by e1 are counted as spoofed", s.sent);
	xmt_check(nt_number(&net.host, "e1", "drops.tx_refused") == (long long)s.refused &&
			  nt_number(&net.host, "e1", "stats64.tx.dropped") ==
				  (long long)(s.sent + s.refused),
		  "and %lu that it was refused", s.refused);
	s = from(&net.wire, "w0", M_ALL, NT_WIRE_MAC);
	s.random_at = 0;
	s.random = true;
	s.frames *= 20;
	flood_run(&s);
	xmt_check(nt_number(&net.host, "p0", "drops.unknown_destination") == (long long)s.sent,
		  "%lu frames to random addresses from the wire as unknown", s.sent);
}

/* What does not get as far as the program: too large for the host end, whose MTU is the parent's */
static void refused_frames(void)
{
	struct flood s;

	make(SMALL, false);
	xmt_must("ip -n %s link set e1 mtu 2000", ns_of(1)->name);
	s = from(ns_of(1), "e1", M_ALL, mac_of(1));
	s.len = 1600;
	flood_run(&s);
	xmt_check(!s.sent && s.refused == FRAMES &&
			  nt_number(&net.host, "e1", "drops.tx_refused") == FRAMES &&
			  nt_number(&net.host, "e1", "stats64.tx.dropped") == FRAMES,
		  "%lu frames that are too large are counted", s.refused);
	xmt_check(!nt_number(&net.host, "e1", "drops.veth_dropped"),
		  "and not as lost on the way in");
}

/* XDP's redirect tells nobody that the ring was full, nor does the program know */
static void xdp_storm(void)
{
	static struct flood_tap tap[SMALL];
	struct flood s;
	int slow;

	make(SMALL, false);
	napi_on_wire();
	nt_xm_must(&net.host, "attach p0 xdp native");
	slow = flood_slow_napi(ns_of(0), "e0");
	open_taps(tap);
	s = from(&net.wire, "w0", mac_of(0), NT_WIRE_MAC);
	s.frames *= 10;
	flood_inject(&s);
	flood_restore_napi(slow);
	flood_taps_wait_quiet(tap, endpoints);
	s.sent = nt_number(&net.host, "e0", "stats64.rx.packets");
	xmt_check(s.sent >= FRAMES, "%lu of the frames came to the parent", s.sent);
	xmt_check(nt_number(&net.host, "e0", "drops.veth_dropped") ==
				  (long long)(s.sent - tap[0].got) &&
			  tap[0].got < s.sent,
		  "%llu received, the others are counted as lost in the veth", tap[0].got);
}

/* A storm on one CPU, questions and answers between siblings on another: each is answered */
static void siblings_talk(void)
{
	struct flood s;
	unsigned int asked = 0, answered = 0;

	make(DOWN, false);
	s = from(ns_of(0), "e0", M_ALL, mac_of(0));
	s.frame[12] = 0x88; /* not what the sockets of the others are for */
	s.frame[13] = 0xb5;
	flood_begin(&s);
	while (asked < QUESTIONS || (flood_progress(&s) < STORMY && asked < 20 * QUESTIONS)) {
		answered +=
			flood_exchange(ns_of(1), "e1", mac_of(1), ns_of(2), "e2", mac_of(2), ROUND);
		asked += ROUND;
	}
	flood_end(&s);
	xmt_check(answered == asked && s.sent >= STORMY,
		  "while a sibling broadcast %lu frames, %u of %u questions were answered", s.sent,
		  answered, asked);
}

static const struct nt_case cases[] = {
	{ "storm from the wire", 40, wire_storm },
	{ "storm from an endpoint", 40, endpoint_storm },
	{ "storm beside the parent", 40, beside_storm },
	{ "random addresses", 30, random_addresses },
	{ "refused frames", 30, refused_frames },
	{ "storm by XDP", 30, xdp_storm },
	{ "siblings talk", 30, siblings_talk },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
