/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether an endpoint has a lease. The caller holds the lock of engine_lock.h. */
#ifndef XM_DHCP_LEASE_USE_H
#define XM_DHCP_LEASE_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/lease.h"

struct lease_use {
	const char *folder; /* XM_LEASES_DOCKER, XM_LEASES_PODMAN */
	const struct xm_lease *lease;
	bool used; /* an endpoint has it, and the endpoint has a device */
};

/* Sets `used` of all. False: the endpoints cannot be read; what cannot be read may exist. */
bool lease_find_users(struct lease_use *list, size_t count);

#endif
