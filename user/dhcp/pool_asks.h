/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libnetwork (network.go, requestPoolHelper()) asks for another pool as long as the one that it has
 * got overlaps a route or a name server of the host. A DHCP server has no other subnet, and
 * libnetwork would ask without end.
 */
#ifndef XM_DHCP_POOL_ASKS_H
#define XM_DHCP_POOL_ASKS_H

#include <stdbool.h>

/*
 * id: of the pool that is about to be given, at most 63 octets. Returns whether it is asked for in
 * vain: one pool time after time, without a pause, and no network of xmacvlan is created.
 */
bool pool_asked_in_vain(const char *id);
/* A pool was released */
void pool_asks_end(void);

#endif
