/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * No address is used by two containers. Docker gives an address away again without DeleteEndpoint
 * when a new dockerd finds an endpoint that is in no container by its records: it has not loaded
 * the driver at that time. The container may be running, and have the address.
 */
#ifndef XM_DOCKER_ADDRESS_H
#define XM_DOCKER_ADDRESS_H

#include "docker/driver.h"
#include "docker/owner.h"

/*
 * Looks for other endpoints on the same parent that have one of the addresses of `wanted`, which
 * does not exist yet. Removes what Docker has lost. address_is_dockers: Docker's own address
 * management gave the addresses, not a DHCP server. Returns 0; or -EADDRINUSE, or another negative
 * errno, and fills *e.
 */
int docker_address_free(struct docker_driver *d, struct xm_engine *engine, const char *parent,
			const struct docker_endpoint *wanted, bool address_is_dockers,
			struct xm_err *e);

#endif
