/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and routes of a result, as the device in the container is to have them */
#ifndef XM_CNI_IP_CONFIG_H
#define XM_CNI_IP_CONFIG_H

#include <stdbool.h>

#include "cni/error.h"
#include "net/route.h"

struct cni_ip_config {
	struct xm_prefix *addresses;
	struct xm_route *routes;
	/* CHECK only: addresses without an `interface`; the gateways of all addresses */
	struct xm_prefix *any_addresses, *gateways;
	size_t address_count, route_count, any_address_count, gateway_count;
};

/*
 * Reads the lists `ips` and `routes` of a result in the form of result.h; the key `interface` is
 * ignored. what: the result's name in messages. An invalid value is CNI_E_DECODE. The caller frees
 * *ret by cni_ip_config_free(), also after an error.
 */
int cni_ip_config_read(const json_t *result, const char *what, struct cni_ip_config *ret,
		       struct cni_error *e);
/*
 * The same for CHECK. Addresses with this index as `interface`, and those without one, are read
 * separately. Routes of all interfaces are read. A route without a gateway has gw.len 0.
 */
int cni_ip_config_read_check(const json_t *result, int interface, const char *what,
			     struct cni_ip_config *ret, struct cni_error *e);
void cni_ip_config_free(struct cni_ip_config *c);

#endif
