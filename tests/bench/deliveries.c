// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames as a driver delivers them. A program at the receiver counts and drops them. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "cases.h"
#include "run.h"

#define DISCARD 9 /* UDP port */
/*
 * After so many seconds without a delivery no more are expected. A softirq may first make the
 * copies of 64 frames to all endpoints and then deliver them.
 */
#define QUIET	       0.02
#define QUIET_ENDPOINT 0.0003
#define FLOOD_ENDPOINT 0.0005 /* seconds: many endpoints reach a steady state later */
#define DRAIN_STEP     0.001
#define DRAIN_MAX      20

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t unknown_mac[6] = { 0x02, 0xbf, 0x7c, 0x00, 0x00, 0x01 };

double deliveries_wait(const struct side *s)
{
	double quiet = QUIET + s->endpoints * QUIET_ENDPOINT;
	double now = cpu_clock(CLOCK_MONOTONIC), end = now + DRAIN_MAX, last = now;
	uint64_t before = progs_delivered(), count;

	while (now < last + quiet && now < end) {
		wait_seconds(DRAIN_STEP);
		count = progs_delivered();
		now = cpu_clock(CLOCK_MONOTONIC);
		if (count != before)
			last = now;
		before = count;
	}
	return last;
}

/* A load without a receiver, from the first frame to the last delivery. */
struct total {
	double begin, softirq;
	uint64_t delivered, parent;
	struct cpu_threads kernel;
};

static void total_take(struct total *t, struct side *s)
{
	cpu_threads_find(&t->kernel);
	t->delivered = progs_delivered();
	t->parent = frames_at_parent(s);
	t->softirq = progs_softirq();
	t->begin = cpu_clock(CLOCK_MONOTONIC);
}

/*
 * macvlan's queue goes on delivering after the sender has stopped, and with many endpoints
 * deliveries come in bursts of tens of milliseconds. So there is no window: all deliveries count,
 * and the time until the last one. `sender` is the sender's CPU time.
 */
static int total_say(const struct total *a, struct side *s, const struct frames *frames,
		     double sender, unsigned int copies, double *value)
{
	static struct total b;
	double last = deliveries_wait(s), count, parent;

	total_take(&b, s);
	count = b.delivered - a->delivered;
	parent = b.parent - a->parent;
	if (!count || !parent)
		return -ETIMEDOUT;
	value[0] = count / (last - a->begin) / 1e6;
	value[1] = (sender + cpu_threads_used(&a->kernel, &b.kernel)) * 1e9 / count;
	value[2] = (b.softirq - a->softirq) * 1e9 / count;
	value[3] = 100 * (1 - count / (parent * copies));
	value[4] = 100 * (1 - parent / frames->sent);
	return 0;
}

static int flood_side(struct side *s, struct frames *frames, unsigned int copies, double seconds,
		      double *value)
{
	static struct total begin;
	struct load load = {
		.send = frames_send,
		.side = s,
		.tx = progs_sender(SEND_FIXED, 0),
		.data = frames,
	};
	double sender;
	int err;

	total_take(&begin, s);
	err = load_send(&load, fmax(seconds, copies * FLOOD_ENDPOINT), &sender);
	return err ?: total_say(&begin, s, frames, sender, copies, value);
}

int xdp_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;

	frames_fill(&frames, node_mac(c->from), node_mac(c->to), node_ip(c->to), htons(DISCARD),
		    htons(DISCARD));
	return flood_side(s, &frames, 1, seconds, value);
}

void crowd_frames(const struct bench_case *c, struct frames *ret)
{
	bool source = !strcmp(c->layout.mode, "source");

	/*
	 * Source mode: to a MAC that no device has. macvlan gives every listener a copy and then
	 * the frame to the parent's own stack, which drops it because it is for another host.
	 */
	frames_fill(ret, node_mac(WIRE), source ? unknown_mac : broadcast,
		    source ? node_ip(E0) : node_ip(WIRE) | 0xff, htons(DISCARD), htons(DISCARD));
}

int crowd_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;

	crowd_frames(c, &frames);
	return flood_side(s, &frames, s->endpoints, seconds, value);
}

/*
 * Frames to MACs that no device has. The parent counts them. Their cost is the time in NET_RX
 * softirqs, which does not include the sender's own cost.
 */
int unknown_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;
	struct load load = {
		.send = frames_send,
		.counted = frames_counted_at_parent,
		.side = s,
		.tx = progs_sender(SEND_UNKNOWN, 0),
		.data = &frames,
	};
	struct window w;
	int err;

	(void)c;
	frames_fill(&frames, node_mac(WIRE), unknown_mac, node_ip(E0), htons(DISCARD),
		    htons(DISCARD));
	err = load_run(&load, seconds, &w);
	if (err)
		return err;
	value[0] = w.count / w.softirq / 1e6;
	value[1] = w.count / w.seconds / 1e6;
	value[2] = (w.sender + w.kernel) * 1e9 / w.count;
	return 0;
}

static void set_promisc(struct side *sides, unsigned int n, const char *on)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		xmt_must("ip -n %s link set p0 promisc %s", sides[i].node[HOST].name, on);
}

void promisc_begin(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	set_promisc(sides, n, "on");
}

void promisc_end(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	set_promisc(sides, n, "off");
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
