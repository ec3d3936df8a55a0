/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lease of an endpoint, of a network with the IPAM driver dhcp (runtime/lease.h).
 * xmacvlan-dhcp renews it.
 */
#ifndef XM_NETAVARK_LEASE_H
#define XM_NETAVARK_LEASE_H

#include "netavark/request.h"
#include "runtime/lease.h"

/*
 * Checks that xmacvlan-dhcp runs; waits a moment for one that is being started. Returns 0, or
 * -ESRCH and fills *e.
 */
int netavark_lease_check(struct xm_err *e);
/*
 * Gets a lease for the endpoint on the device `parent` with this MAC: the former one of a request
 * that is repeated, else a new one. Writes its address and router into r->addresses and r->subnets,
 * and the servers of DNS into r->reply. Returns 0, or a negative errno and fills *e; then the
 * caller calls netavark_lease_end().
 */
int netavark_lease_take(struct netavark_request *r, const char *parent,
			const uint8_t mac[XM_MAC_LEN], struct xm_lease *ret, struct xm_err *e);
/* Gives it back to the server. No lease is no error. */
void netavark_lease_end(const struct netavark_request *r);

#endif
