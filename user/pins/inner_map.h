/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The inner maps of a map of maps: chunks of the counters, chunks of the fan-out */
#ifndef XM_INNER_MAP_H
#define XM_INNER_MAP_H

#include <bpf/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* The keys are 32-bit indexes */
struct xm_inner_shape {
	enum bpf_map_type type;
	const char *name;
	uint32_t value_size, entries;
};

/*
 * Creates a map and pins it. path NULL: it is pinned later. Returns a descriptor, or a negative
 * errno and fills *e.
 */
int xm_inner_map_create(const struct xm_inner_shape *shape, const char *path, struct xm_err *e);
int xm_inner_map_pin(int fd, const char *path, struct xm_err *e);

/* Whether the map of maps has that chunk, and the id of its map */
bool xm_inner_map_id(int outer_fd, uint32_t chunk, uint32_t *id);

/*
 * Enters a map into a map of maps, without waiting for the grace period. Returns 0 or a negative
 * errno.
 */
int xm_inner_map_insert(int outer_fd, uint32_t chunk, int fd);
/* Waits for the threads that xm_inner_map_insert() started */
void xm_inner_maps_finish(void);

#endif
