// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* GC: removes the endpoints of a network that the runtime does not list as valid */
#include <string.h>

#include "cni/bpffs.h"
#include "cni/cleanup.h"
#include "cni/command.h"
#include "cni/ipam.h"
#include "cni/json.h"

/* An endpoint of the network that is not in cni.dev/valid-attachments */
static bool gc_matches(const struct cni_request *r, const struct xm_endpoint_info *info)
{
	json_t *entry;
	size_t i;

	if (strcmp(info->owner->network, r->config.network))
		return false;
	json_array_foreach(r->config.valid_attachments, i, entry)
		if (!strcmp(cni_json_text(entry, "containerID"), info->owner->container) &&
		    !strcmp(cni_json_text(entry, "ifname"), info->ifname))
			return false;
	return true;
}

int cni_command_gc(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	bool missing = cni_bpffs_missing();

	(void)ret;
	if (!missing)
		cni_cleanup(r, gc_matches, e);
	if (!missing && r->config.link_in_container)
		cni_cleanup_containers(r, gc_matches, e);
	if (r->config.ipam_type)
		cni_ipam_run(r, "GC", NULL, e);
	return e->code;
}
