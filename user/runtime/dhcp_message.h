/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages of a DHCP client (RFC 2131, RFC 2132) as Ethernet frames. Pure. */
#ifndef XM_RUNTIME_DHCP_MESSAGE_H
#define XM_RUNTIME_DHCP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
};

#define DHCP_CLIENT_PORT 68
#define DHCP_FRAME_MAX	 1518
#define DHCP_NAME_LEN	 64 /* of a host, with its NUL */
#define DHCP_DOMAIN_LEN	 256
#define DHCP_DNS_MAX	 3 /* as resolv.conf(5) has them */

/* What a client sends. Addresses are in network byte order; 0: none. */
struct xm_dhcp_request {
	uint8_t type; /* enum dhcp_type */
	uint32_t xid;
	uint8_t mac[XM_MAC_LEN]; /* the client's */
	uint32_t requested; /* the address that it asks for */
	uint32_t server; /* the server's address */
	uint32_t client; /* RELEASE: the address that it has */
	uint8_t server_mac[XM_MAC_LEN]; /* RELEASE: where the frame goes */
	const char *hostname; /* of the client, shorter than DHCP_NAME_LEN; NULL or "": none */
};

/* What a server answers */
struct xm_dhcp_reply {
	uint8_t type;
	uint32_t address, mask, router, server; /* network byte order; 0: none */
	uint32_t lease_s; /* 0: none */
	uint8_t source[XM_MAC_LEN]; /* of the frame */
	uint32_t dns[DHCP_DNS_MAX]; /* network byte order; dns_count */
	uint8_t dns_count;
	char domain[DHCP_DOMAIN_LEN]; /* letters, digits, '-', '_' and '.'; "": none */
};

/*
 * Writes the frame, which asks for an answer by broadcast: nobody has the client's address yet.
 * Returns its size.
 */
size_t xm_dhcp_message_build(const struct xm_dhcp_request *request, uint8_t ret[DHCP_FRAME_MAX]);
/* False: the frame is no valid answer to the client `mac` with this xid */
bool xm_dhcp_message_parse(const uint8_t *frame, size_t size, uint32_t xid,
			   const uint8_t mac[XM_MAC_LEN], struct xm_dhcp_reply *ret);
/*
 * Whether its address can be that of a host: not of the networks 0 and 127, no multicast or
 * reserved address, neither the first nor the last one of the subnet
 */
bool xm_dhcp_reply_is_usable(const struct xm_dhcp_reply *reply);
/* The prefix length of the subnet; 0: the answer has no valid mask */
unsigned int xm_dhcp_reply_bits(const struct xm_dhcp_reply *reply);

#endif
