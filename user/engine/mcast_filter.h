/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A parent's exact multicast filter: which endpoint has joined which group address (map
 * mcast_groups), and until when that is exact (map groups_valid). Only the watcher writes it. A
 * filter works without a session of the engine and without its lock: no command writes these maps.
 */
#ifndef XM_MCAST_FILTER_H
#define XM_MCAST_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

struct xm_parent;
struct xm_mcast_filter;

/* Opens the filter of a loaded parent; it outlives the session. NULL: errno has the reason. */
struct xm_mcast_filter *xm_mcast_filter_open(const struct xm_parent *p);
void xm_mcast_filter_close(struct xm_mcast_filter *f);

/*
 * Whether the filter is that of this parent; false after the parent was detached and attached again
 */
bool xm_mcast_filter_is_of(const struct xm_mcast_filter *f, const struct xm_parent *p);

/*
 * Adds or removes an entry; one that is there already, or gone already, is no error. Returns 0 or a
 * negative errno.
 */
int xm_mcast_filter_add(struct xm_mcast_filter *f, uint32_t slot, const uint8_t mac[XM_MAC_LEN]);
int xm_mcast_filter_del(struct xm_mcast_filter *f, uint32_t slot, const uint8_t mac[XM_MAC_LEN]);

/* Calls each() for every entry until it returns other than 0. Returns that, or 0. */
int xm_mcast_filter_each(struct xm_mcast_filter *f,
			 int (*each)(uint32_t slot, const uint8_t *mac, void *data), void *data);

/*
 * The filter is exact until this time, CLOCK_MONOTONIC of the root time namespace in ns; 0: it is
 * not
 */
void xm_mcast_filter_valid_until(struct xm_mcast_filter *f, uint64_t until);

#endif
