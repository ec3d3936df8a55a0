/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names that follow from (network, container, interface): a second ADD meets the endpoint of the
 * first one, and a container that is created again keeps its MAC
 */
#ifndef XM_CNI_NAMING_H
#define XM_CNI_NAMING_H

#include "cni/request.h"

#define CNI_MACHINE_ID 32 /* hexadecimal digits */

/* "c" and 14 hexadecimal digits */
void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN]);
/* Two hosts on one LAN may have containers of the same name: their MACs have to differ */
struct cni_host {
	uint8_t mac[XM_MAC_LEN]; /* of the parent */
	char machine_id[CNI_MACHINE_ID + 1]; /* "": there is none, or it is not set yet */
};

/* Reads machine-id(5) into *ret */
void cni_machine_id(char ret[CNI_MACHINE_ID + 1]);
/*
 * A locally administered unicast MAC, the same for the same attachment on the same host. attempt:
 * from 0 on; each gives another MAC.
 */
void cni_default_mac(const struct cni_request *r, const struct cni_host *host, unsigned int attempt,
		     uint8_t ret[XM_MAC_LEN]);
void cni_owner(const struct cni_request *r, struct xm_owner *ret);

#endif
