/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Announcements: neighbours update their caches when an address has moved. Pure. */
#ifndef XM_GRATUITOUS_H
#define XM_GRATUITOUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

#define XM_GRATUITOUS_SIZE 86 /* of the longest frame */

/* RFC 5227 (ANNOUNCE_NUM) sends two, two seconds apart: one may be lost while a port learns */
#define XM_ANNOUNCE_ROUNDS   3
#define XM_ANNOUNCE_PAUSE_MS 500

/*
 * Writes the frame that announces the address: for AF_INET a gratuitous ARP, which is a request for
 * the address itself (inetdev_send_gratuitous_arp()), for AF_INET6 an unsolicited neighbour
 * advertisement to all nodes with the override flag (ndisc_send_unsol_na(); RFC 4861, 7.2.6).
 * `address` is 4 or 16 bytes in network byte order. router: the endpoint forwards IPv6; without
 * the flag its neighbours would no longer take it for a router. Returns the frame's size.
 */
size_t xm_gratuitous_write(uint8_t ret[XM_GRATUITOUS_SIZE], const uint8_t mac[XM_MAC_LEN],
			   int family, const void *address, bool router);

#endif
