/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames that announce an address, so that neighbours update their caches. Pure. */
#ifndef XM_GRATUITOUS_H
#define XM_GRATUITOUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

#define XM_GRATUITOUS_SIZE 86 /* of the longest frame */

/*
 * An address is announced three times, because the first frames may be lost while a switch port
 * starts. RFC 5227 (ANNOUNCE_NUM, ANNOUNCE_INTERVAL) has two, two seconds apart.
 */
#define XM_ANNOUNCE_ROUNDS   3
#define XM_ANNOUNCE_PAUSE_MS 500

/*
 * Writes the frame that announces an address. AF_INET: a gratuitous ARP, a request for the address
 * itself (inetdev_send_gratuitous_arp()). AF_INET6: an unsolicited neighbour advertisement to all
 * nodes with the override flag (ndisc_send_unsol_na(); RFC 4861, 7.2.6). mac: of the endpoint.
 * address: 4 or 16 bytes in network byte order. router: sets the router flag, for an endpoint that
 * forwards IPv6; without it neighbours would remove the endpoint from their routers. Returns the
 * size of the frame in bytes.
 */
size_t xm_gratuitous_write(uint8_t ret[XM_GRATUITOUS_SIZE], const uint8_t mac[XM_MAC_LEN],
			   int family, const void *address, bool router);

#endif
