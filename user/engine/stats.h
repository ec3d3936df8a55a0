/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: counters. Both return 0 or a negative errno; no *e. */
#ifndef XM_ENGINE_STATS_H
#define XM_ENGINE_STATS_H

#include "engine/state.h"

/* What the programs counted for a slot (XM_SLOT_PARENT: the parent itself), summed over the CPUs */
int xm_slot_stats(struct xm_parent *p, uint32_t slot, struct xm_stats *ret);
/*
 * The same for an endpoint, plus what its devices dropped. xm_sync_endpoint() or
 * xm_reader_endpoint() has read the devices.
 */
int xm_endpoint_stats(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_stats *ret);

#endif
