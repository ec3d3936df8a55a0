/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the endpoints to which a fan-out copies. The loop copies to the others. */
#ifndef XM_FANOUT_MEMBERS_H
#define XM_FANOUT_MEMBERS_H

#include "engine/state.h"
#include "pins/fanout_map.h"

/* What the maps are to have, and what they have */
struct xm_fanout_members {
	uint64_t bits[XM_MAX_SLOTS / 64], before[XM_MAX_SLOTS / 64];
	struct xm_fanout fanout, old;
	struct xm_fanout_entry listeners[XM_MAX_FANOUT_LISTENERS];
	size_t listeners_count;
};

/*
 * near: ifindex of the pair's near end; copies_min: as in struct xm_fanout. Does not fill the
 * listeners (fanout_listeners.h).
 */
void xm_fanout_members_read(const struct xm_parent *p, uint32_t near, uint32_t copies_min,
			    struct xm_fanout_members *ret);
bool xm_fanout_members_differ(const struct xm_parent *p, const struct xm_fanout_members *m);
/*
 * Writes the maps, while the loop makes all copies: a frame under way would reach an endpoint by
 * both ways, or by none. Returns 0 or a negative errno.
 */
int xm_fanout_members_enter(struct xm_parent *p, const struct xm_fanout_members *m);

/* Reads which peer ends have NAPI: their users have turned GRO off or on */
void xm_fanout_members_read_napi(struct xm_parent *p);

#endif
