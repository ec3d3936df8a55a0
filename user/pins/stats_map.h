/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters: a per-CPU array for each chunk of XM_STATS_CHUNK slots, in the map `stats`. A chunk has
 * a pin of its own, stats-N in the parent's folder, for opening it by the id that `stats` has takes
 * CAP_SYS_ADMIN. Functions return 0 or a negative errno and fill *e where they have one.
 */
#ifndef XM_STATS_MAP_H
#define XM_STATS_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

/* The chunk that was used last: neighbouring slots are used one after the other */
struct xm_chunk {
	uint32_t number;
	int fd; /* -1: none yet */
	uint32_t clean; /* counters from this one on are zero, for the chunk is new */
};

void xm_chunk_init(struct xm_chunk *c);
void xm_chunk_close(struct xm_chunk *c);

/*
 * Makes sure that a slot has counters, and zeroes them. dir: the parent's folder; NULL: there is
 * none yet, and a new chunk has to be pinned by xm_stats_map_pin().
 */
int xm_stats_map_prepare(const char *dir, int stats_fd, struct xm_chunk *c, uint32_t slot,
			 struct xm_err *e);
int xm_stats_map_pin(const char *dir, const struct xm_chunk *c, struct xm_err *e);

/* The sum of a slot's counters over all CPUs */
int xm_stats_map_read(const char *dir, int stats_fd, struct xm_chunk *c, uint32_t slot,
		      struct xm_stats *ret);

/* Whether a pin may have that name */
bool xm_stats_map_is_pin(const char *name);

#endif
