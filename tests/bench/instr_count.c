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
#define DRIVER_SAMPLES 31
#define MESSAGE	       64
#define BULK	       65536

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

static void sample(struct flow *f, step_fn *step, step_fn *clean, unsigned int n,
		   struct counts *ret)
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
	ret->median = stats_percentile(value, n, 0.5);
	ret->p10 = stats_percentile(value, n, 0.1);
	ret->p90 = stats_percentile(value, n, 0.9);
}

void count_steps(struct flow *f, step_fn *step, step_fn *clean, struct counts *ret)
{
	sample(f, step, clean, SAMPLES, ret);
}

static void step_deliver(struct flow *f)
{
	int err = frames_deliver(f->tx, f->side, &f->frames, f->n);

	if (err)
		xmt_die("cannot deliver frames: %s", strerror(-err));
	f->sent += f->n;
	sched_yield();
}

void count_driver(struct flow *f, unsigned int n, step_fn *clean, struct counts *ret)
{
	struct counts more, less;
	unsigned int half = n / 2;
	double frames = n - half;

	xmt_ns_enter(&f->side->node[WIRE]);
	f->n = n;
	sample(f, step_deliver, clean, DRIVER_SAMPLES, &more);
	f->n = half;
	sample(f, step_deliver, clean, DRIVER_SAMPLES, &less);
	xmt_ns_enter(NULL);
	ret->median = (more.median - less.median) / frames;
	ret->p10 = (more.p10 - less.p10) / frames;
	ret->p90 = (more.p90 - less.p90) / frames;
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
