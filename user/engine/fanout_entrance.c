// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <time.h>

#include "base/clock.h"
#include "engine/fanout_entrance.h"
#include "engine/record.h"
#include "pins/fanout_map.h"

/* Frames that are on their way get so long, then as long again when no frame follows them */
#define DRAIN_MS 100

/* Whether a frame may be under way, or its last copies in the rings of endpoints */
static bool is_under_way(const struct xm_parent *p)
{
	struct xm_fanout_flow flow = xm_fanout_map_flow(p->maps);

	return flow.sent != flow.ended ||
	       (!flow.returned && xm_now_ns() < flow.progress + XM_FANOUT_SETTLE_NS);
}

static void wait_1_ms(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void drain(const struct xm_parent *p)
{
	for (int ms = 0; ms < DRAIN_MS && p->alive && is_under_way(p); ms++)
		wait_1_ms();
}

void xm_fanout_close_entrance(struct xm_parent *p)
{
	struct xm_fanout f = xm_fanout_map_read(p->maps);

	if (!(p->config.uses & XM_USES_FANOUT))
		return;
	f.closing = 1;
	xm_fanout_map_write(p->maps, &f);
	drain(p);
	p->config.uses &= ~XM_USES_FANOUT;
	xm_parent_commit(p, NULL);
	wait_1_ms(); /* a program that has read the former uses counts its frame */
	drain(p);
}

void xm_fanout_hold_listeners(struct xm_parent *p)
{
	p->fanout_stale = true;
	if (p->config.uses & XM_USES_FANOUT && xm_fanout_map_has_listeners(p->maps))
		xm_fanout_close_entrance(p);
}
