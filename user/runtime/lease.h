/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A lease of the LAN's DHCP server for the MAC of a container. It is pinned (store.h), in a folder
 * that tells which runtime has asked for it. xmacvlan-dhcp renews it: one that was killed goes on
 * where it was. Functions return 0, or a negative errno and fill *e.
 */
#ifndef XM_RUNTIME_LEASE_H
#define XM_RUNTIME_LEASE_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"
#include "net/ipaddr.h"
#include "runtime/dhcp_client.h"
#include "runtime/store.h"

/* Folders */
#define XM_LEASES_DOCKER "docker_leases" /* xmacvlan-dhcp has asked for them */
/*
 * The netavark plugin has asked for them, xmacvlan-dhcp brings the containers into line. The id is
 * the endpoint's name.
 */
#define XM_LEASES_PODMAN "podman_leases"

struct xm_lease {
	char id[XM_STORE_ID]; /* the name of its pin */
	uint64_t netns; /* cookie of the parent's network namespace; 0: unknown */
	char parent[XM_NAME_LEN];
	uint8_t mac[XM_MAC_LEN];
	uint32_t address, server; /* network byte order */
	uint8_t server_mac[XM_MAC_LEN];
	int64_t renew_ms, end_ms; /* xm_now_ms() */
	/* podman only: what the container has of the lease */
	uint8_t bits; /* prefix length of the address */
	uint32_t router; /* network byte order; 0: none */
	bool default_route; /* it leads to the router */
	uint32_t metric; /* of that route */
	char hostname[DHCP_NAME_LEN]; /* that the server is told; "": none */
};

/* The address. Returns ret. */
const char *xm_lease_text(const struct xm_lease *l, char ret[INET_ADDRSTRLEN]);
/* The address with its prefix length, as rtnetlink takes it */
struct xm_prefix xm_lease_prefix(const struct xm_lease *l);
/* A whole number of seconds until its end, 1 at least */
uint32_t xm_lease_seconds(const struct xm_lease *l);
/* Sets renew_ms and end_ms of a lease of lease_s seconds (0: without end) that was just granted */
void xm_lease_set_times(struct xm_lease *l, uint32_t lease_s);

/* Sets renew_ms after a renewal has failed: in a quarter of what is left, 1 to 60 s */
void xm_lease_renew_later(struct xm_lease *l);

int xm_lease_save(const char *folder, const struct xm_lease *l, struct xm_err *e);
/* No such lease is no error */
void xm_lease_forget(const char *folder, const struct xm_lease *l);
/* Whether there is a valid lease of this id */
bool xm_lease_load(const char *folder, const char *id, struct xm_lease *ret);
/* Whether it was removed. False also when that cannot be read. */
bool xm_lease_is_gone(const char *folder, const char *id);

/*
 * Asks for an address, or for the one that is wanted (0: any), which the server need not give. Some
 * servers offer one address to several clients and refuse it to all but the first: then it asks
 * again. *ret: the server's grant. Takes 45 s at most. Errors are those of dhcp_client.h.
 *
 * offered: called for an offer before it is taken; NULL: nothing is. When it fails, so does the
 * call.
 */
int xm_lease_ask(const struct xm_dhcp_client *c, uint32_t wanted,
		 int (*offered)(const struct xm_dhcp_reply *offer, void *data, struct xm_err *e),
		 void *data, struct xm_dhcp_reply *ret, struct xm_err *e);
/* Takes over what the server has granted */
void xm_lease_take(struct xm_lease *l, const struct xm_dhcp_reply *reply);
/*
 * Takes over what the server has offered, for 120 s. It is pinned before the server grants it: a
 * process that is killed leaves no lease that nobody finds.
 */
void xm_lease_take_offer(struct xm_lease *l, const struct xm_dhcp_reply *offer);

/* Tells the server that the lease is not needed any more. There is no answer. */
int xm_lease_release(const struct xm_lease *l, struct xm_err *e);

#endif
