/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fills the maps from a one-line description */
#ifndef XM_TESTS_WORLD_H
#define XM_TESTS_WORLD_H

#include "net.h"
#include "objs.h"

/*
 * Words:
 *   LETTER MODE [FLAGS] [:MACS]   an endpoint, e.g. "Ab+!", "Es/:xy". See net.h for the letters.
 *     MODE   p private, v vepa, b bridge, t passthru (has the parent's MAC), s source
 *     FLAGS  + host access  ! spoof check  / nodst  @ XM_PORT_OTHER_NETNS  ~ XM_PORT_NAPI
 *            # XM_PORT_TAP
 *            - its device is missing in the devmaps  0 its port is free
 *            ^ its source list has an older generation
 *            % the hint of its MAC is another endpoint's
 *     MACS   source list, by letter
 *   moreEM          the endpoint E, which comes before, has the additional MAC M, by letters
 *   vlanN, avlanN   a VLAN device of the parent owns VID N of 802.1Q, 802.1ad
 *   down            the parent has no carrier
 *   noxdp           no XM_USES_XDP
 *   veth            XM_USES_XDP_VETH
 *   guard           XM_USES_GUARD
 *   reflect         XM_USES_REFLECT
 *   neigh           XM_USES_NEIGH
 *   hasEL           the endpoint E, which comes before, has the IP addresses of letter L
 *   askedEL         the same, and it has left a request unanswered
 *   goneEL          the same, of an endpoint that had E's slot before
 */
struct world {
	char mode[NET_LETTERS]; /* 0: no such endpoint */
	bool peer[NET_LETTERS];
	__u32 uses; /* enum xm_uses */
};

/* Clears the maps and fills them. Exits the program on failure. */
void world_set(const struct objs *o, const char *text, struct world *ret);

#endif
