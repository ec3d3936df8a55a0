// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvland follows a parent that is moved to another namespace; the watcher is killed during the
 * move.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "prng.h"
#include "watcher_fixture.h"

#define KILLED_MOVES 6

static bool endpoint_is_shown(const void *ns)
{
	return !nt_xm(ns, "show e0") && !strstr(xmt_output(), "stale");
}

/* Checks the endpoints of the parent in its new namespace, in which its ifindex is another. */
static void check_moved_parent(const char *what, const struct xmt_ns *ns)
{
	watcher_check_reach(what, M_E0, 1 << E0);
	watcher_check_reach(what, M_E1, 1 << E1);
	watcher_check_reach(what, M_ALL, 1 << E0 | 1 << E1);
	watcher_check_reach(what, M_GROUP, 0);
	xmt_check(!nt_xm(ns, "add e9 link p0"), "%s: another endpoint can be added: %s", what,
		  xmt_output());
	nt_xm_must(ns, "del e9");
}

/* Gives other devices the names that the host ends will have there, whatever ifindex p0 gets */
static void take_names_of_host_ends(const char *ns)
{
	xmt_must("ip -n %s link add b0 type bridge; for p in 2 3 4 5 6 7 8 9 a b c d; do ip -n %s "
		 "link "
		 "property add dev b0 altname xm$p-1 altname xm$p-2 || exit 1; done",
		 ns, ns);
}

static void parent_moved(void)
{
	watcher_make_pair();
	xmt_must("ip -n %s link add x0 type veth peer name x1", watcher.net.peer[2].name);
	take_names_of_host_ends(watcher.net.peer[2].name);
	xmt_must("ip -n %s link set p0 netns %s", watcher.net.host.name, watcher.net.peer[2].name);
	xmt_must("ip -n %s link set p0 up", watcher.net.peer[2].name);
	xmt_check(daemon_within_a_second(endpoint_is_shown, &watcher.net.peer[2]),
		  "moved: the endpoints are in its new namespace");
	xmt_check(nt_xm(&watcher.net.host, "show e0") == 2,
		  "moved: they are not in the old namespace");
	xmt_check(!leftovers_host_ends(&watcher.net.host),
		  "moved: no host end is left in the old namespace");
	xmt_check(!xmt_run("ip -n %s -br link | grep '^xm.*-400[12]@'", watcher.net.peer[2].name),
		  "moved: host ends have their second names: %s", xmt_output());
	nt_wait_operstate(&watcher.net.peer[2]);
	check_moved_parent("moved", &watcher.net.peer[2]);
	watcher_check_carrier("moved", 0, "e0", true);
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	watcher_check_carrier("moved, wire down", 0, "e0", false);
	xmt_must("ip -n %s link set w0 up", watcher.net.wire.name);
	watcher_check_carrier("moved, wire up again", 0, "e0", true);
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up",
		 watcher.net.peer[2].name, watcher.net.host.name, watcher.net.host.name);
	xmt_check(daemon_within_a_second(endpoint_is_shown, &watcher.net.host),
		  "moved back: the endpoints are in the first namespace");
	nt_wait_net(&watcher.net);
	check_moved_parent("moved back", &watcher.net.host);
	nt_xm_must(&watcher.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&watcher.net.host),
		  "moved back and detached: nothing is left on p0: %s",
		  leftovers_on_parent(&watcher.net.host) ?: "");
	xmt_check(!leftovers_host_ends(&watcher.net.peer[2]),
		  "moved back and detached: no host end is left in the other namespace");
}

static bool shown_or_removed(const void *ns)
{
	return endpoint_is_shown(ns) ||
	       (!leftovers_pins() && !leftovers_host_ends(&watcher.net.host) &&
		!leftovers_host_ends(&watcher.net.peer[2]));
}

/*
 * Moves p0 out and back at once. The watcher finds it in its first namespace, or the second move
 * happened while the watcher followed the first; then nothing is left.
 */
static void move_out_and_back(const char *host, const char *other)
{
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 netns %s && ip -n %s link "
		 "set p0 up",
		 host, other, other, host, host);
	usleep(500000);
	xmt_check(daemon_within_a_second(shown_or_removed, &watcher.net.host),
		  "moved out and back at once: all endpoints work, or all are removed");
	if (endpoint_is_shown(&watcher.net.host)) {
		nt_wait_net(&watcher.net);
		check_moved_parent("moved out and back at once", &watcher.net.host);
		return;
	}
	probe_close(&watcher.set);
	watcher.set.n = 0;
	watcher_add_endpoint("e0", 0, "address " M_E0);
	watcher_add_endpoint("e1", 1, "address " M_E1);
	nt_wait_net(&watcher.net);
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_add_receiver("e1", &watcher.net.peer[1]);
}

/*
 * p0 moves out and back at once. Then p0, which has been the port of a bridge (the kernel reports
 * the end of that as a deletion), moves while `sync` runs all the time.
 */
static void parent_moved_quickly(void)
{
	const char *host = watcher.net.host.name, *other;
	pid_t shows;

	watcher_make_pair();
	host = watcher.net.host.name;
	other = watcher.net.peer[2].name;
	move_out_and_back(host, other);
	xmt_must("ip -n %s link add br0 type bridge && ip -n %s link set p0 master br0 && ip -n %s "
		 "link set p0 nomaster",
		 host, host, host);
	shows = fork();
	if (!shows) {
		for (;;)
			nt_xm(&watcher.net.host, "sync");
	}
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", host, other, other);
	xmt_check(daemon_within_a_second(endpoint_is_shown, &watcher.net.peer[2]),
		  "moved while commands run: followed");
	kill(shows, SIGKILL);
	waitpid(shows, NULL, 0);
	nt_wait_operstate(&watcher.net.peer[2]);
	check_moved_parent("moved while commands run", &watcher.net.peer[2]);
}

/* p0 moves to a third namespace before the watcher has followed it to the second. */
static void parent_moved_twice(void)
{
	const char *host, *by;
	struct xmt_ns *to;

	watcher_make_net(4);
	host = watcher.net.host.name;
	by = watcher.net.peer[2].name;
	to = &watcher.net.peer[3];
	nt_xm_must(&watcher.net.host, "add e0 link p0 netns %s address " M_E0,
		   watcher.net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", watcher.net.peer[0].name);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
	xmt_must("ip -n %s link set p0 netns %s", host, by);
	usleep(50000);
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", by, to->name,
		 to->name);
	xmt_check(daemon_within_a_second(endpoint_is_shown, to),
		  "moved twice within 50 ms: followed to the end");
	nt_wait_operstate(to);
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_check_reach("moved twice", M_E0, 1);
	xmt_check(leftovers_host_ends(to) == 1 && !leftovers_host_ends(&watcher.net.peer[2]) &&
			  leftovers_pins() == 1,
		  "moved twice: one host end, in the third namespace, and one folder of pins");
}

/*
 * In the new namespace another parent has an endpoint in the same slot, and its host end has the
 * ifindex that the host end of p0's endpoint had.
 */
static void parent_moved_to_another_parent(void)
{
	struct xmt_ns *other;

	watcher_make_net(4);
	other = &watcher.net.peer[2];
	nt_xm_must(&watcher.net.host, "add e0 link p0 netns %s address " M_E0,
		   watcher.net.peer[0].name);
	xmt_must("ip -n %s link add w1 type veth peer name q0 netns %s", watcher.net.wire.name,
		 other->name);
	xmt_must("ip -n %s link set w1 up && ip -n %s link set q0 up", watcher.net.wire.name,
		 other->name);
	nt_xm_must(other, "add f0 link q0 netns %s", watcher.net.peer[3].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up && ip -n %s link set f0 addrgenmode "
		 "none up",
		 watcher.net.peer[0].name, watcher.net.peer[3].name);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "q0: watched") &&
			  daemon_within_a_second(daemon_has_logged, "p0: watched"),
		  "the watcher finds both parents");
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", watcher.net.host.name,
		 other->name, other->name);
	xmt_check(daemon_within_a_second(endpoint_is_shown, other),
		  "p0 is moved to q0's namespace: followed");
	nt_wait_operstate(other);
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_check_reach("moved to another parent's namespace", M_E0, 1);
	xmt_check(!nt_xm(other, "show f0") && xmt_link_running(&watcher.net.peer[3], "f0") == 1,
		  "the other parent's endpoint has not changed");
	xmt_check(leftovers_host_ends(other) == 2 && leftovers_pins() == 2,
		  "two host ends, two folders of pins");
}

/*
 * The watcher is killed during the move: the next commands complete the move or remove everything.
 */
static void parent_moved_killed(void)
{
	const struct xmt_ns *from = &watcher.net.host, *to;
	unsigned int completed = 0, removed = 0;
	struct xmt_prng prng;

	xmt_prng_seed(&prng, nt_seed());
	watcher_make_net(3);
	to = &watcher.net.peer[2];
	for (int i = 0; i < KILLED_MOVES; i++) {
		bool there;

		if (nt_xm(from, "show e0"))
			nt_xm_must(from, "add e0 link p0 netns %s address " M_E0,
				   watcher.net.peer[0].name);
		xmt_must("ip -n %s link set e0 addrgenmode none up", watcher.net.peer[0].name);
		daemon_start();
		xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"),
			  "the watcher finds p0");
		xmt_must("ip -n %s link set p0 netns %s", from->name, to->name);
		usleep(140000 + xmt_rand(&prng, 120000)); /* the watcher follows after 150 ms */
		daemon_end(SIGKILL);
		xmt_must("ip -n %s link set p0 up", to->name);
		nt_xm_must(from, "sync");
		nt_xm(to, "sync");
		there = !nt_xm(to, "show e0");
		if (!there) {
			/* until then commands leave the move to the watcher */
			sleep(3);
			usleep(200000);
			nt_xm_must(from, "sync");
			nt_xm(to, "sync");
			there = !nt_xm(to, "show e0");
		}
		xmt_check(
			!leftovers_host_ends(from) && leftovers_host_ends(to) == there &&
				leftovers_pins() == there,
			"killed during the move: completed, or nothing is left (%u + %u host ends, "
			"%u pins, %s)",
			leftovers_host_ends(from), leftovers_host_ends(to), leftovers_pins(),
			xmt_output());
		completed += there;
		removed += !there;
		if (there) {
			watcher.set.n = 0;
			nt_wait_operstate(to);
			watcher_add_receiver("e0", &watcher.net.peer[0]);
			watcher_check_reach("killed during the move, completed", M_E0, 1);
			probe_close(&watcher.set);
		}
		to = from;
		from = from == &watcher.net.host ? &watcher.net.peer[2] : &watcher.net.host;
	}
	xmt_check(completed + removed == KILLED_MOVES,
		  "killed during the move: %u completed, %u removed", completed, removed);
}

/* NET_ADDR_SET: udev's policy replaces a MAC that the kernel has drawn (NET_ADDR_RANDOM) */
static void check_assigned(const char *what, const struct xmt_ns *ns, const char *pattern)
{
	xmt_check(!xmt_run("for d in $(ip -n %s -o link | grep -o ' %s@' | tr -d ' @'); do "
			   "any=1; test $(ip netns exec %s cat "
			   "/sys/class/net/$d/addr_assign_type) = 3 || exit 1; done; test $any",
			   ns->name, pattern, ns->name),
		  "%s: the MAC of %s is a given one", what, pattern);
}

static void macs_assigned(void)
{
	struct xmt_ns *to;

	watcher_make_net(4);
	to = &watcher.net.peer[3];
	watcher_add_endpoint("e0", 0, "");
	watcher_add_endpoint("e1", 1, "address " M_E1);
	check_assigned("added", &watcher.net.host, "xm[0-9-]*");
	check_assigned("added", &watcher.net.peer[0], "e0");
	check_assigned("added", &watcher.net.peer[1], "e1");
	nt_xm_must(&watcher.net.host, "set e0 address " M_NEW);
	check_assigned("set address", &watcher.net.peer[0], "e0");
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
	xmt_must("ip -n %s link set e1 netns %s", watcher.net.peer[1].name,
		 watcher.net.peer[2].name);
	check_assigned("the endpoint is moved", &watcher.net.peer[2], "e1");
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", watcher.net.host.name,
		 to->name, to->name);
	xmt_check(daemon_within_a_second(endpoint_is_shown, to), "the parent is moved: followed");
	check_assigned("the parent is moved", to, "xm[0-9-]*");
	nt_xm_must(to, "del e0");
	nt_xm_must(to, "del e1");
	nt_xm_must(to, "add pt link p0 mode passthru netns %s", watcher.net.peer[0].name);
	check_assigned("passthru", to, "xm[0-9-]*");
	check_assigned("passthru", &watcher.net.peer[0], "pt");
}

static const struct nt_case cases[] = {
	{ "macs-assigned", 40, macs_assigned },
	{ "parent-moved", 40, parent_moved },
	{ "parent-moved-quickly", 60, parent_moved_quickly },
	{ "parent-moved-twice", 40, parent_moved_twice },
	{ "parent-moved-to-another-parent", 40, parent_moved_to_another_parent },
	{ "parent-moved-killed", 90, parent_moved_killed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
