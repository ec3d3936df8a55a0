// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* GC: of this network, what the runtime does not call valid is removed, past whatever cannot be */
#include <string.h>

#include "cni/cni.h"

static bool is_garbage(const struct cni_request *r, const struct xm_endpoint_info *info)
{
	json_t *one;
	size_t i;

	if (strcmp(info->owner->network, r->name))
		return false;
	json_array_foreach(r->valid, i, one)
		if (!strcmp(json_string_value(cni_key(one, "containerID")), info->owner->container) &&
		    !strcmp(json_string_value(cni_key(one, "ifname")), info->ifname))
			return false;
	return true;
}

int cni_gc(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	bool none = cni_bpffs_none();

	(void)ret;
	if (!none)
		cni_cleanup(r, is_garbage, e);
	if (!none && r->in_container)
		cni_cleanup_containers(r, is_garbage, e);
	if (r->ipam)
		cni_ipam_run(r, "GC", NULL, e);
	return e->code;
}
