// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Broadcasts at a steady rate: the rate at which the reference no longer keeps up, and the loss of
 * each side at that rate. The parent's NAPI has a thread and a CPU of its own, so that the frames
 * do not slow their sender down, as on a wire. Frames beyond the capacity are lost.
 *
 * macvlan's queue holds 1000 frames, so with many endpoints it begins to lose frames only seconds
 * after the rate has become too high. So the search counts the frames that have not been delivered
 * when the sender stops, lost or late.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "run.h"

#define SECONDS_MIN   0.5 /* of a shot */
#define QUICK_SECONDS 0.1
#define QUICK_RATE    2000
#define MISSED_MAX    5.0 /* percent not delivered when the sender stops; more is too slow */
#define RATE_FIRST    250 /* frames a second */
#define RATE_MAX      4e6
#define STEPS	      5 /* bisections after doubling: a resolution of 2^(1/32), 2.2 % */

static double rate;
static const struct bench_case *searched;

struct arrival {
	double rate, lost, late; /* frames a second, percent, percent */
};

static double shot_seconds(double seconds)
{
	return fmax(seconds, bench_options.quick ? QUICK_SECONDS : SECONDS_MIN);
}

static int send_at_rate(struct side *s, const struct bench_case *c, double seconds,
			double frames_rate, struct arrival *ret)
{
	uint64_t before = progs_delivered(), at_stop, at_end;
	struct frames frames;
	struct load load = {
		.send = frames_send,
		.side = s,
		.tx = progs_sender(SEND_FIXED, 0),
		.data = &frames,
	};
	double wanted, cpu;
	int err;

	crowd_frames(c, &frames);
	frames.rate = frames_rate;
	err = load_send(&load, shot_seconds(seconds), &cpu);
	at_stop = progs_delivered() - before;
	deliveries_wait(s);
	at_end = progs_delivered() - before;
	if (err || !at_end)
		return err ?: -ETIMEDOUT;
	wanted = (double)frames.sent * s->endpoints;
	ret->rate = frames.sent / frames.seconds;
	ret->lost = 100 * (1 - at_end / wanted);
	ret->late = 100 * (at_end - at_stop) / wanted;
	return 0;
}

static bool side_keeps_up(struct side *s, const struct bench_case *c, double at)
{
	struct arrival o;
	int err = send_at_rate(s, c, SECONDS_MIN, at, &o);

	/* No delivery at all in the window is not an error of the bench here */
	return !err && o.lost + o.late <= MISSED_MAX;
}

static void search_rate(struct side *s, const struct bench_case *c)
{
	double lo = RATE_FIRST, hi, mid;
	int i;

	if (bench_options.quick) {
		rate = QUICK_RATE;
		return;
	}
	while (lo < RATE_MAX && side_keeps_up(s, c, lo * 2))
		lo *= 2;
	for (hi = lo * 2, i = 0; i < STEPS; i++) {
		mid = sqrt(lo * hi);
		if (side_keeps_up(s, c, mid))
			lo = mid;
		else
			hi = mid;
	}
	rate = hi;
	printf("%s: %s does not keep up with %.0f frames/s\n", c->name, s->name, rate);
}

/* The kernel thread that polls p0 of this side: the NAPI thread that is not in `known` */
static int find_napi_thread(const struct cpu_threads *known, const struct cpu_threads *now)
{
	unsigned int i, k;
	char path[64], comm[32];
	FILE *f;

	for (i = 0; i < now->n; i++) {
		for (k = 0; k < known->n && known->thread[k].pid != now->thread[i].pid; k++)
			;
		if (k < known->n)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", now->thread[i].pid);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (!fgets(comm, sizeof(comm), f))
			comm[0] = '\0';
		fclose(f);
		if (!strncmp(comm, "napi/p0-", 8))
			return now->thread[i].pid;
	}
	return -ESRCH;
}

static void set_threaded(struct side *s, int on)
{
	xmt_must("ip netns exec %s sh -c 'echo %d >/sys/class/net/p0/threaded'", s->node[HOST].name,
		 on);
}

static void poll_by_thread(struct side *s)
{
	static struct cpu_threads before, after;
	cpu_set_t set;
	int pid;

	cpu_threads_find(&before);
	set_threaded(s, 1);
	cpu_threads_find(&after);
	pid = find_napi_thread(&before, &after);
	CPU_ZERO(&set);
	CPU_SET(CPU_RECEIVE, &set);
	if (pid < 0 || sched_setaffinity(pid, sizeof(set), &set))
		xmt_die("%s: cannot move the NAPI thread of p0 to CPU %d", s->name, CPU_RECEIVE);
}

void loss_begin(struct side *sides, unsigned int n, const struct bench_case *c)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		poll_by_thread(&sides[i]);
	/* One rate for all set-ups of a case */
	if (searched != c)
		search_rate(&sides[0], c);
	searched = c;
}

void loss_end(struct side *sides, unsigned int n, const struct bench_case *c)
{
	unsigned int i;

	(void)c;
	for (i = 0; i < n; i++)
		set_threaded(&sides[i], 0);
}

int loss_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct arrival o;
	int err = send_at_rate(s, c, seconds, rate, &o);

	if (err)
		return err;
	value[0] = o.rate / 1e3;
	value[1] = o.lost;
	value[2] = o.late;
	return 0;
}
