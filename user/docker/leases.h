/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leases of Docker's containers (runtime/lease.h). Each is a pinned map too, so that a driver
 * that was killed goes on renewing them. A thread renews them. Functions may be called by several
 * threads.
 */
#ifndef XM_DOCKER_LEASES_H
#define XM_DOCKER_LEASES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "runtime/lease.h"

/* Reads the leases and starts the thread. Returns 0 or a negative errno and fills *e. */
int docker_leases_start(struct xm_err *e);
/* Ends the thread, and has running requests given up. The leases stay. */
void docker_leases_stop(void);
/* True when docker_leases_stop() was called: for struct xm_dhcp_client */
const volatile bool *docker_leases_stopped(void);

/* Keeps a lease of lease_s seconds that was just granted. Returns 0, or fills *e. */
int docker_leases_add(const struct xm_lease *lease, uint32_t lease_s, struct xm_err *e);
/* Gives a lease back to its server. No such lease is no error. */
void docker_leases_end(const char *parent, uint32_t address);
/*
 * Gives leases back that no endpoint has had for keep_ms: Docker does not know of them, because it
 * did not get the driver's answer. `has` is called for each lease, with a lock held.
 */
void docker_leases_sweep(bool (*has)(const struct xm_lease *lease, void *data), void *data,
			 unsigned int keep_ms);

#endif
