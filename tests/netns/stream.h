/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbered frames between the wire and k0, both ways, while something is done to the others. */
#ifndef NT_STREAM_H
#define NT_STREAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "whole.h"

#define STREAM_WAYS 2
#define STREAM_MAX  32768 /* frames each way from begin to end */

struct stream {
	pthread_t thread;
	atomic_bool ends;
	int tx[STREAM_WAYS], rx[STREAM_WAYS];
	unsigned int sent; /* each way, since it began */
	unsigned long long total;
	unsigned long drops; /* of the machine's backlogs, when it began */
	uint8_t seen[STREAM_MAX];
};

/* Sockets for a network that has k0 */
void stream_open(struct stream *s, const struct whole *w);

/* A thread sends a frame each way every 0.3 ms until the end, which waits for the last to come. */
void stream_begin(struct stream *s);
/*
 * Frames that did not come exactly once: a text (static), or NULL when there are none. A backlog that was
 * full is not the command's fault: then it only prints them.
 */
const char *stream_end(struct stream *s);

#endif
