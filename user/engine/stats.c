// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counters of a slot: those of the programs, and drops that only the devices know of */
#include "engine/kinds.h"
#include "engine/stats.h"

int xm_slot_stats(struct xm_parent *p, uint32_t slot, struct xm_stats *ret)
{
	return xm_stats_map_read(p->dir, p->maps[XM_MAP_STATS], &p->chunk, slot, ret);
}

int xm_endpoint_stats(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_stats *ret)
{
	int err = xm_slot_stats(p, ep->slot, ret);

	if (!err)
		xm_kind_of(ep)->add_drops(ep, ret);
	return err;
}
