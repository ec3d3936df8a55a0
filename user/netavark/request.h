/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What netavark requests by `setup` and `teardown`: its type NetworkPluginExec. Pure. */
#ifndef XM_NETAVARK_REQUEST_H
#define XM_NETAVARK_REQUEST_H

#include "abi.h"
#include "netavark/network.h"
#include "runtime/dhcp_message.h"
#include "runtime/naming.h"

struct netavark_request {
	struct xm_attachment attachment; /* its texts are the document's, but `network` */
	char owner[XM_OWNER_TEXT]; /* attachment.network: "podman:" and the network's name */
	const char *netns; /* path */
	/* setup only: */
	struct netavark_network network;
	bool has_mac;
	uint8_t mac[XM_MAC_LEN];
	struct xm_prefix *addresses; /* with the prefix lengths of their subnets */
	const struct netavark_subnet **subnets; /* of the addresses */
	size_t address_count;
	const char *container_name; /* "": none */
	/* of a lease (lease.h): */
	struct netavark_subnet leased;
	struct xm_dhcp_reply reply; /* the server's */
};

/*
 * Reads what `teardown` needs: whose endpoint it is. Nothing else in the document can fail it.
 * Returns 0, or -EINVAL and fills *e.
 */
int netavark_request_read_owner(const json_t *document, const char *netns,
				struct netavark_request *ret, struct xm_err *e);
/*
 * Reads all that `setup` needs. Returns 0, or -EINVAL, -EOPNOTSUPP and fills *e. The document has
 * to live as long as *ret, which the caller frees by netavark_request_free(), also after an error.
 */
int netavark_request_read(const json_t *document, const char *netns, struct netavark_request *ret,
			  struct xm_err *e);
void netavark_request_free(struct netavark_request *r);

#endif
