/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Constants that bench.bpf.c and the bench share */
#ifndef BENCH_PROGS_H
#define BENCH_PROGS_H

/* The first bytes of all MACs */
#define BENCH_MAC_0	  0x02
#define BENCH_MAC_1	  0xbe
#define BENCH_MAC_2	  0x7c
#define BENCH_MAC_UNKNOWN 0xbf /* byte [1] of MACs that no device has */

enum bench_counter { BENCH_DELIVERED, BENCH_SENT, BENCH_COUNTERS };

#endif
