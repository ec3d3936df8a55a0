// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <sys/socket.h>

#include "net/route.h"
#include "runtime/parent.h"

int xm_default_parent(struct xm_nl *nl, struct xm_link *ret, struct xm_err *e)
{
	int ifindex = xm_route_default(nl, AF_INET), err;

	if (!ifindex)
		ifindex = xm_route_default(nl, AF_INET6);
	if (ifindex < 0)
		return xm_fail(e, ifindex, "cannot read the routes: %s", xm_nl_why(nl, ifindex));
	if (!ifindex)
		return xm_fail(e, ENOENT, "there is no default route");
	err = xm_link_get(nl, XM_NSID_SELF, NULL, ifindex, ret);
	return err ? xm_fail(e, err, "the device of the default route cannot be read: %s",
			     xm_nl_why(nl, err))
		   : 0;
}
