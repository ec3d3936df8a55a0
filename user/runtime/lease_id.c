// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>

#include "runtime/lease_id.h"

void xm_lease_docker_id(const uint8_t mac[XM_MAC_LEN], uint32_t address, char ret[XM_STORE_ID])
{
	/* A dot is not allowed in the name of a pin */
	snprintf(ret, XM_STORE_ID, "%02x%02x%02x%02x%02x%02x-%08x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5], ntohl(address));
}
