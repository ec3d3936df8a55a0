// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* DEL: as much as can be, as often as one likes; without a namespace, a prevResult or a master */
#include <unistd.h>

#include "cni.h"

/* The endpoint lies where the master is: in the container's namespace with linkInContainer */
static int delete_endpoint(const struct cni_request *r, struct cni_error *e)
{
	struct cni_error gone = {};
	int netns_fd = -1, found, err;
	char name[XM_NAME_LEN];
	struct cni_session s;

	if (r->in_container) {
		netns_fd = r->env.netns[0] ? cni_netns_open(r, &gone) : -1;
		if (netns_fd < 0)
			return 0; /* it went with its namespace */
	}
	err = cni_session_open(&s, r, netns_fd, e);
	if (!err) {
		found = cni_session_find(&s, r, name, NULL, e);
		err = found < 0 ? e->code : 0;
		if (found > 0)
			err = cni_session_del(&s, name, e);
		cni_session_close(&s);
	}
	if (netns_fd >= 0)
		close(netns_fd);
	return err;
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
