// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that send, count and time frames in the kernel, the same on every side */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "progs.h"

#define NET_RX 3 /* linux/interrupt.h */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BENCH_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct softirq {
	__u64 begin, sum; /* nanoseconds */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct softirq);
} softirqs SEC(".maps");

/* Number of destinations of send_random; written by user space */
__u32 bench_targets;

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &what);

	if (n)
		++*n;
}

static __always_inline int count_delivery(void *data, void *end, int ours, int other)
{
	const __u8 *eth = data;

	if (data + 14 > end || eth[6] != BENCH_MAC_0 || eth[7] != BENCH_MAC_1 ||
	    eth[8] != BENCH_MAC_2)
		return other;
	count(BENCH_DELIVERED);
	return ours;
}

/* The cheapest receiver in an endpoint: it counts the frame and drops it */
SEC("xdp")
int count_xdp(struct xdp_md *ctx)
{
	return count_delivery((void *)(long)ctx->data, (void *)(long)ctx->data_end, XDP_DROP,
			      XDP_PASS);
}

SEC("tc")
int count_tc(struct __sk_buff *skb)
{
	return count_delivery((void *)(long)skb->data, (void *)(long)skb->data_end, TC_ACT_SHOT,
			      TC_ACT_UNSPEC);
}

SEC("xdp")
int send_fixed(struct xdp_md *ctx)
{
	(void)ctx;
	count(BENCH_SENT);
	return XDP_TX;
}

/* To a random endpoint */
SEC("xdp")
int send_random(struct xdp_md *ctx)
{
	__u8 *eth = (void *)(long)ctx->data;
	__u32 i;

	if (eth + 14 > (__u8 *)(long)ctx->data_end || !bench_targets)
		return XDP_DROP;
	i = bpf_get_prandom_u32() % bench_targets;
	eth[4] = i >> 8;
	eth[5] = i;
	count(BENCH_SENT);
	return XDP_TX;
}

/* To a MAC that no device has */
SEC("xdp")
int send_unknown(struct xdp_md *ctx)
{
	__u8 *eth = (void *)(long)ctx->data;
	__u32 i = bpf_get_prandom_u32();

	if (eth + 14 > (__u8 *)(long)ctx->data_end)
		return XDP_DROP;
	eth[0] = BENCH_MAC_0;
	eth[1] = BENCH_MAC_UNKNOWN;
	eth[2] = i >> 24;
	eth[3] = i >> 16;
	eth[4] = i >> 8;
	eth[5] = i;
	count(BENCH_SENT);
	return XDP_TX;
}

/* A CPU runs one softirq at a time, so one `begin` is enough */
SEC("raw_tp/softirq_entry")
int softirq_begin(struct bpf_raw_tracepoint_args *ctx)
{
	struct softirq *s;
	__u32 key = 0;

	if (ctx->args[0] != NET_RX)
		return 0;
	s = bpf_map_lookup_elem(&softirqs, &key);
	if (s)
		s->begin = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/softirq_exit")
int softirq_end(struct bpf_raw_tracepoint_args *ctx)
{
	struct softirq *s;
	__u32 key = 0;

	if (ctx->args[0] != NET_RX)
		return 0;
	s = bpf_map_lookup_elem(&softirqs, &key);
	if (s && s->begin)
		s->sum += bpf_ktime_get_ns() - s->begin;
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
