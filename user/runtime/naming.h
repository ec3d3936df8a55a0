/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names and MACs that are hashes of (network, container, interface): a second request finds the
 * endpoint of the first one, and a container that is created again gets the same MAC
 */
#ifndef XM_RUNTIME_NAMING_H
#define XM_RUNTIME_NAMING_H

#include <stdint.h>

#include "abi.h"

#define XM_MACHINE_ID 32 /* hexadecimal digits */

/* An interface of a container on a network, as a runtime names them */
struct xm_attachment {
	const char *network, *container, *ifname;
};

/* prefix and 14 hexadecimal digits. Each runtime has a prefix of its own. */
void xm_attachment_name(const struct xm_attachment *a, char prefix, char ret[XM_NAME_LEN]);

/*
 * Identifies the host. It is part of the default MAC, because two hosts on one LAN may have
 * containers of the same name.
 */
struct xm_attachment_host {
	uint8_t mac[XM_MAC_LEN]; /* MAC of the parent */
	char machine_id[XM_MACHINE_ID + 1]; /* "": the host has none, or it is not initialized */
};

/* Reads machine-id(5) into ret; "" when there is none */
void xm_machine_id(char ret[XM_MACHINE_ID + 1]);

#define XM_MAC_ATTEMPTS 8

/*
 * Writes a locally administered unicast MAC into ret. It is the same for the same attachment, host
 * and attempt. attempt: 0, 1 … XM_MAC_ATTEMPTS - 1, when the MAC before is in use.
 */
void xm_attachment_mac(const struct xm_attachment *a, const struct xm_attachment_host *host,
		       unsigned int attempt, uint8_t ret[XM_MAC_LEN]);

#endif
