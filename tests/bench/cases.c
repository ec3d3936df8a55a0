// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The cases: what each measures, and its goals. */
#include "cases.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct metric bulk[] = {
	{ "throughput", "Gb/s", SPEED },
	{ "CPU", "ns/byte", COST },
};

/* CPU: time of the sender and of the path, without the polling receiver */
static const struct metric packets[] = {
	{ "delivered", "Mpps", SPEED },
	{ "CPU", "ns/packet", COST },
	{ "CPU in softirqs", "ns/packet", COST },
	{ "lost at the socket", "%", SHOWN },
};

static const struct metric tap_packets[] = {
	{ "delivered", "Mpps", SPEED },
	{ "CPU", "ns/packet", COST },
	{ "CPU in softirqs", "ns/packet", COST },
};

static const struct metric counted[] = {
	{ "delivered", "M/s", SPEED },
	{ "CPU", "ns/delivery", COST },
	{ "CPU in softirqs", "ns/delivery", COST },
	{ "lost after the parent", "%", SHOWN },
	{ "lost before the parent", "%", SHOWN },
};

static const struct metric dropped[] = {
	{ "frames a CPU second", "M/s", SPEED },
	{ "frames", "M/s", SPEED },
	{ "CPU with the sender", "ns/frame", COST },
};

static const struct metric lossy[] = {
	{ "sent", "kframes/s", SPEED },
	{ "lost", "%", SHOWN },
	{ "late", "%", SHOWN },
};

static const struct metric latency[] = {
	{ "p50", "µs", COST },
	{ "p99", "µs", COST },
	{ "p99.9", "µs", COST },
	{ "CPU", "µs/transaction", COST },
};

static const struct metric requests[] = {
	{ "CPU in softirqs", "µs/request", COST },
	{ "CPU with the sender", "µs/request", COST },
	{ "requests", "k/s", SHOWN },
	{ "answered", "%", SHOWN },
};

static const struct metric storm[] = {
	{ "idle p50", "µs", COST },	 { "idle p99", "µs", SHOWN },
	{ "p50", "µs", SHOWN },		 { "p99", "µs", SHOWN },
	{ "p99.9", "µs", SHOWN },	 { "p99 ÷ idle", "", SHOWN },
	{ "flood", "kframes/s", SHOWN }, { "lost", "transactions", SHOWN },
};

static const struct metric memory[] = {
	{ "whole", "KiB/endpoint", COST },
	{ "BPF maps", "B/endpoint", SHOWN },
	{ "per-CPU counters", "B/endpoint", SHOWN },
	{ "BPF maps without endpoints", "KiB/parent", SHOWN },
};

static const struct metric batch[] = {
	{ "time", "s", COST },
};

static const struct metric one[] = {
	{ "add p50", "ms", COST },
	{ "add p90", "ms", COST },
	{ "del p50", "ms", COST },
	{ "del p90", "ms", COST },
};

static const struct metric cni[] = {
	{ "ADD p50", "ms", COST },
	{ "ADD p99", "ms", COST },
	{ "DEL p50", "ms", COST },
	{ "DEL p99", "ms", COST },
};

static const struct metric readers[] = {
	{ "100 ADDs", "s", COST }, { "ADD p50", "ms", COST },
	{ "ADD p99", "ms", COST }, { "readers' CPU time", "% of a CPU", SHOWN },
	{ "reads", "/s", SHOWN },
};

static const struct metric scale[] = {
	{ "batch add of all", "ms", SHOWN },
	{ "one more add", "ms", SHOWN },
	{ "show", "ms", SHOWN },
	{ "show -s", "ms", SHOWN },
	{ "-j show", "ms", SHOWN },
	{ "one del", "ms", SHOWN },
	{ "batch del of all", "ms", SHOWN },
};

#define METRICS(m) .metrics = (m), .n_metrics = COUNT(m)
#define GOALS(...)                                                                                 \
	.goals = { __VA_ARGS__ },                                                                  \
	.n_goals = sizeof((struct goal[]){ __VA_ARGS__ }) / sizeof(struct goal)
#define AT_LEAST(m, g, s)                                                                          \
	{                                                                                          \
		m, RATIO_AT_LEAST, g, s                                                            \
	}
#define AT_MOST(m, g, s)                                                                           \
	{                                                                                          \
		m, RATIO_AT_MOST, g, s                                                             \
	}

/* A connection that loses its last segment waits for 200 ms, which is all of a short shot */
#define BULK(from, to)                                                                             \
	tcp_shot, from, to, .longer = 4, METRICS(bulk),                                            \
			    GOALS(AT_LEAST(0, 0.99, NAN), AT_MOST(1, 1.03, NAN))
#define RR(from, to)                                                                               \
	rr_shot, from, to, METRICS(latency),                                                       \
		GOALS(AT_MOST(0, 1.04, 1), AT_MOST(1, 1.05, 1), AT_MOST(2, 1.10, 0.97))
#define CROWD(count, how) .layout = { LAYOUT_CROWD, .n = count, .mode = how }
/* By readers and writers of the descriptors. Nothing but the descriptors is a guest's work. */
#define TAP_PACKETS(from, to)                                                                      \
	tap_packets_shot, from, to, METRICS(tap_packets), GOALS(AT_LEAST(0, 1.0, 1.15)),           \
		.layout = { LAYOUT_TAPS }, .no_xdp = (from) != WIRE
#define TAP_BULK(from, to)                                                                         \
	tap_bulk_shot, from, to, METRICS(bulk), GOALS(AT_LEAST(0, 1.0, 1.15)),                     \
		.layout = { LAYOUT_TAPS }, .no_xdp = true
/* macvtap has no way between host and tap, and none to a container that is no macvlan */
#define BESIDE_BRIDGE(shot, from, to, metrics, at_host, ...)                                       \
	shot, from, to, METRICS(metrics), GOALS(__VA_ARGS__),                                      \
		.layout = { LAYOUT_TAPS, .host = at_host }, .lineup = LINEUP_BRIDGE,               \
		.no_xdp = true, .no_bridge = true
#define TAP_PACKETS_BRIDGE(from, to, at_host)                                                      \
	BESIDE_BRIDGE(tap_packets_shot, from, to, tap_packets, at_host, AT_LEAST(0, 1.1, NAN))
#define TAP_BULK_BRIDGE(from, to, at_host)                                                         \
	BESIDE_BRIDGE(tap_bulk_shot, from, to, bulk, at_host, AT_LEAST(0, 1.1, NAN))
#define FANOUT .extra_side = "fanout", .goal_side = "fanout"
#define BROADCAST(n, goal)                                                                         \
	crowd_shot, WIRE, E0, METRICS(counted), GOALS(AT_LEAST(0, goal, 2)), CROWD(n, "bridge")
#define LOSS(n)                                                                                    \
	loss_shot, WIRE, E0, METRICS(lossy), GOALS({ 1, VALUE_AT_MOST, 0, NAN }),                  \
		CROWD(n, "bridge"), .pairs = 7, .begin = loss_begin, .end = loss_end

/*
 * macvlan takes 17 s to delete 1,000 endpoints, so there are few pairs. The goal is a twentieth of
 * that time; a control that is 20 % off would not change the verdict.
 */
#define DELS	.pairs = 2, .control = 0.2
#define NOWHERE .layout = { LAYOUT_NONE }
#define STORM(name, title, to, kind, same)                                                         \
	{                                                                                          \
		name, title, storm_shot, E0, to, METRICS(storm),                                   \
			GOALS({ 5, VALUE_AT_MOST, 1.5, NAN }),                                     \
			.layout = { LAYOUT_THREE }, .longer = 3, .pairs = 9, .no_bridge = true,    \
			.flood = kind, .same_cpu = same, .control = 0.2, .begin = storm_begin,     \
			.end = storm_end                                                           \
	}
#define SCALE(name, title, count, on)                                                              \
	{                                                                                          \
		name, title, scale_shot, E0, E0, METRICS(scale),                                   \
			.layout = { LAYOUT_NONE, .n = count }, .lineup = LINEUP_OURS, .pairs = 3,  \
			.parents = on                                                              \
	}

#define IPAM4 "[{\"subnet\":\"10.78.0.0/16\"}]"
#define IPAM6 "[{\"subnet\":\"fd78::/64\"}]"
#define CNI(ranges, count, times)                                                                  \
	cni_shot, E0, E1, METRICS(cni), CROWD(10, "bridge"),                                       \
		GOALS(AT_MOST(0, 1.5, 1), AT_MOST(2, 1.5, 1)), .ipam = ranges, .calls = count,     \
							       .pairs = times, .no_bridge = true

#define COUNTERS(shot, from, to)                                                                   \
	shot, from, to, METRICS(packets), GOALS(AT_LEAST(0, 0.97, NAN)),                           \
		.lineup = LINEUP_COUNTERS, .end = counters_end

#define READERS(name, title, every)                                                                \
	{                                                                                          \
		name, title, cni_readers_shot, E0, E1, METRICS(readers), CROWD(1000, "bridge"),    \
			GOALS(AT_MOST(0, 1.1, NAN)), .calls = 100, .lineup = LINEUP_READERS,       \
						     .goal_side = "scraped", .period = every,      \
						     .pairs = 16, .no_bridge = true                \
	}

const struct bench_case bench_cases[] = {
	{ "tcp-w2e", "TCP bulk, wire → endpoint", BULK(WIRE, E0) },
	{ "tcp-e2w", "TCP bulk, endpoint → wire", BULK(E0, WIRE) },
	{ "tcp-e2e", "TCP bulk, endpoint → endpoint", BULK(E0, E1) },
	{ "udp-w2e", "64 B UDP, wire → endpoint (driver's frames)", live_shot, WIRE, E0,
	  METRICS(packets), GOALS(AT_LEAST(0, 0.95, 1.05)) },
	{ "udp-e2w", "64 B UDP, endpoint → wire (sendmmsg)", udp_shot, E0, WIRE, METRICS(packets),
	  GOALS(AT_LEAST(0, 0.9, 1.0)) },
	{ "rr-udp-w", "request/response UDP, wire ↔ endpoint", RR(WIRE, E0) },
	{ "rr-udp-e", "request/response UDP, endpoint ↔ endpoint", RR(E0, E1) },
	{ "rr-tcp-w", "request/response TCP, wire ↔ endpoint", RR(WIRE, E0), .tcp = true },
	{ "rr-tcp-e", "request/response TCP, endpoint ↔ endpoint", RR(E0, E1), .tcp = true },
	{ "xdp-ep", "64 B UDP, wire → XDP program in the endpoint", xdp_shot, WIRE, E0,
	  METRICS(counted), GOALS(AT_LEAST(0, 1.4, 2)), .goal_side = "xdp", .begin = xdp_begin,
	  .end = xdp_end },
	{ "unknown", "unicast for nobody, parent promiscuous", unknown_shot, WIRE, E0,
	  METRICS(dropped), GOALS(AT_LEAST(0, 4, 8)), .goal_side = "xdp", .begin = promisc_begin,
	  .end = promisc_end, .attach_xdp = "xdp native guard on" },
	{ "counters-w2e", "counters against none: 64 B UDP, wire → endpoint",
	  COUNTERS(live_shot, WIRE, E0) },
	{ "counters-e2w", "the same, endpoint → wire", COUNTERS(udp_shot, E0, WIRE) },
	{ "counters-e2e", "the same, endpoint → endpoint", COUNTERS(udp_shot, E0, E1) },
	{ "bcast-10", "broadcast to 10 endpoints, flood", BROADCAST(10, 1.1), FANOUT },
	{ "bcast-10-loss", "broadcast to 10 endpoints, steady", LOSS(10), FANOUT },
	{ "bcast-100", "broadcast to 100 endpoints, flood", BROADCAST(100, 1), FANOUT },
	{ "bcast-100-loss", "broadcast to 100 endpoints, steady", LOSS(100), FANOUT },
	{ "bcast-1000", "broadcast to 1,000 endpoints, flood", BROADCAST(1000, 1.3), .pairs = 9,
	  FANOUT },
	{ "bcast-1000-loss", "broadcast to 1,000 endpoints, steady", LOSS(1000), FANOUT },
	{ "source-10", "source mode, 10 listeners of one sender", crowd_shot, WIRE, E0,
	  METRICS(counted), GOALS(AT_LEAST(0, 0.5, 1)), CROWD(10, "source"), .no_bridge = true,
	  FANOUT },
	{ "arp", "1,000 ARP requests/s, LAN with 1,000 endpoints", arp_shot, WIRE, E0,
	  METRICS(requests), GOALS(AT_MOST(0, 0.02, NAN)), .goal_side = "direct",
	  .extra_side = "direct",
	  .layout = { LAYOUT_CROWD, .n = 1000, .mode = "bridge", .addressed = true },
	  .no_xdp = true, .no_bridge = true, .pairs = 15, .control = 0.2, .begin = arp_begin },
	{ "many", "64 B UDP, wire → one of 10,000 endpoints", live_shot, WIRE, E0, METRICS(packets),
	  GOALS(AT_LEAST(0, 0.85, NAN)),
	  .layout = { LAYOUT_CROWD, .mode = "bridge", .addressed = true }, .no_bridge = true },
	{ "many-one", "the same, against ours with one endpoint", live_shot, WIRE, E0,
	  METRICS(packets), GOALS(AT_LEAST(0, 0.93, 0.97)), .lineup = LINEUP_ONE,
	  .layout = { LAYOUT_CROWD, .mode = "bridge", .addressed = true }, .no_bridge = true },
	{ "many-idle", "the same, and 9,999 of 10,000 idle", live_shot, WIRE, E0, METRICS(packets),
	  GOALS(AT_LEAST(0, 0.93, 0.97)), .lineup = LINEUP_ONE, .to_first = true,
	  .layout = { LAYOUT_CROWD, .mode = "bridge", .addressed = true }, .no_bridge = true },
	{ "tcp-h2e", "TCP bulk, host → endpoint", tcp_shot, HOST, E0, .longer = 4, METRICS(bulk),
	  GOALS(AT_LEAST(0, 0.90, 0.97)), .layout = { LAYOUT_HOST }, .lineup = LINEUP_VETH },
	{ "tcp-e2h", "TCP bulk, endpoint → host", tcp_shot, E0, HOST, .longer = 4, METRICS(bulk),
	  GOALS(AT_LEAST(0, 0.90, 0.97)), .layout = { LAYOUT_HOST }, .lineup = LINEUP_VETH },
	{ "rr-udp-h", "request/response UDP, host ↔ endpoint", RR(HOST, E0),
	  .layout = { LAYOUT_HOST }, .lineup = LINEUP_VETH },
	{ "rr-tcp-h", "request/response TCP, host ↔ endpoint", RR(HOST, E0), .tcp = true,
	  .layout = { LAYOUT_HOST }, .lineup = LINEUP_VETH },
	{ "tap-w2t", "64 B UDP, wire → tap", TAP_PACKETS(WIRE, E0) },
	{ "tap-t2w", "64 B UDP, tap → wire", TAP_PACKETS(E0, WIRE) },
	{ "tap-t2t", "64 B UDP, tap → tap", TAP_PACKETS(E0, E1) },
	{ "tap-t2c", "64 B UDP, tap → container", TAP_PACKETS(E0, E2) },
	{ "tap-w2t-64k", "64 KiB TCP GSO, wire → tap", TAP_BULK(WIRE, E0) },
	{ "tap-t2w-64k", "64 KiB TCP GSO, tap → wire", TAP_BULK(E0, WIRE) },
	{ "tap-t2t-64k", "64 KiB TCP GSO, tap → tap", TAP_BULK(E0, E1) },
	{ "tap-t2c-64k", "64 KiB TCP GSO, tap → container", TAP_BULK(E0, E2) },
	{ "tap-rr-w", "request/response UDP, wire ↔ tap", rr_shot, WIRE, E0, METRICS(latency),
	  GOALS(AT_MOST(0, 1, 0.87), AT_MOST(1, 1, 0.87)), .layout = { LAYOUT_TAPS },
	  .no_xdp = true },
	{ "tap-t2c-br", "64 B UDP, tap → container", TAP_PACKETS_BRIDGE(E0, E2, false) },
	{ "tap-t2c-64k-br", "64 KiB TCP GSO, tap → container", TAP_BULK_BRIDGE(E0, E2, false) },
	{ "tap-h2t", "64 B UDP, host → tap", TAP_PACKETS_BRIDGE(HOST, E0, true) },
	{ "tap-t2h", "64 B UDP, tap → host", TAP_PACKETS_BRIDGE(E0, HOST, true) },
	{ "tap-h2t-64k", "64 KiB TCP GSO, host → tap", TAP_BULK_BRIDGE(HOST, E0, true) },
	{ "tap-t2h-64k", "64 KiB TCP GSO, tap → host", TAP_BULK_BRIDGE(E0, HOST, true) },
	{ "tap-rr-h", "request/response UDP, host ↔ tap",
	  BESIDE_BRIDGE(rr_shot, HOST, E0, latency, true, AT_MOST(0, 0.91, NAN),
			AT_MOST(1, 0.91, NAN)) },
	STORM("storm-wire", "endpoint ↔ endpoint, a third floods the wire", E1, FLOOD_WIRE, false),
	STORM("storm-sibling", "… floods one of them", E1, FLOOD_SIBLING, false),
	STORM("storm-bcast", "… broadcasts", E1, FLOOD_BROADCAST, false),
	STORM("storm-spoofed", "… floods from a forged MAC", E1, FLOOD_SPOOFED, false),
	STORM("storm-sources", "… from random MACs, unchecked", E1, FLOOD_SOURCES, false),
	STORM("storm-dests", "… to random MACs", E1, FLOOD_DESTINATIONS, false),
	STORM("storm-w-wire", "endpoint ↔ wire, another floods the wire", WIRE, FLOOD_WIRE, false),
	STORM("storm-w-sibling", "… floods a sibling", WIRE, FLOOD_SIBLING, false),
	STORM("storm-w-bcast", "… broadcasts", WIRE, FLOOD_BROADCAST, false),
	STORM("storm-w-spoofed", "… floods from a forged MAC", WIRE, FLOOD_SPOOFED, false),
	STORM("storm-w-sources", "… from random MACs, unchecked", WIRE, FLOOD_SOURCES, false),
	STORM("storm-w-dests", "… to random MACs", WIRE, FLOOD_DESTINATIONS, false),
	STORM("storm-cpu-wire", "endpoint ↔ endpoint, a third floods the wire from their CPU", E1,
	      FLOOD_WIRE, true),
	STORM("storm-cpu-bcast", "… broadcasts from their CPU", E1, FLOOD_BROADCAST, true),
	STORM("storm-cpu-spoofed", "… from a forged MAC, from their CPU", E1, FLOOD_SPOOFED, true),
	{ "memory", "memory of 1,000 endpoints", memory_shot, E0, E0, METRICS(memory),
	  GOALS(AT_MOST(0, 2.2, 2.0), { 1, VALUE_AT_MOST, 512, NAN }), NOWHERE, .pairs = 3,
	  .no_bridge = true },
	{ "batch-add", "one batch adds 1,000 endpoints", batch_add_shot, E0, E0, METRICS(batch),
	  GOALS(AT_MOST(0, 1.8, 1.4)), NOWHERE, .pairs = 15, .no_bridge = true },
	{ "batch-add-beside", "the same, beside the parent", batch_add_shot, E0, E0, METRICS(batch),
	  GOALS(AT_MOST(0, 1.8, 1.4)), NOWHERE, .pairs = 11, .no_bridge = true, .beside = true },
	{ "batch-del", "one batch deletes 1,000 endpoints", batch_del_shot, E0, E0, METRICS(batch),
	  GOALS(AT_MOST(0, 0.05, NAN)), NOWHERE, DELS, .no_bridge = true },
	{ "batch-del-beside", "the same, beside the parent", batch_del_shot, E0, E0, METRICS(batch),
	  GOALS(AT_MOST(0, 0.05, NAN)), NOWHERE, DELS, .no_bridge = true, .beside = true },
	/* A bridge has 1,023 ports, and these cases make twice 1,000 */
	{ "memory-taps", "memory of 1,000 taps that nobody has open", memory_shot, E0, E0,
	  METRICS(memory), GOALS(AT_MOST(0, 1, 0.87), { 1, VALUE_AT_MOST, 512, NAN }),
	  .layout = { LAYOUT_NONE, .taps = true }, .pairs = 3, .no_xdp = true, .no_bridge = true },
	{ "memory-taps-open", "memory of 1,000 taps that are open", memory_shot, E0, E0,
	  METRICS(memory), GOALS(AT_MOST(0, 1, 0.87), { 1, VALUE_AT_MOST, 512, NAN }),
	  .layout = { LAYOUT_NONE, .taps = true, .open = true }, .pairs = 3, .no_xdp = true,
	  .no_bridge = true },
	{ "batch-add-taps", "one batch adds 1,000 taps", batch_add_shot, E0, E0, METRICS(batch),
	  GOALS(AT_MOST(0, 1, 0.87)), .layout = { LAYOUT_NONE, .taps = true }, .pairs = 11,
	  .no_xdp = true, .beside = true },
	{ "batch-del-taps", "one batch deletes 1,000 taps", batch_del_shot, E0, E0, METRICS(batch),
	  GOALS(AT_MOST(0, 0.05, NAN)), .layout = { LAYOUT_NONE, .taps = true }, DELS,
	  .no_xdp = true, .no_bridge = true, .beside = true },
	{ "one", "one add, one del, as processes, beside 10 endpoints", add_del_shot, E0, E0,
	  METRICS(one), GOALS(AT_MOST(0, 2, 1.3), AT_MOST(2, 2, 1.3)), CROWD(10, "bridge"),
	  .pairs = 15, .no_bridge = true },
	{ "cni", "CNI without IPAM, beside 10 endpoints", CNI("", 100, 7) },
	{ "cni-ipam", "CNI with host-local, IPv4, beside 10 endpoints", CNI(IPAM4, 100, 7) },
	/* Duplicate address detection waits for a second and a random time */
	{ "cni-dual", "CNI with host-local, IPv4 and IPv6, beside 10 endpoints",
	  CNI(IPAM4 "," IPAM6, 1, 15), .control = 0.2 },
	/* The first ADD loads the programs */
	{ "cni-first", "CNI without IPAM, a parent's first endpoint", cni_first_shot, E0, E1,
	  METRICS(cni), NOWHERE, .ipam = "", .pairs = 15, .no_bridge = true, .control = 0.2 },
	READERS("cni-read-15", "100 CNI ADDs beside 1,000 endpoints, 8 readers, each every 15 s",
		15),
	READERS("cni-read-1", "the same, each every second", 1),
	SCALE("scale-1", "1 endpoint", 1, 1),
	SCALE("scale-10", "10 endpoints", 10, 1),
	SCALE("scale-100", "100 endpoints", 100, 1),
	SCALE("scale-1000", "1,000 endpoints", 1000, 1),
	SCALE("scale-10000", "10,000 endpoints", 10000, 1),
	SCALE("scale-100x10", "100 parents with 10 endpoints each", 1000, 100),
};

const unsigned int n_bench_cases = COUNT(bench_cases);
