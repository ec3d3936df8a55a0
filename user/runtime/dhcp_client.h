/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A DHCP client for the MAC of a container, which speaks through the parent. All answers are asked
 * for by broadcast, and a lease is renewed as a client does that was restarted (RFC 2131, 4.3.2,
 * INIT-REBOOT): so no answer goes to the container. Functions may be called by several threads.
 */
#ifndef XM_RUNTIME_DHCP_CLIENT_H
#define XM_RUNTIME_DHCP_CLIENT_H

#include "base/caps.h"
#include "base/err.h"
#include "runtime/dhcp_message.h"

/* Around socket(AF_PACKET). A process that has it permitted may use the client. */
#define XM_CAPS_DHCP XM_CAP(CAP_NET_RAW)

#define DHCP_OFFER_S 10 /* how long a server may take: some look for the address first */
#define DHCP_ACK_S   5

struct xm_dhcp_client {
	const char *parent;
	const uint8_t *mac; /* the container's */
	const volatile bool *stop; /* true: what waits is given up soon; NULL: never */
	const char *hostname; /* that the server is told; NULL or "": none */
	uint32_t lessor; /* only this server may refuse a renewal (network byte order); 0: any */
};

/*
 * Asks for an offer. requested: the address that is wanted, in network byte order; 0: any. Returns
 * 0, or a negative errno and fills *e. -ETIMEDOUT: no server has answered.
 */
int xm_dhcp_client_discover(const struct xm_dhcp_client *c, uint32_t requested,
			    struct xm_dhcp_reply *ret, struct xm_err *e);
/*
 * Takes the offer of a server, or renews a lease (server 0). -EADDRNOTAVAIL: the server has refused
 * it.
 */
int xm_dhcp_client_request(const struct xm_dhcp_client *c, uint32_t address, uint32_t server,
			   struct xm_dhcp_reply *ret, struct xm_err *e);
/* Tells the server that the lease is not needed any more. There is no answer. */
int xm_dhcp_client_release(const struct xm_dhcp_client *c, uint32_t address, uint32_t server,
			   const uint8_t server_mac[XM_MAC_LEN], struct xm_err *e);

#endif
