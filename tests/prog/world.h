/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in the maps, from a one-line description */
#ifndef XM_TESTS_WORLD_H
#define XM_TESTS_WORLD_H

#include "net.h"
#include "objs.h"

/*
 * Words:
 *   LETTER MODE [FLAGS] [:MACS]   an endpoint, e.g. "Ab+!", "Es/:xy". See net.h for the letters.
 *     MODE   p private, v vepa, b bridge, t passthru (has the parent's MAC), s source
 *     FLAGS  + host access      ! spoof check     / nodst          @ XM_PORT_PEER   ~ XM_PORT_NAPI
 *            - its device is gone from the devmap  0 its port is freed
 *            ^ its listed MACs are of an older generation
 *            % the hint of its MAC is another endpoint's
 *     MACS   listed MACs, by letter
 *   vlanN, avlanN   a VLAN device of the parent owns VID N of 802.1Q, 802.1ad
 *   down            the parent has no carrier
 *   noxdp           parent_xdp may not redirect
 *   veth            ... only what is no skb
 *   guard           parent_xdp drops what is for nobody here
 */
struct world {
	char mode[NET_LETTERS]; /* 0: no such endpoint */
	bool peer[NET_LETTERS];
};

/* Empties the maps and fills them. */
void world_set(const struct objs *o, const char *text, struct world *ret);

#endif
