// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "engine/kind_netkit.h"
#include "engine/kind_tap.h"
#include "engine/kind_veth.h"
#include "engine/kinds.h"
#include "net/netkit.h"

static const struct xm_kind *const kinds[XM_KIND_COUNT] = {
	[XM_KIND_VETH] = &xm_kind_veth,
	[XM_KIND_TAP] = &xm_kind_tap,
	[XM_KIND_NETKIT] = &xm_kind_netkit,
};

const struct xm_kind *xm_kind_by_id(uint8_t id)
{
	return kinds[id < XM_KIND_COUNT ? id : XM_KIND_VETH];
}

const struct xm_kind *xm_kind_of(const struct xm_endpoint *ep)
{
	return xm_kind_by_id(ep->rec.kind);
}

/*
 * By counted instructions a netkit is better for what is sent to the wire, a veth for everything
 * else (docs/design.md)
 */
uint8_t xm_kind_choose(const struct xm_parent *p, uint8_t mode, uint8_t *why)
{
	if (mode == XM_MODE_BRIDGE)
		*why = XM_KIND_WHY_SIBLINGS;
	else if (mode == XM_MODE_SOURCE)
		*why = XM_KIND_WHY_COPIES;
	else if (p->rec.xdp != XM_XDP_OFF)
		*why = XM_KIND_WHY_XDP;
	else if (!xm_netkit_exists(p->link.ifindex))
		*why = XM_KIND_WHY_NO_NETKIT;
	else
		*why = XM_KIND_WHY_WIRE;
	return *why == XM_KIND_WHY_WIRE ? XM_KIND_NETKIT : XM_KIND_VETH;
}

bool xm_kinds_have_link(const struct xm_link *link)
{
	for (size_t i = 0; i < XM_KIND_COUNT; i++)
		if (!strcmp(kinds[i]->link_kind, link->kind))
			return true;
	return false;
}
