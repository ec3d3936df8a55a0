/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What must hold after a killed command and one `show`. */
#ifndef NT_WHOLE_H
#define NT_WHOLE_H

#include "nt.h"

#define WHOLE_DEVICES 4 /* endpoints x0 to x3, peer ends in net.peer[1] or beside, come and go */
#define WHOLE_KEPT    "02:00:00:00:00:10" /* address of k0 in net.peer[0], which nobody touches */

struct whole {
	struct nt_net net;
	int wire_tx, wire_rx;
	int kept_rx, kept_tx; /* of k0, -1 without one */
	bool passthru; /* the endpoint is a passthru one */
	unsigned int bad; /* failures so far */
	char last[256]; /* what was killed, for messages */
};

/* A network without k0 */
void whole_make(struct whole *w);
/* Add k0, bridge mode */
void whole_keep(struct whole *w);

/*
 * Run `show`, then: every endpoint shown has its devices and its address in the filter and hears
 * the wire, nothing more is there, the parent has what its endpoints need, k0 communicates.
 */
void whole_check(struct whole *w);

/* A frame from socket `tx` arrives at socket `rx` */
bool whole_passes(int tx, int rx, const char *dst, const char *src);

/* Count and print a failure. Returns -1. */
int whole_wrong(struct whole *w, const char *fmt, ...) XMT_PRINTF(2, 3);

/* Addresses of ours (02:00:00:00:0...) in p0's filter; peer ends that exist */
unsigned int whole_filter_entries(const struct whole *w);
unsigned int whole_devices(const struct whole *w);

#endif
