// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is measured. */
#include "bench.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct metric bulk[] = {
	{ "throughput", "Gb/s", false },
	{ "CPU", "ns/byte", false },
};

/* CPU: the sender's and the path's, without the polling receiver's. */
static const struct metric packets[] = {
	{ "delivered", "Mpps", false },
	{ "CPU", "ns/packet", false },
	{ "lost at the socket", "%", true },
};

static const struct metric latency[] = {
	{ "p50", "µs", false },
	{ "p99", "µs", false },
	{ "p99.9", "µs", false },
	{ "CPU", "µs/transaction", false },
};

#define METRICS(m) .metrics = (m), .n_metrics = COUNT(m)

const struct bench_case bench_cases[] = {
	{ "tcp-w2e", "TCP bulk, wire → endpoint", tcp_shot, WIRE, E0, METRICS(bulk) },
	{ "tcp-e2w", "TCP bulk, endpoint → wire", tcp_shot, E0, WIRE, METRICS(bulk) },
	{ "tcp-e2e", "TCP bulk, endpoint → endpoint", tcp_shot, E0, E1, METRICS(bulk) },
	{ "udp-w2e", "64 B UDP, wire → endpoint (driver's frames)", live_shot, WIRE, E0,
	  METRICS(packets) },
	{ "udp-e2w", "64 B UDP, endpoint → wire (sendmmsg)", udp_shot, E0, WIRE, METRICS(packets) },
	{ "rr-udp-w", "request/response UDP, wire ↔ endpoint", rr_shot, WIRE, E0,
	  METRICS(latency) },
	{ "rr-udp-e", "request/response UDP, endpoint ↔ endpoint", rr_shot, E0, E1,
	  METRICS(latency) },
	{ "rr-tcp-w", "request/response TCP, wire ↔ endpoint", rr_shot, WIRE, E0, .tcp = true,
	  METRICS(latency) },
	{ "rr-tcp-e", "request/response TCP, endpoint ↔ endpoint", rr_shot, E0, E1, .tcp = true,
	  METRICS(latency) },
};

const unsigned int n_bench_cases = COUNT(bench_cases);
