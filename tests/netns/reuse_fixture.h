/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Devices of somebody else with numbers that were an endpoint's, and who receives what beside them.
 */
#ifndef NT_REUSE_FIXTURE_H
#define NT_REUSE_FIXTURE_H

#include "mark.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_OLD  "02:00:00:00:00:10"
#define M_E1   "02:00:00:00:00:11"
#define M_F0   "06:00:00:00:00:f0"
#define M_F1   "06:00:00:00:00:f1"
#define M_ELSE "02:00:00:00:00:77"

/* p0 and w0; peers' namespaces 0 to 2 */
extern struct nt_net reuse_net;

enum sender { TX_WIRE, TX_HOST, TX_E0, TX_E1, TX_F0, TX_F1, SENDERS };
extern int reuse_tx[SENDERS]; /* sockets; those of wire and host are w0's and p0's */

/* The network. `attach`: options of `attach p0`, or NULL. Everything is of one CPU: what is sent
 * first is handled first. */
void reuse_make_net(const char *attach);
/* Closes the sockets, detaches; a test that nothing is left of p0's */
void reuse_check_end(const char *what);

/* `add NAME link p0 address MAC OPTIONS`, its peer end in peer[i] and up */
void reuse_add_endpoint(const char *name, unsigned int peer, const char *mac, const char *options);

/* ifindexes of an endpoint's devices */
struct pair {
	unsigned int host, peer;
};

struct pair reuse_pair_of(const char *name, const struct xmt_ns *peer);

/* A veth of somebody else with both: f0 where the host end was, f1 in peer[0] */
void reuse_add_pair(struct pair p);

/* What devices are, but for what the kernel tells late; and a test that they are still */
struct device {
	const struct xmt_ns *ns;
	const char *name;
};

void reuse_save_devices(const struct device *devices, unsigned int n);
void reuse_check_devices(const char *what);

/*
 * Who receives. Every receiver has a sentinel (by whom, to, from) that reaches it. Before those are
 * sent a frame by `tx` must have come to `rx`: what has been sent before it has been handled.
 */
struct flush {
	int tx, rx;
	const char *dst, *src;
};

struct sentinel {
	enum sender by;
	const char *dst, *src;
};

extern struct flush reuse_flush;

/* Its bit */
uint32_t reuse_add_receiver(const char *name, const struct xmt_ns *ns, const char *dev,
			    uint16_t proto, struct sentinel s);
void reuse_close_receivers(void);

/* One frame; a test that those of the set `want` receive it, once, and nobody else */
void reuse_check_frame(const char *what, enum sender by, const char *dst, const char *src,
		       uint32_t want);

/* Endpoints that `show` tells of */
unsigned int reuse_shown_endpoints(void);

#endif
