/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Telling the neighbours where an address is now, lest they send to where it was */
#ifndef XM_ANNOUNCE_H
#define XM_ANNOUNCE_H

#include <stdint.h>

#include "abi.h"

/*
 * Sends out of a device, by a packet socket (SOCK_RAW) of its namespace: for AF_INET a gratuitous ARP, a request
 * for the address itself (inetdev_send_gratuitous_arp()), for AF_INET6 an unsolicited neighbour advertisement
 * to all nodes that overrides what they know (ndisc_send_unsol_na(); RFC 4861, 7.2.6). `address` is 4 or 16 bytes
 * in network order. 0 or -errno.
 */
int xm_gratuitous_send(int socket, uint32_t ifindex, const uint8_t mac[XM_MAC_LEN], int family, const void *address);

#endif
