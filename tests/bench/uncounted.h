/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * In place of bpf/stats.h: the programs count nothing. Included before everything else of a
 * program (-include), whose own #include of stats.h then adds nothing.
 */
#define XM_STATS_H

#include "maps.h"

static __always_inline void xm_count_rx(__u32 slot, __u32 bytes, bool is_group)
{
	(void)slot, (void)bytes, (void)is_group;
}

static __always_inline void xm_count_tx(__u32 slot, __u32 bytes)
{
	(void)slot, (void)bytes;
}

static __always_inline void xm_count_drops(__u32 slot, __u32 reason, __u64 frames)
{
	(void)slot, (void)reason, (void)frames;
}

static __always_inline void xm_count_drop(__u32 slot, __u32 reason)
{
	(void)slot, (void)reason;
}
