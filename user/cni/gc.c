// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* GC: removes the endpoints of a network that the runtime does not list as valid */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/cleanup.h"
#include "cni/command.h"
#include "cni/ipam.h"
#include "cni/json.h"
#include "runtime/bpffs.h"

/* An endpoint of the network that is not in cni.dev/valid-attachments */
static bool gc_matches(const struct cni_request *r, const struct xm_endpoint_info *info)
{
	json_t *entry;
	size_t i;

	if (strcmp(info->owner->network, r->config.network))
		return false;
	json_array_foreach(r->config.valid_attachments, i, entry)
		if (!strcmp(cni_json_text(entry, "containerID"), info->owner->container) &&
		    !strcmp(cni_json_text(entry, "ifname"), info->requested_ifname))
			return false;
	return true;
}

/*
 * Runs the IPAM plugin with the list under the key of the specification too: a plugin that does not
 * know the old key would take the list for an empty one
 */
static void gc_run_ipam(const struct cni_request *r, struct cni_error *e)
{
	struct cni_request for_ipam = *r;
	char *list, *text = NULL;

	if (r->config.valid_is_old) {
		size_t len = r->input.len, size;

		list = cni_json_dump(r->config.valid_attachments, JSON_COMPACT);
		while (r->input.text[len - 1] != '}')
			len--;
		size = len + strlen(list) + sizeof(CNI_KEY_VALID) + 8;
		text = cni_malloc(size);
		for_ipam.input.text = text;
		for_ipam.input.len = snprintf(text, size, "%.*s,\"" CNI_KEY_VALID "\":%s}",
					      (int)len - 1, r->input.text, list);
		free(list);
	}
	cni_ipam_run(&for_ipam, "GC", NULL, e);
	free(text);
}

int cni_command_gc(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	bool missing = xm_bpffs_missing();

	(void)ret;
	/*
	 * An absent list, taken as an empty one, would make this plugin and the IPAM plugin remove
	 * everything. It is no error either, because a runtime takes an error for a failure of the
	 * network.
	 */
	if (!r->config.has_valid) {
		fprintf(stderr,
			"xmacvlan: GC: the configuration of network %s has no key " CNI_KEY_VALID
			": GC removes nothing\n",
			r->config.network);
		return 0;
	}
	if (!missing)
		cni_cleanup(r, gc_matches, e);
	if (!missing && r->config.link_in_container)
		cni_cleanup_containers(r, gc_matches, e);
	if (r->config.ipam_type)
		gc_run_ipam(r, e);
	return e->code;
}
