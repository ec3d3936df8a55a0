// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <unistd.h>

#include "netavark/commands.h"
#include "netavark/endpoint.h"
#include "netavark/lease.h"
#include "runtime/container.h"

/* When the pins are damaged or missing, the host end's alias still has the endpoint's name */
static void teardown_device(const struct netavark_request *r)
{
	int fd = xm_netns_open(r->netns, NULL);
	char name[XM_NAME_LEN];
	struct xm_container c;

	if (fd < 0)
		return;
	xm_attachment_name(&r->attachment, 'p', name);
	if (!xm_container_enter(&c, fd, r->attachment.ifname, NULL)) {
		xm_container_remove(&c, name, NULL);
		xm_container_leave(&c);
	}
	close(fd);
}

int netavark_teardown(const json_t *document, const char *netns, struct xm_err *e)
{
	struct netavark_request r;
	int err = netavark_request_read_owner(document, netns, &r, e);

	if (!err) {
		err = netavark_endpoint_remove(&r, e);
		if (err <= 0)
			teardown_device(&r);
		netavark_lease_end(&r);
	}
	netavark_request_free(&r);
	return err < 0 ? err : 0;
}
