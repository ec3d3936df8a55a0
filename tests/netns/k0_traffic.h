/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbered frames between the wire and k0, both ways, and from the wire to all, while commands
 * change other endpoints.
 */
#ifndef NT_K0_TRAFFIC_H
#define NT_K0_TRAFFIC_H

#include <pthread.h>
#include <stdatomic.h>

#include "invariants.h"

#define K0_TRAFFIC_WAYS 3
#define K0_TRAFFIC_MAX	32768 /* frames each way between begin and end */

struct k0_traffic {
	pthread_t thread;
	atomic_bool stop;
	int tx[K0_TRAFFIC_WAYS], rx[K0_TRAFFIC_WAYS];
	unsigned int sent; /* frames each way since k0_traffic_begin() */
	unsigned long long total;
	unsigned long drops; /* xmt_backlog_drops() at k0_traffic_begin() */
	uint8_t seen[K0_TRAFFIC_MAX];
};

/* Opens the sockets; the network has k0. */
void k0_traffic_open(struct k0_traffic *s, const struct invariants *inv);

/* Starts a thread that sends a frame each way every 0.3 ms. */
void k0_traffic_begin(struct k0_traffic *s);
/*
 * Stops the thread and waits for the last frames. Returns a static text about frames that did not
 * arrive exactly once, or NULL. If a backlog of the machine was full, prints the text and returns
 * NULL: the command is not the cause.
 */
const char *k0_traffic_end(struct k0_traffic *s);

#endif
