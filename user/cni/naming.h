/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names and MACs that are hashes of (network, container, interface): a second ADD finds the
 * endpoint of the first one, and a container that is created again gets the same MAC
 */
#ifndef XM_CNI_NAMING_H
#define XM_CNI_NAMING_H

#include "cni/request.h"

#define CNI_MACHINE_ID 32 /* hexadecimal digits */

/* "c" and 14 hexadecimal digits */
void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN]);
/*
 * Identifies the host. It is part of the default MAC, because two hosts on one LAN may have
 * containers of the same name.
 */
struct cni_host {
	uint8_t mac[XM_MAC_LEN]; /* MAC of the parent */
	char machine_id[CNI_MACHINE_ID + 1]; /* "": the host has none, or it is not initialized */
};

/* Reads machine-id(5) into ret; "" when there is none */
void cni_machine_id(char ret[CNI_MACHINE_ID + 1]);
/*
 * Writes a locally administered unicast MAC into ret. It is the same for the same attachment, host
 * and attempt. attempt: 0, 1 …, when the MAC before is in use.
 */
void cni_default_mac(const struct cni_request *r, const struct cni_host *host, unsigned int attempt,
		     uint8_t ret[XM_MAC_LEN]);
void cni_owner(const struct cni_request *r, struct xm_owner *ret);

#endif
