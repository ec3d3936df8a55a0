/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bench.bpf.c and the bench share. */
#ifndef BENCH_PROGS_H
#define BENCH_PROGS_H

/* The first bytes of the MACs of all that take part */
#define BENCH_MAC_0		0x02
#define BENCH_MAC_1		0xbe
#define BENCH_MAC_2		0x7c
#define BENCH_MAC_UNKNOWN	0xbf	/* [1] of what nobody has */

enum bench_counter { BENCH_DELIVERED, BENCH_SENT, BENCH_COUNTERS };

#endif
