/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Real devices in two network namespaces. The namespaces have no names, so they and the devices end
 * with the process.
 *
 *   w0 - p0              the wire and the parent
 *   hA - pA … hF - pF    endpoints; hL - pL with a small MTU
 *   hM - pM, hN - pN     endpoints with the peer end in the other namespace
 *   hY - pY, hZ - pZ     endpoints whose peer end is down
 *   hQ - pQ              a parent without a carrier
 */
#ifndef XM_TESTS_NET_H
#define XM_TESTS_NET_H

#include <stdbool.h>

#include <linux/types.h>

#define NET_ENDPOINTS "ABCDEFLMNYZ"
#define NET_SMALL_MTU 500
#define NET_LETTERS   128

/* Received frames, by receiver: an endpoint's letter, 'w' the wire, 'h' the parent's stack */
struct received {
	unsigned int count[NET_LETTERS];
	__u8 type[NET_LETTERS]; /* sll_pkttype of the last frame */
};

/* Creates the namespaces and the devices. Exits the program on failure. */
void net_init(void);

/* Returns the ifindex of the parent ('h'), of w0 ('w'), or of a host end (an endpoint, 'Q'). */
unsigned int net_ifindex(char letter);

/* Returns the slot of an endpoint in the maps, from 1. */
unsigned int net_slot(char letter);

/* Attaches the TC programs, by descriptor, to the parent and to all host ends. */
void net_attach_tc(int parent_rx, int parent_tx, int endpoint_rx);

/* Attaches parent_xdp to the parent in native mode. */
void net_attach_xdp(int parent_xdp);

/*
 * Sends a frame. from 'w': on w0, so the parent receives it; 'h': on the parent, as its own stack;
 * an endpoint: on its peer end.
 */
void net_send(char from, const void *frame, unsigned int len, __u32 mark);

/*
 * Counts the frames with this cookie at all receivers. Waits up to 300 ms for `want` frames, then
 * sends a sentinel to every receiver and waits for the sentinels: a frame that has not arrived
 * before them is not on its way. Returns false when a sentinel is missing: then the counts prove
 * nothing.
 */
bool net_receive(__u32 cookie, unsigned int want, struct received *ret);

#endif
