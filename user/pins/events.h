/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Places in the maps `listeners`: by them programs report to this process. A process that dies
 * leaves nothing: the kernel takes its perf events out of the map `events`, and its place is free
 * XM_LISTEN_AHEAD_NS later. Functions return 0 or a negative errno and fill *e where they have one.
 */
#ifndef XM_PINS_EVENTS_H
#define XM_PINS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"
#include "pins/perf.h"

#define XM_LISTEN_AHEAD_NS 3000000000ull /* a listener renews its place every second */

/* A place in the map `listeners` of one parent */
struct xm_place;

struct xm_place_request {
	uint32_t what; /* enum xm_listen */
	uint32_t slot; /* 0: all endpoints and the parent */
	uint32_t snap_len; /* octets of each frame, at most 0xffff */
};

/*
 * Takes a place in the pins in `dir`. -ENOENT: there is no such folder, or its maps are of an ABI
 * before XM_EVENTS_MINOR; -EBUSY: others have all places. Then *e is not filled.
 */
int xm_place_take(const struct xm_perf *perf, const char *dir,
		  const struct xm_place_request *request, struct xm_place **ret, struct xm_err *e);
/*
 * Renews the place for another XM_LISTEN_AHEAD_NS, or takes another one when it was taken by
 * another process meanwhile. -EBUSY: others have all places.
 */
int xm_place_renew(struct xm_place *place);
/* Whether `dir` still has the map of this place */
bool xm_place_is_current(const struct xm_place *place, const char *dir);
/* Gives the place back. NULL is allowed. */
void xm_place_leave(struct xm_place *place);
/* The id in events for this place (xm_event.listener) */
uint32_t xm_place_id(const struct xm_place *place);
/* Number of possible CPUs */
unsigned int xm_possible_cpus(void);
/* Writes what event_limits has suppressed of a reason on each possible CPU */
int xm_place_suppressed(const struct xm_place *place, uint32_t reason, uint64_t *ret);

#endif
