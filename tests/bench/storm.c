// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Request and response, first without and then with a third endpoint that floods. Its frames are
 * for no socket: the stacks that receive them drop them without an answer.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"
#include "link.h"
#include "run.h"

#define BATCH	  64
#define START_UP  0.03 /* seconds of flood before request and response */
#define NOT_LOCAL 0x80 /* added to an IPv4 address: no node has the sum */

struct storm {
	const struct bench_case *c;
	struct xmt_prng prng;
	int fd;
	bool stop;
	uint64_t sent;
	struct frames frame[BATCH];
};

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static void fill_frames(struct storm *st)
{
	enum flood flood = st->c->flood;
	const uint8_t *to = flood == FLOOD_SIBLING     ? node_mac(E1)
			    : flood == FLOOD_BROADCAST ? broadcast
						       : node_mac(WIRE);
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		frames_fill(&st->frame[i], node_mac(E2), to, node_ip(E2) + NOT_LOCAL, 1, 1);
		if (flood == FLOOD_SPOOFED)
			st->frame[i].data[ETH_ALEN + 5] ^= 0x80;
	}
}

static void randomize_frames(struct storm *st)
{
	unsigned int i, at = st->c->flood == FLOOD_SOURCES ? ETH_ALEN : 0;
	uint64_t r;

	if (st->c->flood != FLOOD_SOURCES && st->c->flood != FLOOD_DESTINATIONS)
		return;
	for (i = 0; i < BATCH; i++) {
		r = xmt_rand64(&st->prng);
		memcpy(st->frame[i].data + at + 1, &r, ETH_ALEN - 1);
	}
}

/* A cgroup may limit the sender's CPU time */
static void join_cgroup(void)
{
	FILE *f;

	if (!bench_options.flooder)
		return;
	f = fopen(bench_options.flooder, "we");
	if (!f || fprintf(f, "%d\n", gettid()) < 0 || fclose(f))
		xmt_die("cannot write %s: %s", bench_options.flooder, strerror(errno));
}

static void *run_flood(void *arg)
{
	struct storm *st = arg;
	struct mmsghdr msg[BATCH] = {};
	struct iovec iov[BATCH];
	int i, n;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ st->frame[i].data, st->frame[i].len };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	join_cgroup();
	while (!__atomic_load_n(&st->stop, __ATOMIC_RELAXED)) {
		randomize_frames(st);
		n = sendmmsg(st->fd, msg, BATCH, 0);
		if (n > 0)
			__atomic_add_fetch(&st->sent, n, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int open_flooder(const struct side *s)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	int fd;

	ll.sll_ifindex = xmt_ifindex(&s->node[E2], node_dev(s, E2));
	xmt_ns_enter(&s->node[E2]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	xmt_ns_enter(NULL);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		return fd;
	return -errno;
}

/* Request and response during the flood. `ret_rate`: frames of the flood a second */
static int measure_in_flood(const struct side *s, struct storm *st, double seconds,
			    struct rr_times *ret, double *ret_rate)
{
	int cpu = st->c->same_cpu ? CPU_SEND : CPU_RECEIVE, err;
	pthread_t thread;
	double begin;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu < sysconf(_SC_NPROCESSORS_ONLN) ? cpu : 0, &set);
	err = -pthread_create(&thread, NULL, run_flood, st);
	if (err)
		return err;
	pthread_setaffinity_np(thread, sizeof(set), &set);
	wait_seconds(START_UP);
	begin = cpu_clock(CLOCK_MONOTONIC);
	__atomic_store_n(&st->sent, 0, __ATOMIC_RELAXED);
	err = rr_measure(s, st->c, seconds, ret);
	*ret_rate =
		__atomic_load_n(&st->sent, __ATOMIC_RELAXED) / (cpu_clock(CLOCK_MONOTONIC) - begin);
	__atomic_store_n(&st->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return err;
}

int storm_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct rr_times idle, stormy;
	struct storm st = { .c = c };
	double rate;
	int err;

	if (bench_options.quick)
		seconds = bench_options.seconds;
	err = rr_measure(s, c, seconds, &idle);
	if (err)
		return err;
	st.fd = open_flooder(s);
	if (st.fd < 0)
		return st.fd;
	fill_frames(&st);
	err = measure_in_flood(s, &st, seconds, &stormy, &rate);
	close(st.fd);
	if (err)
		return err;
	value[0] = idle.p50;
	value[1] = idle.p99;
	value[2] = stormy.p50;
	value[3] = stormy.p99;
	value[4] = stormy.p999;
	value[5] = stormy.p99 / idle.p99;
	value[6] = rate / 1e3;
	value[7] = stormy.lost;
	return 0;
}

static void set_spoofchk(struct side *sides, unsigned int n, const struct bench_case *c,
			 const char *on)
{
	unsigned int i;

	for (i = 0; i < n && c->flood == FLOOD_SOURCES; i++)
		if (sides[i].kind == XMACVLAN)
			xmt_must("timeout 30 %s -n %s set e2 spoofchk %s", bench_options.xmacvlan,
				 sides[i].node[HOST].name, on);
}

void storm_begin(struct side *sides, unsigned int n, const struct bench_case *c)
{
	set_spoofchk(sides, n, c, "off");
}

void storm_end(struct side *sides, unsigned int n, const struct bench_case *c)
{
	set_spoofchk(sides, n, c, "on");
}
