// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "engine/host_end.h"
#include "net/link.h"
#include "pins/pin_names.h"

bool xm_host_end_is(uint32_t slot, const struct xm_link *link)
{
	return !strcmp(link->kind, "veth") && (link->group == XM_LINK_GROUP_BASE + slot ||
					       link->group == XM_LINK_GROUP_PENDING_DELETE);
}

int xm_host_end_find(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *ret)
{
	struct xm_nl *nl = &p->engine->nl;
	char name[XM_NAME_LEN];
	int err = -ENODEV;

	if (ep->rec.host_ifindex)
		err = xm_link_get(nl, XM_NSID_SELF, NULL, ep->rec.host_ifindex, ret);
	if (err == -ENODEV || (!err && !xm_host_end_is(ep->slot, ret))) {
		xm_host_end_name(p->rec.parent_ifindex, ep->slot, name);
		err = xm_link_get(nl, XM_NSID_SELF, name, 0, ret);
	}
	if (err == -ENODEV || (!err && !xm_host_end_is(ep->slot, ret))) {
		xm_host_end_second_name(p->rec.parent_ifindex, ep->slot, name);
		err = xm_link_get(nl, XM_NSID_SELF, name, 0, ret);
	}
	return !err && !xm_host_end_is(ep->slot, ret) ? -ENODEV : err;
}
