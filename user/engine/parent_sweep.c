// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Endpoints whose devices were deleted by others, or died with their namespace */
#include "engine/endpoint.h"
#include "engine/parent.h"

int xm_parent_sweep(struct xm_parent *p, struct xm_err *e)
{
	enum xm_delete_how how = xm_delete_how(p->engine);
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
		ret = xm_parent_update(p, e);
	return ret < 0 ? ret : (int)(before - p->count);
}

int xm_parent_sweep_destroy_unused(struct xm_parent *p, struct xm_err *e)
{
	int ret = xm_parent_sweep(p, e);

	return ret < 0 ? ret : xm_parent_destroy_unused(p, e);
}
