// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "engine/host_end.h"
#include "engine/kinds.h"
#include "net/link.h"

bool xm_host_end_is(uint32_t slot, const struct xm_link *link)
{
	return xm_kinds_have_link(link) && (link->group == XM_LINK_GROUP_BASE + slot ||
					    link->group == XM_LINK_GROUP_PENDING_DELETE);
}

void xm_host_end_record(struct xm_endpoint *ep, const struct xm_link *host_end)
{
	bool has_peer = xm_kind_of(ep)->has_peer;

	ep->rec.peer_ifindex = has_peer ? host_end->lower : host_end->ifindex;
	ep->rec.peer_nsid = has_peer ? host_end->lower_nsid : XM_NSID_SELF;
}

int xm_host_end_find(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *ret)
{
	const struct xm_kind *kind = xm_kind_of(ep);
	struct xm_nl *nl = &p->engine->nl;
	char name[XM_NAME_LEN];
	int err = -ENODEV;

	if (ep->rec.host_ifindex)
		err = xm_link_get(nl, XM_NSID_SELF, NULL, ep->rec.host_ifindex, ret);
	if (err == -ENODEV || (!err && !xm_host_end_is(ep->slot, ret))) {
		kind->host_end_name(ep, p->rec.parent_ifindex, name);
		err = xm_link_get(nl, XM_NSID_SELF, name, 0, ret);
	}
	if (kind->host_end_second_name &&
	    (err == -ENODEV || (!err && !xm_host_end_is(ep->slot, ret)))) {
		kind->host_end_second_name(ep, p->rec.parent_ifindex, name);
		err = xm_link_get(nl, XM_NSID_SELF, name, 0, ret);
	}
	return !err && !xm_host_end_is(ep->slot, ret) ? -ENODEV : err;
}
