/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: of which MACs the fan-out makes the copies for listeners, and in which
 * chunks these are. The loop makes those of the other MACs.
 */
#ifndef XM_FANOUT_LISTENERS_H
#define XM_FANOUT_LISTENERS_H

#include "engine/fanout_members.h"

/* Which MACs are worth it */
struct xm_fanout_listeners_policy {
	size_t listeners_min;
	size_t others_max; /* members of the same chunks that do not listen, for each listener */
};

/* Fills m->listeners. m->bits has the members. Returns 0 or a negative errno and fills *e. */
int xm_fanout_listeners_read(const struct xm_parent *p,
			     const struct xm_fanout_listeners_policy *policy,
			     struct xm_fanout_members *m, struct xm_err *e);

#endif
