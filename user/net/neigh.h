/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's neighbour tables: ARP and IPv6 neighbour discovery */
#ifndef XM_NEIGH_H
#define XM_NEIGH_H

#include "net/ipaddr.h"

/*
 * Finds a neighbour with this MAC (XM_MAC_LEN bytes) on the device. Returns 1 and fills *ret with
 * its IP address (network byte order); 0 when there is none; or a negative errno.
 */
int xm_neigh_find(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac, struct xm_prefix *ret);

#endif
