/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps of the fan-out. A chunk is two devmaps for XM_FANOUT_CHUNK slots, in the maps
 * `fanout_chunks` and `fanout_lasts`. Each has a pin of its own, fanout-N and fanout_last-N in the
 * parent's folder, for the reason that counters have one (stats_map.h).
 */
#ifndef XM_FANOUT_MAP_H
#define XM_FANOUT_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "pins/maps.h"

/*
 * Opens a devmap of the chunk, or creates and enters an empty one. dir: the parent's folder. last:
 * that of `fanout_lasts`. Returns a descriptor or a negative errno.
 */
int xm_fanout_map_open(const char *dir, const int maps[XM_MAP_COUNT], uint32_t chunk, bool last);

/* Enters a device, with the devmap program prog_fd if not 0. Returns 0 or a negative errno. */
int xm_fanout_map_set(int fd, uint32_t entry, uint32_t ifindex, int prog_fd);
/*
 * Before a port is written: the loop makes the copies for endpoints that are no members. Returns 0
 * or a negative errno.
 */
int xm_fanout_map_expect(const int maps[XM_MAP_COUNT], uint32_t slot);
/* The slot's endpoint is no member any more */
void xm_fanout_map_forget(const int maps[XM_MAP_COUNT], uint32_t slot);

/* What user space has set up of the fan-out, and what its programs count; zero when unreadable */
struct xm_fanout xm_fanout_map_read(const int maps[XM_MAP_COUNT]);
struct xm_fanout_flow xm_fanout_map_flow(const int maps[XM_MAP_COUNT]);
/* Returns 0 or a negative errno */
int xm_fanout_map_write(const int maps[XM_MAP_COUNT], const struct xm_fanout *f);

/* Reads which slots of the first `chunks` chunks are members: a bit for each slot */
void xm_fanout_map_members(const int maps[XM_MAP_COUNT], uint32_t chunks,
			   uint64_t ret[XM_MAX_SLOTS / 64]);
/* Writes the words in which the two differ. Returns 0 or a negative errno. */
int xm_fanout_map_set_members(const int maps[XM_MAP_COUNT], uint32_t chunks, const uint64_t *before,
			      const uint64_t *bits);
/* An entry of the map `fanout_listeners` */
struct xm_fanout_entry {
	struct xm_source_key key;
	struct xm_fanout_listeners value;
};

/* Whether the map has an entry; false for pins of an older version */
bool xm_fanout_map_has_listeners(const int maps[XM_MAP_COUNT]);
/* Whether the map has other entries than these, or more, or less */
bool xm_fanout_map_listeners_differ(const int maps[XM_MAP_COUNT],
				    const struct xm_fanout_entry *entries, size_t count);
/* Replaces all entries. Returns 0 or a negative errno. */
int xm_fanout_map_set_listeners(const int maps[XM_MAP_COUNT], const struct xm_fanout_entry *entries,
				size_t count);
/* Clears everything but the chunks, which the kernel empties with the devices */
void xm_fanout_map_clear(const int maps[XM_MAP_COUNT]);

/* Whether a pin may have that name */
bool xm_fanout_map_is_pin(const char *name);

#endif
