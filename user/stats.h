/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters: a per-CPU array for each chunk of XM_STATS_CHUNK slots, in the map `stats` */
#ifndef XM_COUNTERS_H
#define XM_COUNTERS_H

#include <stdint.h>

#include "../bpf/abi.h"
#include "err.h"

/* The chunk that was used last: slots are used one after the other */
struct xm_chunk {
	uint32_t number;
	int fd; /* -1: none yet */
	uint32_t clean; /* counters from this one on are zero: the chunk is new and nobody had them */
};

void xm_chunk_init(struct xm_chunk *c);
void xm_chunk_close(struct xm_chunk *c);

/* Makes sure that a slot has counters, and zeroes them. 0 or -errno, said. */
int xm_stats_prepare(int stats_fd, struct xm_chunk *c, uint32_t slot, struct xm_err *e);

/* Sum of a slot's counters over all CPUs. 0 or -errno. */
int xm_stats_read(int stats_fd, struct xm_chunk *c, uint32_t slot, struct xm_stats *ret);

/* Waits for what xm_stats_prepare() left running */
void xm_stats_finish(void);

#endif
