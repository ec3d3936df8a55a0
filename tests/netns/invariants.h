/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The invariants of a parent and its endpoints that hold after a killed command and one `sync`. */
#ifndef NT_INVARIANTS_H
#define NT_INVARIANTS_H

#include "nt.h"

/* Endpoints x0 to x3, which tests change; peer ends in net.peer[1] or beside p0 */
#define INVARIANTS_DEVICES 4
/* k0 in net.peer[0], which no command changes */
#define K0_MAC "02:00:00:00:00:10"

struct invariants {
	struct nt_net net;
	int wire_tx, wire_rx;
	int k0_rx, k0_tx; /* sockets of k0, -1 without k0 */
	bool passthru; /* x0 is a passthru endpoint */
	unsigned int failures;
	char what[256]; /* the killed command, for messages */
};

/* Makes the namespaces and devices, without k0. */
void invariants_make_net(struct invariants *inv);
/* Adds k0, in bridge mode. */
void invariants_add_k0(struct invariants *inv);

/*
 * Runs `show` and checks: every endpoint shown has its devices, its address is in the filter and it
 * receives from the wire; there is no other device or filter entry; flags and counters of the
 * parent are those that its endpoints need; k0 communicates.
 */
void invariants_check(struct invariants *inv);

/* Whether frames arrive both ways between the wire and k0; true without k0 */
bool invariants_k0_communicates(const struct invariants *inv);

/* Counts and prints a failure. Returns -1. */
int invariants_fail(struct invariants *inv, const char *fmt, ...) XMT_PRINTF(2, 3);

/* The number of entries 02:00:00:00:0... in p0's filter; the number of peer ends */
unsigned int invariants_filter_entries(const struct invariants *inv);
unsigned int invariants_devices(const struct invariants *inv);

#endif
