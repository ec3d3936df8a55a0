/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* As many frames as go, and who received how many. */
#ifndef NT_FLOOD_H
#define NT_FLOOD_H

#include <pthread.h>

#include "nt.h"

#define FLOOD_MAX  2000
#define FLOOD_CPUS 2

/* Frames out of a device, by a thread on each of two CPUs */
struct flood {
	const struct xmt_ns *ns;
	const char *dev;
	uint8_t frame[FLOOD_MAX];
	unsigned int len;
	unsigned int frames; /* of both threads */
	unsigned int random_at; /* a random unicast MAC there, ... */
	bool random; /* also when it is at 0 */
	unsigned long sent, refused; /* ret: taken by the device, and not (ENOBUFS) */
	pthread_t thread; /* flood_begin() */
	int fd;
	bool stop;
	unsigned long progress; /* frames so far, of all threads */
};

void flood_run(struct flood *s);
/* One thread, on CPU 0, which floods when this returns, until the end; the caller goes to CPU 1 */
void flood_begin(struct flood *s);
unsigned long flood_progress(struct flood *s);
void flood_end(struct flood *s);
/* The same as XDP frames, from this CPU */
void flood_inject(struct flood *s);

/* What a device's stack has received, counted by a packet socket that keeps none of it */
struct flood_tap {
	int fd;
	unsigned long long got;
};

void flood_tap_open(struct flood_tap *t, const struct xmt_ns *ns, const char *dev);
/* Until none has received more for a while */
void flood_taps_settle(struct flood_tap *t, unsigned int n);

/*
 * The device's NAPI to a thread of the lowest class on this CPU, where the caller stays. Returns the thread,
 * which flood_hurry() lets empty its ring.
 */
int flood_slow(const struct xmt_ns *ns, const char *dev);
void flood_hurry(int thread);

/* `n` questions by `a`, in IP, one at a time, that `b` answers. How many were. */
unsigned int flood_talk(const struct xmt_ns *a, const char *dev_a, const char *mac_a,
			const struct xmt_ns *b, const char *dev_b, const char *mac_b,
			unsigned int n);

#endif
