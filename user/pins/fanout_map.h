/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The chunks of the fan-out: a devmap for XM_FANOUT_CHUNK slots, in the map `fanout_chunks`. A
 * chunk has a pin of its own, fanout-N in the parent's folder, for the reason that counters have
 * one (stats_map.h).
 */
#ifndef XM_FANOUT_MAP_H
#define XM_FANOUT_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "pins/maps.h"

/*
 * Opens the chunk, or creates and enters an empty one. dir: the parent's folder. Returns a
 * descriptor or a negative errno.
 */
int xm_fanout_map_open(const char *dir, int chunks_fd, uint32_t chunk);

/* Enters a device, with the devmap program prog_fd if not 0. Returns 0 or a negative errno. */
int xm_fanout_map_set(int fd, uint32_t entry, uint32_t ifindex, int prog_fd);
/*
 * Before a port is written: the loop makes the copies for endpoints that are no members. Returns 0
 * or a negative errno.
 */
int xm_fanout_map_expect(const int maps[XM_MAP_COUNT], uint32_t slot);
/* The slot's endpoint is no member any more */
void xm_fanout_map_forget(const int maps[XM_MAP_COUNT], uint32_t slot);

/* Whether a pin may have that name */
bool xm_fanout_map_is_pin(const char *name);

#endif
