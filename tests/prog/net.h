/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Real devices in two network namespaces without names: all of it ends with the process.
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

#define NET_ENDPOINTS	"ABCDEFLMNYZ"
#define NET_SMALL_MTU	500
#define NET_LETTERS	128

/*
 * What has been received, by the receiver's letter: 'w' the wire, 'h' the parent's stack, endpoints
 */
struct heard {
	unsigned int count[NET_LETTERS];
	__u8 type[NET_LETTERS]; /* sll_pkttype of the last */
};

/* Enters fresh namespaces and makes the devices. Exits the program on failure. */
void net_init(void);

/* ifindex of the parent ('h'), the wire's end ('w'), 'Q', or an endpoint's host end */
unsigned int net_ifindex(char letter);

/* Slot of an endpoint in the maps: 1… */
unsigned int net_slot(char letter);

/*
 * Attaches to the parent's ingress and egress and to all host ends (TC), and to the parent (XDP).
 */
void net_attach_tc(int parent_rx, int parent_tx, int endpoint_rx);
void net_attach_xdp(int parent_xdp);

/* Sends: 'w' from the wire, 'h' out of the parent, else as the endpoint's user does. */
void net_send(char from, const void *frame, unsigned int len, __u32 mark);

/*
 * Waits a little until `want` frames with this cookie have been received somewhere, then until
 * sentinels sent behind them to every receiver have arrived, so that none is still on its way.
 * Returns false when a sentinel did not come: then nothing is proved.
 */
bool net_listen(__u32 cookie, unsigned int want, struct heard *ret);

#endif
