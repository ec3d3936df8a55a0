/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CNI_ROUTE_CHECK_H
#define XM_CNI_ROUTE_CHECK_H

#include "cni/ip_config.h"
#include "cni/request.h"

/*
 * CHECK: whether every route of prevResult (`ip`) is in the container. nl: a socket there. A hop of
 * a multipath route is accepted as a route. A route may be in another table (sbr) or use another
 * device, as plugins behind this one make them; a route whose destination is in the configuration's
 * `ipam` has to use the device `ifindex`. Returns 0, or the code and fills *e.
 */
int cni_routes_check(const struct cni_request *r, struct xm_nl *nl, uint32_t ifindex,
		     const struct cni_ip_config *ip, struct cni_error *e);

#endif
