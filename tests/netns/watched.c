// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See watched.h */
#include <linux/if_ether.h>
#include <string.h>
#include <unistd.h>

#include "watched.h"

struct watched watched;

static void sentinels(void *arg, uint64_t id)
{
	(void)arg;
	mark_send(watched.wire, M_ALL, M_ELSE, id);
}

void watched_listen_at(const char *name, const struct xmt_ns *ns)
{
	mark_add(&watched.set, name, ns, name, ETH_P_ALL);
}

void watched_add(const char *dev, int peer, const char *options)
{
	nt_xm_must(&watched.net.host, "add %s link p0 netns %s %s", dev,
		   watched.net.peer[peer].name, options);
	xmt_must("ip -n %s link set %s addrgenmode none up", watched.net.peer[peer].name, dev);
}

void watched_make(unsigned int peers)
{
	memset(&watched.set, 0, sizeof(watched.set));
	nt_one_cpu();
	nt_net(&watched.net, peers, 0);
	watched.wire = mark_sender(&watched.net.wire, "w0");
	watched.set.sentinels = sentinels;
}

void watched_make_pair(void)
{
	watched_make(3);
	watched_add("e0", 0, "address " M_E0);
	watched_add("e1", 1, "address " M_E1);
	nt_settle(&watched.net.host);
	watched_listen_at("e0", &watched.net.peer[0]);
	watched_listen_at("e1", &watched.net.peer[1]);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_said, "p0: watched"), "the parent is found");
}

struct reach {
	const char *dst;
	uint32_t to;
};

/* One frame from the wire; everybody is asked */
uint32_t watched_reached(const char *dst, uint32_t to)
{
	uint64_t id = mark_next();
	bool twice;

	mark_send(watched.wire, dst, M_ELSE, id);
	return mark_collect(&watched.set, id, to, &twice);
}

static bool reaches(const void *arg)
{
	const struct reach *r = arg;

	return watched_reached(r->dst, r->to) == r->to;
}

void watched_check_reach(const char *what, const char *dst, uint32_t to)
{
	struct reach r = { dst, to };

	usleep(30000); /* a frame that does not come is waited for much longer */
	xmt_check(daemon_within_a_second(reaches, &r), "%s: %s reaches %s", what, dst,
		  mark_text(&watched.set, to));
}

static bool has_carrier(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_running(d->ns, d->name) == d->value;
}

void watched_check_carrier(const char *what, int peer, const char *dev, bool on)
{
	struct device d = { &watched.net.peer[peer], dev, on };

	xmt_check(daemon_within_a_second(has_carrier, &d), "%s: %s %s a carrier", what, dev,
		  on ? "has" : "has not");
}
