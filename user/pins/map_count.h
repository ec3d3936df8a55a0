/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How full a map is */
#ifndef XM_MAP_COUNT_H
#define XM_MAP_COUNT_H

#include <stdint.h>

/*
 * Counts the elements of a hash or a trie, and reads how many it takes. While others change the map
 * an element may be missed or counted twice. Returns 0 or a negative errno.
 */
int xm_map_count(int fd, uint32_t *used, uint32_t *max);

#endif
