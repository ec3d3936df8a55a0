// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an interrupted command left of a parent and its endpoints is completed or undone */
#include <string.h>

#include "engine/attach.h"
#include "engine/endpoint.h"
#include "engine/parent.h"
#include "engine/sync.h"

/* Returns 1 when the endpoint was removed, 0, or a negative errno */
static int repair_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int ret;

	if (ep->rec.state == XM_ENDPOINT_READY)
		return 0;
	ret = ep->rec.state == XM_ENDPOINT_PARTIAL ? 0 : xm_slot_has_device(p, ep->slot, e);
	if (ret < 0)
		return ret;
	if (ret)
		return xm_endpoint_complete_change(p, ep, e);
	/* a killed batch may have left many */
	ret = xm_endpoint_remove(p, ep, XM_DELETE_PENDING, e);
	return ret ? ret : 1;
}

static int repair_endpoints(struct xm_parent *p, struct xm_err *e)
{
	int ret = 0;

	for (size_t i = 0; i < p->count && ret >= 0; i += !ret)
		ret = repair_endpoint(p, &p->endpoints[i], e);
	return ret < 0 ? ret : xm_parent_delete_pending(p, e);
}

int xm_parent_repair(struct xm_parent *p, struct xm_err *e)
{
	int err = 0;

	xm_tc_sweep(p);
	if (!xm_xdp_is_current(p))
		err = xm_xdp_apply(p, e);
	if (!err)
		err = repair_endpoints(p, e);
	/* A watcher that died while the parent had no carrier cannot give the carrier back */
	if (!err && p->link.flags & XM_LINK_CARRIER)
		err = xm_carrier_set_down(p, false, e);
	if (err)
		return err;
	if (!(p->config.features & XM_FEATURE_PASSTHRU))
		memcpy(p->config.parent_mac, p->link.mac, XM_MAC_LEN);
	return xm_parent_update(p, e);
}
