// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "engine/kind_tap.h"
#include "engine/kind_veth.h"
#include "engine/kinds.h"

static const struct xm_kind *const kinds[XM_KIND_COUNT] = {
	[XM_KIND_VETH] = &xm_kind_veth,
	[XM_KIND_TAP] = &xm_kind_tap,
};

const struct xm_kind *xm_kind_by_id(uint8_t id)
{
	return kinds[id < XM_KIND_COUNT ? id : XM_KIND_VETH];
}

const struct xm_kind *xm_kind_of(const struct xm_endpoint *ep)
{
	return xm_kind_by_id(ep->rec.kind);
}

bool xm_kinds_have_link(const struct xm_link *link)
{
	for (size_t i = 0; i < XM_KIND_COUNT; i++)
		if (!strcmp(kinds[i]->link_kind, link->kind))
			return true;
	return false;
}
