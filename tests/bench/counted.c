// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A driver's frames, counted where they arrive by a program that then drops them. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "bench.h"
#include "run.h"

#define DISCARD		9	/* UDP port */
#define QUIET		0.02	/* seconds without a delivery: there are no more */
#define DRAIN_MAX	10	/* seconds */

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t nobody[6] = { 0x02, 0xbf, 0x7c, 0x00, 0x00, 0x01 };

static uint64_t delivered(const struct load *load)
{
	(void)load;
	return progs_delivered();
}

static uint64_t at_parent(const struct load *load)
{
	return frames_at_parent(load->side);
}

/* macvlan's queue goes on delivering for a while: into the next shot, were it not waited for. */
void counted_drain(void)
{
	uint64_t before, now = progs_delivered();
	double end = cpu_clock(CLOCK_MONOTONIC) + DRAIN_MAX;

	do {
		before = now;
		wait_seconds(QUIET);
		now = progs_delivered();
	} while (now != before && cpu_clock(CLOCK_MONOTONIC) < end);
}

/*
 * What each metric needs: the deliveries a second, their CPU time in all, their time in softirqs
 * (all after the sender) and the share of what the parent received that was lost on the way.
 */
static int flood(struct side *s, struct frames *frames, unsigned int copies, double seconds,
		 double *value)
{
	struct load load = {
		.send = frames_send,
		.counted = delivered,
		.side = s,
		.tx = progs_sender(SEND_FIXED, 0),
		.data = frames,
	};
	uint64_t count = progs_delivered(), parent = frames_at_parent(s);
	struct window w;
	int err;

	err = load_run(&load, seconds, &w);
	counted_drain();
	if (err)
		return err;
	count = progs_delivered() - count;
	parent = frames_at_parent(s) - parent;
	value[0] = w.count / w.seconds / 1e6;
	value[1] = (w.sender + w.kernel) * 1e9 / w.count;
	value[2] = w.softirq * 1e9 / w.count;
	value[3] = parent ? 100 * (1 - (double)count / ((double)parent * copies)) : NAN;
	value[4] = frames->sent ? 100 * (1 - (double)parent / frames->sent) : NAN;
	return 0;
}

int xdp_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;

	frames_fill(&frames, node_mac(c->from), node_mac(c->to), node_ip(c->to), htons(DISCARD),
		    htons(DISCARD));
	return flood(s, &frames, 1, seconds, value);
}

void crowd_frames(const struct bench_case *c, struct frames *ret)
{
	bool source = !strcmp(c->layout.mode, "source");

	/*
	 * Source mode: to a MAC that nobody has. macvlan gives every listener its copy, and then the
	 * parent's own stack the frame, which drops it as another host's.
	 */
	frames_fill(ret, node_mac(WIRE), source ? nobody : broadcast,
		    source ? node_ip(E0) : node_ip(WIRE) | 0xff, htons(DISCARD), htons(DISCARD));
}

int crowd_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;

	crowd_frames(c, &frames);
	return flood(s, &frames, s->endpoints, seconds, value);
}

/*
 * Frames to MACs that nobody has. They are counted where the parent received them, and what they
 * cost is the time in NET_RX softirqs: the sender's own cost is not in it.
 */
int unknown_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;
	struct load load = {
		.send = frames_send,
		.counted = at_parent,
		.side = s,
		.tx = progs_sender(SEND_UNKNOWN, 0),
		.data = &frames,
	};
	struct window w;
	int err;

	(void)c;
	frames_fill(&frames, node_mac(WIRE), nobody, node_ip(E0), htons(DISCARD), htons(DISCARD));
	err = load_run(&load, seconds, &w);
	if (err)
		return err;
	value[0] = w.count / w.softirq / 1e6;
	value[1] = w.count / w.seconds / 1e6;
	value[2] = (w.sender + w.kernel) * 1e9 / w.count;
	return 0;
}

static void promisc(struct side *sides, unsigned int n, const char *on)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		xmt_must("ip -n %s link set p0 promisc %s", sides[i].node[HOST].name, on);
}

void promisc_begin(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	promisc(sides, n, "on");
}

void promisc_end(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	promisc(sides, n, "off");
}

static void attach_all(struct side *sides, unsigned int n, bool on)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = progs_attach_xdp(&sides[i], "e0", on);
		if (err)
			xmt_die("cannot %s XDP on the endpoint of %s: %s", on ? "attach" : "detach",
				sides[i].name, strerror(-err));
	}
}

void xdp_begin(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	attach_all(sides, n, true);
}

void xdp_end(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	attach_all(sides, n, false);
}
