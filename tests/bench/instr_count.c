// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counts steps. The median of many leaves out interrupts and the slow paths of allocators. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "instructions.h"
#include "run.h"
#include "tap.h"
#include "udp.h"

#define WARM_UP	       64
#define SAMPLES	       201
#define DRIVER_SAMPLES 61
/* Long steps meet ticks: the lowest ones agree best from boot to boot */
#define DRIVER_PART 0.1
#define MESSAGE	    64
#define BULK	    65536

/* Instructions, where the time stamp counter counts them; else cycles, or ns */
static uint64_t now(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	return cpu_clock(CLOCK_MONOTONIC) * 1e9;
#endif
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Counts `n` steps. Returns what `part` (0 to 1) of them do not exceed. */
static double sample(struct flow *f, step_fn *step, step_fn *clean, unsigned int n, double part)
{
	static uint32_t value[SAMPLES];
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < WARM_UP + n; i++) {
		begin = now();
		step(f);
		if (i >= WARM_UP)
			value[i - WARM_UP] = now() - begin;
		if (clean)
			clean(f);
	}
	qsort(value, n, sizeof(value[0]), compare);
	return stats_percentile(value, n, part);
}

double count_steps(struct flow *f, step_fn *step, step_fn *clean)
{
	return sample(f, step, clean, SAMPLES, 0.5);
}

static void step_deliver(struct flow *f)
{
	int err = frames_deliver(f->tx, f->side, &f->frames, f->n);

	if (err)
		xmt_die("cannot deliver frames: %s", strerror(-err));
	f->sent += f->n;
	sched_yield();
}

double count_driver(struct flow *f, unsigned int n, step_fn *clean)
{
	unsigned int half = n / 2;
	double more, less, frames = n - half;

	xmt_ns_enter(&f->side->node[WIRE]);
	f->n = n;
	more = sample(f, step_deliver, clean, DRIVER_SAMPLES, DRIVER_PART);
	f->n = half;
	less = sample(f, step_deliver, clean, DRIVER_SAMPLES, DRIVER_PART);
	xmt_ns_enter(NULL);
	return (more - less) / frames;
}

void step_send(struct flow *f)
{
	if (write(f->tx, f->data, f->len) < 0)
		xmt_die("cannot send: %s", strerror(errno));
	f->sent++;
}

void step_transact(struct flow *f)
{
	uint8_t message[MESSAGE] = {};

	f->sent++;
	if (send(f->tx, message, MESSAGE, 0) == MESSAGE &&
	    recv(f->rx, message, MESSAGE, MSG_DONTWAIT) == MESSAGE &&
	    send(f->rx, message, MESSAGE, 0) == MESSAGE &&
	    recv(f->tx, message, MESSAGE, MSG_DONTWAIT) == MESSAGE)
		f->received++;
}

void step_bulk(struct flow *f)
{
	static uint8_t data[BULK];
	size_t sent = 0, got = 0;
	ssize_t n;

	f->sent++;
	while (got < BULK) {
		n = sent < BULK ? send(f->tx, data, BULK - sent, MSG_DONTWAIT) : 0;
		sent += n > 0 ? n : 0;
		n = recv(f->rx, data, BULK, MSG_DONTWAIT);
		got += n > 0 ? n : 0;
		if (!n || (n < 0 && errno != EAGAIN))
			xmt_die("the connection has ended: %s", n ? strerror(errno) : "end");
	}
	f->received++;
}

void drain_socket(struct flow *f)
{
	uint8_t message[MESSAGE];

	while (recv(f->rx, message, MESSAGE, MSG_DONTWAIT) >= 0)
		f->received++;
}

void drain_tap(struct flow *f)
{
	while (tap_take(f->rx))
		f->received++;
}
