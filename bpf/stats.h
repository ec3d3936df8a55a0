/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters. A counter that cannot be found never changes a verdict. */
#ifndef XM_STATS_H
#define XM_STATS_H

#include "maps.h"

static __always_inline struct xm_stats *xm_stats_of(__u32 slot)
{
	__u32 chunk = slot / XM_STATS_CHUNK;
	__u32 index = slot % XM_STATS_CHUNK;
	void *inner = bpf_map_lookup_elem(&stats, &chunk);

	return inner ? bpf_map_lookup_elem(inner, &index) : NULL;
}

static __always_inline void xm_count_rx(__u32 slot, __u32 bytes, bool is_group)
{
	struct xm_stats *s = xm_stats_of(slot);

	if (!s)
		return;
	s->rx_packets++;
	s->rx_bytes += bytes;
	if (is_group)
		s->rx_multicast++;
}

static __always_inline void xm_count_tx(__u32 slot, __u32 bytes)
{
	struct xm_stats *s = xm_stats_of(slot);

	if (!s)
		return;
	s->tx_packets++;
	s->tx_bytes += bytes;
}

/* Global: the verifier walks through it once, not once for each path that ends with a drop */
__attribute__((noinline)) int xm_count_drops(__u32 slot, __u32 reason, __u64 frames)
{
	struct xm_stats *s = xm_stats_of(slot);
	__u64 index = reason;

	/* Keeps clang from comparing before it extends the number, whose bounds would be lost */
	asm volatile("" : "+r"(index));
	if (s && index < XM_REASON_MAX)
		s->drops[index] += frames;
	return 0;
}

static __always_inline void xm_count_drop(__u32 slot, __u32 reason)
{
	xm_count_drops(slot, reason, 1);
}

#endif
