/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds frames from one-line descriptions */
#ifndef XM_TESTS_FRAMES_H
#define XM_TESTS_FRAMES_H

#include <linux/types.h>

#include "abi.h"

#define FRAME_MAX  2048
#define PROTO_TEST 0x88b5 /* local experimental ethertype */

struct frame {
	__u8 data[FRAME_MAX]; /* without the outer tag, as TC sees the frame */
	unsigned int len;
	__u16 tpid; /* outer tag; 0: none */
	__u16 tci;
};

/*
 * Fills *f from a description, "S>D [kind] [vVID|aVID] [len=N]": from MAC S to MAC D, by the
 * letters of mac_of(). vVID is an outer tag of 802.1Q, aVID one of 802.1ad. The last four bytes of
 * the frame are the cookie. Exits the program on an unknown kind. Kinds:
 *   raw                   ethertype 0x88b5; the default
 *   arp pause lldp qinq   by ethertype; qinq has an 802.1Q tag inside
 *   u4 u4z u4f            UDP over IPv4: complete checksum; checksum 0; a fragment
 *   u6 u6h                UDP over IPv6: complete checksum; behind a hop-by-hop header
 *   t4 t6 i4 i6           TCP and ICMP over IPv4 and IPv6
 *   ask4ST ask6ST         ARP request, neighbour solicitation: S asks for T, IP addresses by the
 *                         letters of ip_of(); S is '0' in duplicate address detection
 *   tell4ST tell6ST       ARP reply, advertisement of S, to T; any6ST: without the override flag
 *   lie4ST lie6ST         a request whose link-layer address is not the frame's source MAC
 *   hop6ST                a solicitation with a hop limit below 255
 */
void frame_build(struct frame *f, const char *spec, __u32 cookie);

/* The IP address of a letter as the programs know it: 10.0.0.LETTER or fd00::LETTER; '0': none */
void ip_of(char letter, char family, struct xm_neigh_key *ret);

/* Writes the frame with its outer tag, as it is on the wire, to `to`. Returns its length. */
unsigned int frame_on_wire(const struct frame *f, __u8 *to);

/* Returns the cookie of a received frame of len bytes; 0: the frame is too short for one. */
__u32 frame_cookie(const void *frame, unsigned int len);

/*
 * Writes the MAC of a letter. Groups: '*' broadcast, 'm' IPv4 multicast, 'k' IPv6 multicast, 'l'
 * LLDP, 'q' PAUSE. Any other letter is a unicast address: 'P' the parent's, other capitals
 * endpoints', small letters those of hosts on the wire.
 */
void mac_of(char letter, __u8 *mac);

#endif
