// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Request and response, one at a time. Client and server share a CPU. With two CPUs the result
 * would be the time that the hypervisor takes to wake the other CPU.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "tap.h"

#define MESSAGE	    64
#define SAMPLES_MAX (4u << 20)
#define LOSSES_MAX  10

struct samples {
	size_t n;
	unsigned int lost;
	uint32_t ns[SAMPLES_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static bool transact(struct load *load)
{
	uint8_t message[MESSAGE] = {};

	return send(load->tx, message, MESSAGE, MSG_NOSIGNAL) == MESSAGE &&
	       recv(load->tx, message, MESSAGE, MSG_WAITALL) == MESSAGE;
}

static void rr_client(struct load *load)
{
	struct samples *s = load->data;
	uint64_t begin, end;

	while (!load_stopped(load)) {
		begin = now_ns();
		if (!transact(load)) {
			if (load_stopped(load))
				return;
			if (++s->lost <= LOSSES_MAX)
				continue;
			load_error(load, -EIO);
			return;
		}
		end = now_ns();
		if (__atomic_load_n(&load->record, __ATOMIC_RELAXED) && s->n < SAMPLES_MAX)
			s->ns[s->n++] = end - begin;
	}
}

static void rr_server(struct load *load)
{
	uint8_t message[MESSAGE];

	while (!load_stopped(load)) {
		if (recv(load->rx, message, MESSAGE, MSG_WAITALL) != MESSAGE)
			continue;
		load_count(load, 1);
		if (send(load->rx, message, MESSAGE, MSG_NOSIGNAL) < 0 && !load_stopped(load))
			load_error(load, -errno);
	}
}

static int compare_ns(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void set_nodelay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static int open_pair(const struct side *s, const struct bench_case *c, int fd[2])
{
	int err;

	if (c->layout.kind == LAYOUT_TAPS) {
		fd[0] = sock_udp_client(s, c->from, c->to, TAP_PORT);
		fd[1] = dup(s->tap[c->to]);
		return fd[0] < 0 ? fd[0] : fd[1] < 0 ? -errno : 0;
	}
	if (!c->tcp)
		return sock_udp_pair(s, c->from, c->to, fd);
	err = sock_tcp_pair(s, c->from, c->to, fd);
	if (err)
		return err;
	set_nodelay(fd[0]);
	set_nodelay(fd[1]);
	return 0;
}

int rr_measure(const struct side *s, const struct bench_case *c, double seconds,
	       struct rr_times *ret)
{
	static struct samples samples;
	struct load load = {
		.send = rr_client,
		.receive = c->layout.kind == LAYOUT_TAPS ? tap_answer : rr_server,
		.receive_cpu = CPU_SEND,
		.unblock = true,
		.side = s,
		.data = &samples,
	};
	struct window w;
	int fd[2], err;

	samples.n = samples.lost = 0;
	err = open_pair(s, c, fd);
	if (err)
		return err;
	load.tx = fd[0];
	load.rx = fd[1];
	err = load_run(&load, seconds, &w);
	close(fd[0]);
	close(fd[1]);
	if (err || !samples.n)
		return err ?: -EIO;
	qsort(samples.ns, samples.n, sizeof(samples.ns[0]), compare_ns);
	ret->p50 = stats_percentile(samples.ns, samples.n, 0.5) / 1e3;
	ret->p99 = stats_percentile(samples.ns, samples.n, 0.99) / 1e3;
	ret->p999 = stats_percentile(samples.ns, samples.n, 0.999) / 1e3;
	ret->cpu = (w.sender + w.receiver + w.kernel) * 1e6 / w.count;
	ret->lost = samples.lost;
	return 0;
}

int rr_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct rr_times t;
	int err = rr_measure(s, c, seconds, &t);

	if (err)
		return err;
	value[0] = t.p50;
	value[1] = t.p99;
	value[2] = t.p999;
	value[3] = t.cpu;
	return 0;
}
