// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* DEL: may be repeated, and works without a namespace, a prevResult or a master */
#include <string.h>
#include <unistd.h>

#include "cni/cleanup.h"
#include "cni/command.h"
#include "cni/container.h"
#include "cni/ipam.h"
#include "cni/naming.h"
#include "cni/netns.h"
#include "cni/session.h"
#include "runtime/bpffs.h"

/*
 * In the network namespace of the descriptor, or in the current one (-1). Returns 1 when it removed
 * an endpoint, 0 when there is none, or -1 and fills *e.
 */
static int del_endpoint_in(const struct cni_request *r, int netns_fd, struct cni_error *e)
{
	char name[XM_NAME_LEN];
	struct cni_session s;
	int found;

	if (cni_session_open(&s, netns_fd, e))
		return -1;
	found = cni_session_find_own(&s, r, name, e);
	if (found > 0 && cni_session_del(&s, name, e))
		found = -1;
	if (!found) {
		/* An endpoint that lost its entry in the map `owners` still has its name */
		cni_endpoint_name(r, name);
		found = !xm_engine_del(s.engine, name, NULL);
	}
	cni_session_close(&s);
	return found;
}

/*
 * The endpoint is in the network namespace of the master. With linkInContainer that is the
 * container's, which may exist though CNI_NETNS no longer leads there.
 */
static int del_endpoint(const struct cni_request *r, struct cni_error *e)
{
	bool in_container = r->config.link_in_container, missing = xm_bpffs_missing();
	struct cni_error unused = {};
	int netns_fd = -1, found = 0;

	if (r->env.netns[0])
		cni_netns_open(&r->env, &netns_fd, &unused);
	if (!missing && (!in_container || netns_fd >= 0))
		found = del_endpoint_in(r, in_container ? netns_fd : -1, e);
	if (!missing && in_container && !found)
		cni_cleanup_containers(r, cni_request_owns, e);
	if (netns_fd >= 0) {
		/*
		 * When the pins are damaged or missing, the host end's alias still has the
		 * endpoint's name
		 */
		if (found <= 0)
			cni_container_remove(r, netns_fd, e);
		close(netns_fd);
	}
	return e->code;
}

int cni_attachment_remove(const struct cni_request *r, bool has_lease, struct cni_error *e)
{
	/* The lease first: a DHCP client gives it back through the device */
	if (has_lease)
		cni_ipam_run(r, "DEL", NULL, e);
	return del_endpoint(r, e);
}

int cni_command_del(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	(void)ret;
	return cni_attachment_remove(r, r->config.ipam_type, e);
}
