/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What must hold after a killed command and one `show`. */
#ifndef NT_INVARIANTS_H
#define NT_INVARIANTS_H

#include "nt.h"

#define INVARIANTS_DEVICES                                                                         \
	4 /* endpoints x0 to x3, peer ends in net.peer[1] or beside, come and go */
#define K0_MAC "02:00:00:00:00:10" /* address of k0 in net.peer[0], which nobody touches */

struct invariants {
	struct nt_net net;
	int wire_tx, wire_rx;
	int k0_rx, k0_tx; /* of k0, -1 without one */
	bool passthru; /* the endpoint is a passthru one */
	unsigned int bad; /* failures so far */
	char last[256]; /* what was killed, for messages */
};

/* A network without k0 */
void invariants_make_net(struct invariants *w);
/* Add k0, bridge mode */
void invariants_add_k0(struct invariants *w);

/*
 * Run `show`, then: every endpoint shown has its devices and its address in the filter and hears
 * the wire, nothing more is there, the parent has what its endpoints need, k0 communicates.
 */
void invariants_check(struct invariants *w);

/* Whether frames arrive both ways between the wire and k0; true without k0 */
bool invariants_k0_communicates(const struct invariants *w);

/* Count and print a failure. Returns -1. */
int invariants_fail(struct invariants *w, const char *fmt, ...) XMT_PRINTF(2, 3);

/* Addresses of ours (02:00:00:00:0...) in p0's filter; peer ends that exist */
unsigned int invariants_filter_entries(const struct invariants *w);
unsigned int invariants_devices(const struct invariants *w);

#endif
