/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fixture of reuse.c and reuse_parent.c: unrelated devices that have the ifindexes of a former
 * endpoint, and the check of the receivers of a frame.
 */
#ifndef NT_REUSE_FIXTURE_H
#define NT_REUSE_FIXTURE_H

#include "probe.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_OLD  "02:00:00:00:00:10" /* of e0, which is deleted */
#define M_E1   "02:00:00:00:00:11"
#define M_F0   "06:00:00:00:00:f0"
#define M_F1   "06:00:00:00:00:f1"
#define M_ELSE "02:00:00:00:00:77"

/* p0 and w0; the namespaces of the peer ends are 0 to 2 */
extern struct nt_net reuse_net;

enum sender { TX_WIRE, TX_HOST, TX_E0, TX_E1, TX_F0, TX_F1, SENDERS };
extern int reuse_tx[SENDERS]; /* sockets; TX_WIRE is w0, TX_HOST is p0 */

/*
 * Makes the network. `attach`: options of `attach p0`, or NULL. The process stays on one CPU:
 * frames are handled in the order in which they are sent.
 */
void reuse_make_net(const char *attach);
/* Closes the sockets, detaches p0 and checks that nothing is left on it. */
void reuse_check_end(const char *what);

/* `add NAME link p0 address MAC OPTIONS`; the peer end is in peer[i] and up */
void reuse_add_endpoint(const char *name, unsigned int peer, const char *mac, const char *options);

/* The ifindexes of an endpoint's host end and peer end */
struct veth_pair {
	unsigned int host, peer;
};

struct veth_pair reuse_pair_of(const char *name, const struct xmt_ns *peer);

/* Makes an unrelated veth with both ifindexes: f0 in the host namespace, f1 in peer[0]. */
void reuse_add_pair(struct veth_pair p);

/*
 * Saves the state of devices as text, without operstate and queue length, which the kernel sets
 * late; then checks that it is the same.
 */
struct device {
	const struct xmt_ns *ns;
	const char *name;
};

void reuse_save_devices(const struct device *devices, unsigned int n);
void reuse_check_devices(const char *what);

/*
 * Every receiver has a sentinel (sender, destination, source) that reaches it. Before the sentinels
 * are sent, a frame that `tx` sends must arrive at `rx`: all earlier frames have been handled then.
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

/* Adds a receiver; returns its bit */
uint32_t reuse_add_receiver(const char *name, const struct xmt_ns *ns, const char *dev,
			    uint16_t proto, struct sentinel s);
void reuse_close_receivers(void);

/* Sends one frame and checks that exactly the receivers `want` receive it, once each. */
void reuse_check_frame(const char *what, enum sender by, const char *dst, const char *src,
		       uint32_t want);

struct reuse_row {
	const char *what;
	enum sender by;
	const char *dst, *src;
	uint32_t want; /* receivers */
};

/* The same for each row; `when` stands before the names of the checks */
void reuse_check_rows(const char *when, const struct reuse_row *rows, unsigned int n);

/* The number of endpoints that `show` lists */
unsigned int reuse_shown_endpoints(void);

#endif
