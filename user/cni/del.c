// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* DEL: as much as can be, as often as one likes; without a namespace, a prevResult or a master */
#include <string.h>
#include <unistd.h>

#include "cni/cni.h"

/* What the request is about */
static bool is_meant(const struct cni_request *r, const struct xm_endpoint_info *info)
{
	return !strcmp(info->owner->container, r->env.container) && !strcmp(info->ifname, r->env.ifname);
}

/* Whether it was there: 1, 0, or -1: said. netns_fd as of cni_session_open(). */
static int delete_there(const struct cni_request *r, int netns_fd, struct cni_error *e)
{
	char name[XM_NAME_LEN];
	struct cni_session s;
	int found;

	if (cni_session_open(&s, r, netns_fd, e))
		return -1;
	found = cni_session_find(&s, r, name, NULL, e);
	if (found > 0 && cni_session_del(&s, name, e))
		found = -1;
	if (!found) {
		/* What lost its owner still has its name */
		cni_endpoint_name(r, name);
		found = !xm_engine_del(s.engine, name, NULL);
	}
	cni_session_close(&s);
	return found;
}

/*
 * The endpoint lies where the master is: with linkInContainer in the container's namespace, to which a runtime
 * may not lead us any more though it lives
 */
static int delete_endpoint(const struct cni_request *r, struct cni_error *e)
{
	struct cni_error gone = {};
	int netns_fd = r->env.netns[0] ? cni_netns_open(r, &gone) : -1;
	bool none = cni_bpffs_none();
	int found = 0;

	if (!none && (!r->in_container || netns_fd >= 0))
		found = delete_there(r, r->in_container ? netns_fd : -1, e);
	if (!none && r->in_container && !found)
		cni_cleanup_containers(r, is_meant, e);
	if (netns_fd >= 0) {
		/* Its pins may be gone, damaged or of another version: the device tells by its other end */
		if (found <= 0)
			cni_inside_remove(r, netns_fd, e);
		close(netns_fd);
	}
	return e->code;
}

int cni_del_parts(const struct cni_request *r, bool lease, struct cni_error *e)
{
	/* The lease first: a DHCP client gives it back by the device */
	if (lease)
		cni_ipam_run(r, "DEL", NULL, e);
	delete_endpoint(r, e);
	return e->code;
}

int cni_del(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	(void)ret;
	return cni_del_parts(r, r->ipam, e);
}
