// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the watcher calls: each parent and each endpoint brought into line */
#include "engine/carrier.h"
#include "engine/endpoint_mac.h"
#include "engine/gone.h"
#include "engine/parent_lock.h"
#include "engine/parent_sweep.h"
#include "engine/record.h"
#include "engine/sync.h"
#include "engine/watcher_calls.h"

int xm_engine_sync_parent(struct xm_parent *p, bool whole, struct xm_err *e)
{
	int err = xm_parent_sweep_destroy_unused(p, e);

	if (err || p->destroyed)
		return err ? err : 1;
	return xm_gone_parent(p, xm_sync_parent(p, whole, XM_CARRIER_FOLLOW, e), e);
}

int xm_engine_sync_endpoint(struct xm_parent *p, struct xm_endpoint *ep,
			    struct xm_endpoint_info *ret, struct xm_err *e)
{
	int err = xm_sync_endpoint(p, ep, XM_CARRIER_FOLLOW, e);

	err = xm_gone_endpoint(p, ep, err, e);
	xm_endpoint_describe(ep, ret);
	ret->device = ep->device;
	ret->shares_mac = xm_endpoint_shares_mac(p, ep);
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

int xm_engine_restore_carrier(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e)
{
	struct xm_parent *p;
	int err = xm_parent_lock(engine, ifindex, &p, e);

	if (err > 0) {
		err = p->loaded ? xm_carrier_set(p, true, e) : 0;
		xm_parents_unlock(engine);
	}
	return err;
}

int xm_engine_list(struct xm_engine *engine, uint32_t **ret, struct xm_err *e)
{
	return xm_parents_list_pinned(engine, ret, e);
}

int xm_engine_lock_parent(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
			  struct xm_err *e)
{
	return xm_parent_lock(engine, ifindex, ret, e);
}

void xm_engine_unlock(struct xm_engine *engine)
{
	xm_parents_unlock(engine);
}
