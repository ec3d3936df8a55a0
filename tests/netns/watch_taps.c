// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvland and endpoints of type tap, whose hypervisor has them open: carrier, MTU, groups,
 * devices that are deleted, a parent that is moved or dies.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "tap_fixture.h"
#include "watcher_fixture.h"

static int tap; /* descriptor of e0 */

/* e0 is a tap, e1 a veth; both are receivers */
static void make_world(void)
{
	watcher_make_net(3);
	nt_xm_must(&watcher.net.host, "add e0 link p0 type tap address " M_E0);
	watcher_add_endpoint("e1", 1, "address " M_E1);
	nt_wait_net(&watcher.net);
	tap = tap_must_open(&watcher.net.host, "e0", 0);
	probe_add_tap(&watcher.set, "e0", tap);
	watcher_add_receiver("e1", &watcher.net.peer[1]);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
}

static bool has_carrier(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_running(d->ns, d->name) == d->value;
}

static bool is_up(const char *name)
{
	return !xmt_run("ip -n %s link show %s | grep -q '[<,]UP[,>]'", watcher.net.host.name,
			name);
}

static void check_tap(const char *what, const char *name, bool carrier)
{
	struct device d = { &watcher.net.host, name, carrier };

	xmt_check(daemon_within_a_second(has_carrier, &d), "%s: tap %s has %s carrier", what, name,
		  carrier ? "a" : "no");
}

static void check_not_stale(const char *what)
{
	nt_xm_must(&watcher.net.host, "show");
	xmt_check(!strstr(xmt_output(), "stale"), "%s: nothing is stale%s", what,
		  strstr(xmt_output(), "stale") ?: "");
}

static void send_group(void)
{
	probe_send(tap, M_ALL, M_E0, probe_next());
}

static void follow_carrier(void)
{
	int other;

	make_world();
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	check_tap("wire down", "e0", false);
	xmt_check(is_up("e0"), "wire down: the tap stays up");
	check_not_stale("wire down");
	send_group();
	xmt_check(nt_number(&watcher.net.host, "e0", "drops.parent_down") == 1,
		  "wire down: what the guest sends is counted as parent_down");
	nt_xm_must(&watcher.net.host, "add e2 link p0 type tap");
	xmt_check(daemon_within_a_second(daemon_has_logged, "e2: is new"), "e2 is noticed");
	other = tap_open(&watcher.net.host, "e2", 0);
	check_tap("added and opened while the wire is down", "e2", false);
	xmt_must("ip -n %s link set w0 up", watcher.net.wire.name);
	check_tap("wire up again", "e0", true);
	check_tap("wire up again", "e2", true);
	watcher_check_reach("wire up again", M_ALL, 1 << E0 | 1 << E1);
	close(other);
	check_tap("closed", "e2", false);
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	check_tap("wire down, e2 is not open", "e0", false);
	xmt_must("ip -n %s link set w0 up", watcher.net.wire.name);
	check_tap("wire up, e2 is not open", "e0", true);
	check_tap("wire up, e2 is not open", "e2", false);
	xmt_must("ip -n %s link set e0 down", watcher.net.host.name);
	watcher.set.rx[E0].off = true; /* no sentinel either */
	watcher_check_reach("set down by its administrator", M_E0, 0);
	watcher.set.rx[E0].off = false;
	nt_xm_must(&watcher.net.host, "sync");
	xmt_check(!is_up("e0"), "set down by its administrator: it stays down");
	xmt_must("ip -n %s link set e0 up", watcher.net.host.name);
	watcher_check_reach("up again", M_E0, 1 << E0);
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	check_tap("wire down", "e0", false);
	daemon_end(SIGTERM);
	check_tap("watcher ended", "e0", true);
}

static void killed_watcher(void)
{
	make_world();
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	check_tap("wire down", "e0", false);
	daemon_end(SIGKILL);
	xmt_must("ip -n %s link set w0 up", watcher.net.wire.name);
	nt_xm_must(&watcher.net.host, "sync");
	check_tap("watcher killed, wire up, a command", "e0", true);
	watcher_check_reach("watcher killed, wire up, a command", M_E0, 1 << E0);
}

static bool has_mtu(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_attr(d->ns, d->name, "mtu") == d->value;
}

static void follow_mtu(void)
{
	struct device d = { &watcher.net.host, "e0", 1300 };

	make_world();
	xmt_must("ip -n %s link set p0 mtu 1300", watcher.net.host.name);
	xmt_check(daemon_within_a_second(has_mtu, &d), "the parent's MTU shrinks: so does e0's");
	xmt_must("ip -n %s link set p0 mtu 1500", watcher.net.host.name);
	xmt_must("ip -n %s link set e0 mtu 1400", watcher.net.host.name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e0: mtu 1400"),
		  "the tap's own MTU is followed");
	check_not_stale("own MTU");
}

/* A guest joins groups that the host does not see */
static void groups(void)
{
	make_world();
	watcher_check_reach("groups", M_GROUP, 1 << E0);
	xmt_must("ip -n %s maddr add " M_GROUP " dev e1", watcher.net.peer[1].name);
	watcher_check_reach("e1 joined", M_GROUP, 1 << E0 | 1 << E1);
	watcher_check_reach("e1 did not join", M_OTHER, 1 << E0);
	sleep(2); /* a beat */
	watcher_check_reach("after a beat", M_OTHER, 1 << E0);
}

static bool is_removed(const void *name)
{
	return nt_xm(&watcher.net.host, "show %s", (const char *)name) == 2;
}

static void devices_deleted(void)
{
	make_world();
	tap_rename(&watcher.net.host, "e0", "vm9");
	watcher_check_reach("renamed", M_E0, 1 << E0);
	xmt_must("ip -n %s link del vm9", watcher.net.host.name);
	xmt_check(daemon_within_a_second(is_removed, "e0"), "deleted: the endpoint is removed");
	watcher.set.rx[E0].off = true;
	watcher_check_reach("deleted", M_E1, 1 << E1);
	nt_xm_must(&watcher.net.host, "add e2 link p0 type tap");
	tap = tap_must_open(&watcher.net.host, "e2", 0);
	check_not_stale("a new one");
	xmt_must("ip -n %s link del p0", watcher.net.host.name);
	xmt_check(daemon_within_a_second(is_removed, "e2"), "the parent dies: e2 is removed");
	xmt_check(!leftovers_pins() && !leftovers_host_ends(&watcher.net.host),
		  "the parent dies: no pins and no taps are left");
	xmt_check(write(tap, "x", 1) < 0 && errno == EBADFD, "... the descriptor says %s",
		  strerror(errno));
}

static bool endpoint_is_shown(const void *ns)
{
	return !nt_xm(ns, "show e0") && !strstr(xmt_output(), "stale");
}

static void check_moved(const char *what, const struct xmt_ns *ns)
{
	char watched[80];

	xmt_check(daemon_within_a_second(endpoint_is_shown, ns), "%s: e0 is there", what);
	/* only then it is heard that it moves on */
	snprintf(watched, sizeof(watched), "%s: p0: watched", ns->name);
	xmt_check(daemon_within_a_second(daemon_has_logged, watched), "%s: watched", what);
	xmt_check(leftovers_is_tap(ns, "e0"), "%s: the tap has followed with its name", what);
	nt_wait_operstate(ns);
	watcher_check_reach(what, M_E0, 1 << E0);
	watcher_check_reach(what, M_ALL, 1 << E0 | 1 << E1);
	xmt_check(probe_arrives(tap, watcher.set.rx[E1].fd, M_E1, M_E0),
		  "%s: by the same descriptor the guest sends", what);
}

static void parent_moved(void)
{
	const char *host = watcher.net.host.name, *other = watcher.net.peer[2].name;

	make_world();
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", host, other, other);
	check_moved("moved", &watcher.net.peer[2]);
	xmt_check(!leftovers_host_ends(&watcher.net.host), "moved: nothing is left behind");
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", other, host, host);
	check_moved("moved back", &watcher.net.host);
	nt_xm_must(&watcher.net.host, "del e0");
	nt_xm_must(&watcher.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&watcher.net.host), "detached: left: %s",
		  leftovers_on_parent(&watcher.net.host) ?: "nothing");
}

/* A device in the new namespace has the name of the tap */
static void parent_moved_name_taken(void)
{
	const char *host = watcher.net.host.name, *other = watcher.net.peer[2].name;

	make_world();
	xmt_must("ip -n %s link add e0 type bridge", other);
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", host, other, other);
	watcher.set.rx[E0].off = true;
	watcher_check_reach("moved, the name is taken", M_E1, 1 << E1);
	xmt_check(!leftovers_host_ends(&watcher.net.host), "... the tap is not left behind");
	xmt_check(!xmt_run("ip -n %s -d link show e0 | grep -q bridge", other),
		  "... the other device is left alone");
	nt_xm_must(&watcher.net.peer[2], "sync");
	xmt_check(nt_xm(&watcher.net.peer[2], "show e0") == 2, "... the endpoint is removed");
}

static const struct nt_case cases[] = {
	{ "carrier", 60, follow_carrier },
	{ "killed", 30, killed_watcher },
	{ "mtu", 20, follow_mtu },
	{ "groups", 30, groups },
	{ "deleted", 30, devices_deleted },
	{ "parent moved", 60, parent_moved },
	{ "parent moved, name taken", 60, parent_moved_name_taken },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
