// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Removes endpoints whose devices others have deleted, or that ended with their namespace */
#include <errno.h>

#include "engine/additional_mac_list.h"
#include "engine/endpoint_remove.h"
#include "engine/host_end.h"
#include "engine/parent_destroy.h"
#include "engine/parent_needs.h"
#include "engine/parent_sweep.h"
#include "engine/record.h"
#include "engine/slot_device.h"
#include "mac.h"

int xm_parent_sweep(struct xm_parent *p, struct xm_err *e)
{
	enum xm_delete_how how = xm_endpoint_delete_how(p->engine);
	size_t before = p->count, i = 0;
	int ret = 0;

	while (i < p->count && ret >= 0) {
		ret = xm_slot_has_device(p, p->endpoints[i].slot, e);
		if (ret)
			i++;
		else
			ret = xm_endpoint_remove(p, &p->endpoints[i], how, e);
	}
	if (ret >= 0 && p->count != before)
		ret = xm_parent_meet_needs(p, e);
	return ret < 0 ? ret : (int)(before - p->count);
}

bool xm_endpoint_has_ended(struct xm_parent *p, const struct xm_endpoint *ep)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link host_end, peer;

	if (!(ep->rec.port.flags & XM_PORT_OTHER_NETNS) || xm_host_end_find(p, ep, &host_end) ||
	    host_end.lower_nsid == XM_NSID_SELF)
		return false;
	/* -EINVAL: the id still exists, but the namespace has ended (get_net_ns_by_id()) */
	return host_end.lower_nsid == XM_NSID_ENDED ||
	       xm_link_get(nl, host_end.lower_nsid, NULL, host_end.lower, &peer) == -EINVAL;
}

int xm_parent_sweep_ended(struct xm_parent *p, const uint8_t *mac, struct xm_err *e)
{
	size_t before = p->count, i = 0;
	int err = 0;

	while (i < p->count && !err) {
		struct xm_endpoint *ep = &p->endpoints[i];

		if ((mac && !xm_mac_equal(mac, ep->rec.port.mac) &&
		     !xm_endpoint_has_additional_mac(ep, mac)) ||
		    !xm_endpoint_has_ended(p, ep))
			i++;
		else /* not XM_DELETE_PENDING: the next endpoint may get the slot */
			err = xm_endpoint_remove(p, ep, XM_DELETE_NOW, e);
	}
	if (!err && p->count != before)
		err = xm_parent_meet_needs(p, e);
	return err ? err : (int)(before - p->count);
}

int xm_parent_sweep_destroy_unused(struct xm_parent *p, struct xm_err *e)
{
	int ret = xm_parent_sweep(p, e);

	return ret < 0 ? ret : xm_parent_destroy_unused(p, e);
}
