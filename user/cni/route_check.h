/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CNI_ROUTE_CHECK_H
#define XM_CNI_ROUTE_CHECK_H

#include "cni/ip_config.h"
#include "cni/request.h"

/*
 * CHECK: every route of prevResult (`ip`) is in the container, whose socket nl is. A hop of a
 * multipath route is a route. A plugin behind this one may have moved a route to another table
 * (sbr) or made routes by other devices; a route of the configuration's `ipam` has to use the
 * device `ifindex`.
 */
int cni_routes_check(const struct cni_request *r, struct xm_nl *nl, uint32_t ifindex,
		     const struct cni_ip_config *ip, struct cni_error *e);

#endif
