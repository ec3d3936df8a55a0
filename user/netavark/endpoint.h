/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The endpoint of a request, in the engine. The map `owners` tells whose an endpoint is: its
 * network is "podman:" and the name of podman's network, its container podman's id. Its name is "p"
 * and 14 hexadecimal digits (runtime/naming.h).
 */
#ifndef XM_NETAVARK_ENDPOINT_H
#define XM_NETAVARK_ENDPOINT_H

#include "net/link.h"
#include "netavark/request.h"

/*
 * Makes the endpoint; one of the same request is removed before. *parent: its parent. mac: its own.
 * Returns 0, or a negative errno and fills *e; nothing is left then.
 */
int netavark_endpoint_make(const struct netavark_request *r, struct xm_link *parent,
			   uint8_t mac[XM_MAC_LEN], struct xm_err *e);
/* Returns 1 when it removed the endpoint, 0 when there is none, or a negative errno and fills *e */
int netavark_endpoint_remove(const struct netavark_request *r, struct xm_err *e);

#endif
