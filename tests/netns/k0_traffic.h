/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbered frames between the wire and k0, both ways, while something is done to the others. */
#ifndef NT_K0_TRAFFIC_H
#define NT_K0_TRAFFIC_H

#include <pthread.h>
#include <stdatomic.h>

#include "invariants.h"

#define K0_TRAFFIC_WAYS 2
#define K0_TRAFFIC_MAX	32768 /* frames each way from begin to end */

struct k0_traffic {
	pthread_t thread;
	atomic_bool ends;
	int tx[K0_TRAFFIC_WAYS], rx[K0_TRAFFIC_WAYS];
	unsigned int sent; /* each way, since it began */
	unsigned long long total;
	unsigned long drops; /* of the machine's backlogs, when it began */
	uint8_t seen[K0_TRAFFIC_MAX];
};

/* Sockets for a network that has k0 */
void k0_traffic_open(struct k0_traffic *s, const struct invariants *inv);

/* A thread sends a frame each way every 0.3 ms until the end, which waits for the last to come. */
void k0_traffic_begin(struct k0_traffic *s);
/*
 * Frames that did not come exactly once: a text (static), or NULL when there are none. A backlog that was
 * full is not the command's fault: then it only prints them.
 */
const char *k0_traffic_end(struct k0_traffic *s);

#endif
