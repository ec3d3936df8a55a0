/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What Docker's requests do with leases (runtime/lease.h). The kernel has the only list of them.
 * Functions may be called by several threads.
 */
#ifndef XM_DHCP_DOCKER_LEASES_H
#define XM_DHCP_DOCKER_LEASES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "runtime/lease.h"

/*
 * Keeps what the server has offered (address, MAC, parent, servers) and sets its id, before the
 * server is asked for it: a process that is killed leaves no lease that nobody finds. *added: there
 * was no lease of the address for this MAC. Returns 0, or a negative errno and fills *e.
 */
int docker_leases_offer(struct xm_lease *l, bool *added, struct xm_err *e);
/* The server has not granted it */
void docker_leases_forget(const struct xm_lease *l);
/*
 * Keeps a lease of lease_s seconds that was just granted. An address has one lease, which takes the
 * place of a former one: the server gives an address to another MAC when it has forgotten the
 * former lease. Returns 0, or a negative errno and fills *e.
 */
int docker_leases_add(const struct xm_lease *lease, uint32_t lease_s, struct xm_err *e);
/*
 * Docker does not need the address any more: gives its lease back to the server. No such lease is
 * no error. The lease of an endpoint that exists stays: Docker has been refused a second endpoint.
 */
void docker_leases_end(const char *parent, uint64_t netns, uint32_t address);
/*
 * Gives back leases that docker_leases_end() has left, when their endpoint has no device any more.
 * It looks at those of the last minute. A lease that Docker has requested again since stays.
 */
void docker_leases_end_released(void);

#endif
