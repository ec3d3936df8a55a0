/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fixture of addresses.c and drops.c: the wire, the host and up to two endpoints, and the receivers
 * of each frame that one of them sends.
 */
#ifndef NT_REACH_FIXTURE_H
#define NT_REACH_FIXTURE_H

#include "probe.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_ELSE "02:00:00:00:00:77" /* of no device */
#define M_E0   "02:00:00:00:00:10"
#define M_E1   "02:00:00:00:00:11"
#define M_LIST "02:00:00:00:00:99" /* endpoints in mode source that are to get sentinels list it */

/* Receivers, by their bits, and senders. V0 is a device on top of E0. */
enum station { WIRE, HOST, E0, E1, V0, STATIONS };

#define BIT(x) (1u << (x))

struct reach {
	struct nt_net net;
	struct probe_set set;
	int send[STATIONS]; /* sockets */
};

/* The network, without endpoints. The process stays on one CPU. */
void reach_make(struct reach *r);
/* The receiver and sender number `i` on a device that is there. proto: see xmt_pkt_open() */
void reach_use(struct reach *r, int i, const char *dev, uint16_t proto);
/* `add DEV link p0 OPTIONS`: E0's peer end is in peer[0], E1's in peer[1] */
void reach_add_endpoint(struct reach *r, int i, const char *dev, const char *options);
/* `add DEV link p0 type tap OPTIONS`; opens it. Returns its descriptor. */
int reach_add_tap(struct reach *r, int i, const char *dev, const char *options);
/*
 * Sends one frame. Returns the bits of its receivers. `*ret_twice`: one received it twice.
 * expected: see probe_collect()
 */
uint32_t reach_send(struct reach *r, int from, const char *dst, const char *src, uint32_t expected,
		    bool *ret_twice);

#endif
