/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A lease of the LAN's DHCP server for the MAC of a container. It is pinned (store.h), in a folder
 * that tells which runtime has asked for it and which process renews it: that of the Docker driver.
 * So a process that was killed goes on where it was. Functions return 0, or a negative errno and
 * fill *e.
 */
#ifndef XM_RUNTIME_LEASE_H
#define XM_RUNTIME_LEASE_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"
#include "runtime/dhcp_client.h"
#include "runtime/store.h"

#define XM_LEASES_DOCKER "docker_leases" /* folder: xmacvlan-docker renews them */

struct xm_lease {
	char id[XM_STORE_ID]; /* the name of its pin */
	char parent[XM_NAME_LEN];
	uint8_t mac[XM_MAC_LEN];
	uint32_t address, server; /* network byte order */
	uint8_t server_mac[XM_MAC_LEN];
	int64_t renew_ms, end_ms; /* xm_now_ms() */
};

/* The address. Returns ret. */
const char *xm_lease_text(const struct xm_lease *l, char ret[INET_ADDRSTRLEN]);
/* Sets renew_ms and end_ms of a lease of lease_s seconds (0: without end) that was just granted */
void xm_lease_set_times(struct xm_lease *l, uint32_t lease_s);

/* Sets renew_ms after a renewal has failed: in a quarter of what is left, 1 to 60 s */
void xm_lease_renew_later(struct xm_lease *l);

int xm_lease_save(const char *folder, const struct xm_lease *l, struct xm_err *e);
/* No such lease is no error */
void xm_lease_forget(const char *folder, const struct xm_lease *l);
/* Whether there is a valid lease of this id */
bool xm_lease_load(const char *folder, const char *id, struct xm_lease *ret);

/*
 * Asks for an address, or for the one that is wanted (0: any), which the server need not give. Some
 * servers offer one address to several clients and refuse it to all but the first: then it asks
 * again. *ret: the server's grant. Takes 30 s at most, or 15 s more than another client of a
 * refused address. Errors are those of dhcp_client.h.
 */
int xm_lease_ask(const struct xm_dhcp_client *c, uint32_t wanted, struct xm_dhcp_reply *ret,
		 struct xm_err *e);
/*
 * Asks the server to renew the lease. A server that has forgotten it refuses it, or is silent (RFC
 * 2131, 4.3.2): one that has lost its leases by a restart. Then the address is asked for as a new
 * one. -EADDRNOTAVAIL: the server has given it away; -ETIMEDOUT: no answer.
 */
int xm_lease_renew(const struct xm_dhcp_client *c, const struct xm_lease *l,
		   struct xm_dhcp_reply *ret, struct xm_err *e);
/* Takes over what a renewal has changed */
void xm_lease_take(struct xm_lease *l, const struct xm_dhcp_reply *reply);

#endif
