// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the watcher calls: each parent and each endpoint brought into line */
#include "engine/carrier.h"
#include "engine/parent_list.h"
#include "engine/parent_sweep.h"
#include "engine/record.h"
#include "engine/sync.h"
#include "engine/watcher_calls.h"

int xm_parent_sync(struct xm_parent *p, bool whole, struct xm_err *e)
{
	int err = xm_parent_sweep_destroy_unused(p, e);

	if (err || p->detached)
		return err ? err : 1;
	return xm_follow_parent(p, whole, XM_CARRIER_FOLLOW, e);
}

int xm_endpoint_sync(struct xm_parent *p, struct xm_endpoint *ep, struct xm_endpoint_info *ret,
		     struct xm_err *e)
{
	int err = xm_follow_endpoint(p, ep, XM_CARRIER_FOLLOW, e);

	xm_endpoint_describe(ep, ret);
	ret->device = ep->peer;
	return err;
}

int xm_endpoint_set_mcast_filtered(struct xm_parent *p, struct xm_endpoint *ep, bool filtered,
				   struct xm_err *e)
{
	if (filtered == !!(ep->rec.port.flags & XM_PORT_MCAST_FILTERED))
		return 0;
	ep->rec.port.flags ^= XM_PORT_MCAST_FILTERED;
	return xm_endpoint_commit(p, ep, e);
}

static int parent_restore_carrier(struct xm_parent *p, struct xm_err *e)
{
	return xm_carrier_set_down(p, false, e);
}

int xm_engine_restore_carrier(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);

	return err ? err : xm_parents_each(engine, parent_restore_carrier, e);
}
