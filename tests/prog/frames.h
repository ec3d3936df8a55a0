/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames from one-line descriptions */
#ifndef XM_TESTS_FRAMES_H
#define XM_TESTS_FRAMES_H

#include <linux/types.h>

#define FRAME_MAX	2048
#define PROTO_TEST	0x88b5 /* local experimental ethertype */

struct frame {
	__u8 data[FRAME_MAX]; /* without the outer tag: what TC sees */
	unsigned int len;
	__u16 tpid; /* outer tag; 0: none */
	__u16 tci;
};

/*
 * "S>D [kind] [vVID|aVID] [len=N]": from MAC S to MAC D, see mac_of(). Kinds:
 *   raw (default)  ethertype 0x88b5          arp, pause, lldp, qinq (an 802.1Q tag inside)
 *   u4 u4z u4f     UDP over IPv4: checksum complete, zero; a fragment
 *   u6 u6h         UDP over IPv6: complete; behind a hop-by-hop header
 *   t4 t6 i4 i6    TCP, ICMP
 * vVID: 802.1Q outer tag, aVID: 802.1ad. `cookie` becomes the last four bytes.
 */
void frame_build(struct frame *f, const char *spec, __u32 cookie);

/* The frame as on the wire, with its outer tag. Returns its length. */
unsigned int frame_on_wire(const struct frame *f, __u8 *to);

__u32 frame_cookie(const void *frame, unsigned int len);

/*
 * '*' broadcast, 'm' IPv4 multicast, 'k' IPv6 multicast, 'l' LLDP's group, 'q' PAUSE's group; any
 * other letter is a unicast address of its own: 'P' the parent, 'A'… endpoints, 'w'… hosts outside.
 */
void mac_of(char letter, __u8 *mac);

#endif
