/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames at the highest rate, and the number of frames that devices receive. */
#ifndef NT_FLOOD_H
#define NT_FLOOD_H

#include <pthread.h>

#include "nt.h"

#define FLOOD_MAX  2000
#define FLOOD_CPUS 2

/* Frames that a thread on each of two CPUs sends on a device */
struct flood {
	const struct xmt_ns *ns;
	const char *dev;
	uint8_t frame[FLOOD_MAX];
	unsigned int len;
	unsigned int frames; /* of both threads together */
	unsigned int random_at; /* offset of a random unicast MAC in every frame; 0: none */
	bool random; /* the random MAC is at random_at, even at 0 */
	unsigned long sent, refused; /* results: accepted by the device, refused (ENOBUFS) */
	pthread_t thread; /* of flood_begin() */
	int fd;
	bool stop;
	unsigned long progress; /* frames of all threads until now */
};

/* Sends all frames. */
void flood_run(struct flood *f);
/* Starts a thread on CPU 0 that sends until flood_end(); the caller is moved to CPU 1. */
void flood_begin(struct flood *f);
unsigned long flood_progress(struct flood *f);
void flood_end(struct flood *f);
/* Sends all frames as XDP frames, on this CPU. */
void flood_inject(struct flood *f);

/* A packet socket that counts the frames that a device's stack receives, and keeps none */
struct flood_tap {
	int fd;
	unsigned long long got; /* frames */
};

void flood_tap_open(struct flood_tap *t, const struct xmt_ns *ns, const char *dev);
/* Waits until no tap has received a frame for half a second. */
void flood_taps_wait_quiet(struct flood_tap *t, unsigned int n);

/*
 * Moves the device's NAPI to a thread with SCHED_IDLE on this CPU, on which the caller stays.
 * Returns the thread. flood_restore_napi() gives it SCHED_OTHER, so that it empties its ring.
 */
int flood_slow_napi(const struct xmt_ns *ns, const char *dev);
void flood_restore_napi(int thread);

/* `a` sends `n` IP frames to `b`, one at a time; `b` answers. Returns the number of answers. */
unsigned int flood_exchange(const struct xmt_ns *a, const char *dev_a, const char *mac_a,
			    const struct xmt_ns *b, const char *dev_b, const char *mac_b,
			    unsigned int n);

#endif
