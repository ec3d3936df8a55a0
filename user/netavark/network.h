/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A network's configuration, as podman keeps it in /etc/containers/networks. Pure. */
#ifndef XM_NETAVARK_NETWORK_H
#define XM_NETAVARK_NETWORK_H

#include <jansson.h>

#include "net/route.h"
#include "netavark/options.h"

struct netavark_subnet {
	struct xm_prefix prefix;
	struct xm_prefix gateway; /* len 0: none */
};

struct netavark_network {
	const char *name; /* of the document */
	char parent[XM_NAME_LEN]; /* "": the device of the default route */
	bool internal; /* containers get no default route */
	const char *ipam; /* the driver, of the document; "": podman's choice */
	bool leases; /* the IPAM driver is dhcp */
	struct netavark_options options;
	struct netavark_subnet *subnets;
	struct xm_route *routes; /* as the container is to have them, with their metric */
	size_t subnet_count, route_count;
	const json_t *dns_servers; /* list of texts, of the document; NULL: none */
};

/*
 * Reads a document of netavark's type Network, which has to live as long as *ret. Returns 0, or
 * -EINVAL and fills *e, which names the key or the option. The caller frees *ret by
 * netavark_network_free(), also after an error.
 */
int netavark_network_read(const json_t *document, struct netavark_network *ret, struct xm_err *e);
void netavark_network_free(struct netavark_network *network);

/* The first subnet that has the address. NULL: none. */
const struct netavark_subnet *netavark_network_subnet(const struct netavark_network *network,
						      const struct xm_prefix *address);

#endif
