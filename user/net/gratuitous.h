/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Announcements: neighbours update their caches when an address has moved */
#ifndef XM_GRATUITOUS_H
#define XM_GRATUITOUS_H

#include <stdint.h>

#include "abi.h"

/*
 * Sends one frame through a packet socket (SOCK_RAW) of the device's namespace: for AF_INET a
 * gratuitous ARP, which is a request for the address itself (inetdev_send_gratuitous_arp()), for
 * AF_INET6 an unsolicited neighbour advertisement to all nodes with the override flag
 * (ndisc_send_unsol_na(); RFC 4861, 7.2.6). `address` is 4 or 16 bytes in network byte order.
 * Returns 0 or a negative errno.
 */
int xm_gratuitous_send(int socket, uint32_t ifindex, const uint8_t mac[XM_MAC_LEN], int family,
		       const void *address);

#endif
