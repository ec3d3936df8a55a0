// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fixture of the tests of xmacvland. See watcher_fixture.h. */
#include <linux/if_ether.h>
#include <string.h>
#include <unistd.h>

#include "watcher_fixture.h"

struct watcher_fixture watcher;

static void watcher_send_sentinels(void *arg, uint64_t id)
{
	(void)arg;
	probe_send(watcher.wire, M_ALL, M_ELSE, id);
}

void watcher_add_receiver(const char *name, const struct xmt_ns *ns)
{
	probe_add(&watcher.set, name, ns, name, ETH_P_ALL);
}

void watcher_add_endpoint(const char *dev, int peer, const char *options)
{
	nt_xm_must(&watcher.net.host, "add %s link p0 netns %s %s", dev,
		   watcher.net.peer[peer].name, options);
	xmt_must("ip -n %s link set %s addrgenmode none up", watcher.net.peer[peer].name, dev);
}

void watcher_make_net(unsigned int peers)
{
	memset(&watcher.set, 0, sizeof(watcher.set));
	nt_one_cpu();
	nt_net(&watcher.net, peers, 0);
	watcher.wire = probe_sender(&watcher.net.wire, "w0");
	watcher.set.sentinels = watcher_send_sentinels;
}

void watcher_make_pair_only(void)
{
	watcher_make_net(3);
	watcher_add_endpoint("e0", 0, "address " M_E0);
	watcher_add_endpoint("e1", 1, "address " M_E1);
	nt_wait_net(&watcher.net);
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_add_receiver("e1", &watcher.net.peer[1]);
}

void watcher_make_pair(void)
{
	watcher_make_pair_only();
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
}

struct reach {
	const char *dst;
	uint32_t to;
};

uint32_t watcher_send_frame(const char *dst, uint32_t to)
{
	uint64_t id = probe_next();
	bool twice;

	probe_send(watcher.wire, dst, M_ELSE, id);
	return probe_collect(&watcher.set, id, to, &twice);
}

static bool frame_reaches(const void *arg)
{
	const struct reach *r = arg;

	return watcher_send_frame(r->dst, r->to) == r->to;
}

void watcher_check_reach(const char *what, const char *dst, uint32_t to)
{
	struct reach r = { dst, to };

	usleep(30000); /* waiting for a frame that does not arrive takes much longer */
	xmt_check(daemon_within_a_second(frame_reaches, &r), "%s: %s reaches %s", what, dst,
		  probe_text(&watcher.set, to));
}

static bool has_carrier(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_running(d->ns, d->name) == d->value;
}

void watcher_check_carrier(const char *what, int peer, const char *dev, bool on)
{
	struct device d = { &watcher.net.peer[peer], dev, on };

	xmt_check(daemon_within_a_second(has_carrier, &d), "%s: %s has %s carrier", what, dev,
		  on ? "a" : "no");
}
