/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The name of a lease in the folder XM_LEASES_DOCKER (lease.h): the MAC and the address. Pure. */
#ifndef XM_RUNTIME_LEASE_ID_H
#define XM_RUNTIME_LEASE_ID_H

#include <stdint.h>

#include "abi.h"
#include "runtime/store.h"

/* "020000000d01-c0000232". address: in network byte order */
void xm_lease_docker_id(const uint8_t mac[XM_MAC_LEN], uint32_t address, char ret[XM_STORE_ID]);

#endif
