// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Additional addresses that the watcher follows: `addresses follow` */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "watcher_fixture.h"

#define M_VRRP "00:00:5e:00:01:33"
#define M_SELF "02:00:00:00:00:66"

static void follow_both(void)
{
	nt_xm_must(&watcher.net.host, "set e0 addresses follow");
	nt_xm_must(&watcher.net.host, "set e1 addresses follow");
}

static const char *peer(int i)
{
	return watcher.net.peer[i].name;
}

static void macvlan_add(int i, const char *mac)
{
	xmt_must("ip -n %s link add v%d link e%d address %s type macvlan mode bridge", peer(i), i,
		 i, mac);
}

/* keepalived: the macvlan of the master is up, that of the backup is down */
static void vrrp(void)
{
	watcher_make_pair();
	follow_both();
	for (int i = 0; i < 2; i++)
		macvlan_add(i, M_VRRP);
	for (int i = 0; i < 4; i++) {
		int is = i % 2;

		xmt_must("ip -n %s link set v%d down", peer(!is), !is);
		xmt_must("ip -n %s link set v%d up", peer(is), is);
		watcher_check_reach("the master's macvlan is up", M_VRRP, 1 << (is ? E1 : E0));
		xmt_check(daemon_within_a_second(daemon_has_logged,
						 is ? "e1: additional address " M_VRRP
						    : "e0: additional address " M_VRRP),
			  "the watcher logs the address");
	}
	xmt_must("ip -n %s link del v1", peer(1));
	watcher_check_reach("the macvlan is deleted", M_VRRP, 0);
}

/* Nobody tells of bridge fdb, nor of a device that is in a namespace of its own */
static void untold(void)
{
	watcher_make_pair();
	follow_both();
	xmt_must("bridge -n %s fdb add " M_SELF " dev e0 self", peer(0));
	watcher_check_reach("bridge fdb add", M_SELF, 1 << E0);
	xmt_must("bridge -n %s fdb del " M_SELF " dev e0 self", peer(0));
	watcher_check_reach("bridge fdb del", M_SELF, 0);
	macvlan_add(1, M_VRRP);
	xmt_must("ip -n %s link set v1 netns %s", peer(1), peer(2));
	xmt_must("ip -n %s link set v1 up", peer(2));
	watcher_check_reach("a nested container", M_VRRP, 1 << E1);
	xmt_must("ip -n %s link set v1 down", peer(2));
	watcher_check_reach("a nested container, down", M_VRRP, 0);
}

static void refused(void)
{
	watcher_make_pair();
	follow_both();
	macvlan_add(0, M_E1);
	xmt_must("ip -n %s link set v0 up", peer(0));
	xmt_check(daemon_within_a_second(daemon_has_logged, "e0: not followed: address " M_E1
							    " is that of the endpoint e1"),
		  "a sibling's address is refused and logged");
	watcher_check_reach("refused", M_E1, 1 << E1);
	xmt_must("ip -n %s link set v0 address " M_SELF, peer(0));
	watcher_check_reach("another address", M_SELF, 1 << E0);
	for (int i = 0; i < 20; i++)
		xmt_must("bridge -n %s fdb add 02:00:00:00:03:%02x dev e0 self", peer(0), i);
	xmt_check(daemon_within_a_second(daemon_has_logged,
					 "e0 has 8 additional addresses, which is the limit"),
		  "more than the limit is logged");
}

static void parent_gets(const char *mac, const char *logged)
{
	xmt_must("ip -n %s link set p0 address %s", watcher.net.host.name, mac);
	xmt_check(daemon_within_a_second(daemon_has_logged, logged), "it is logged: %s", logged);
}

/* The parent gets an address of an endpoint, its own or an additional one */
static void shared(void)
{
	watcher_make_pair();
	nt_xm_must(&watcher.net.host, "set e1 address add " M_SELF);
	parent_gets(M_SELF, "p0: e1: address " M_SELF " is also that of the parent p0");
	parent_gets(M_E0, "p0: e0: address " M_E0 " is also that of the parent p0");
	parent_gets(NT_HOST_MAC, "p0: address " NT_HOST_MAC);
	xmt_check(daemon_count_lines("is also that of the parent p0") == 2, "each is one line");
}

/* What changed while no watcher ran is followed by the next one, where it is to be followed */
static void restart(void)
{
	watcher_make_pair();
	nt_xm_must(&watcher.net.host, "set e0 addresses follow");
	daemon_end(SIGKILL);
	xmt_must("bridge -n %s fdb add " M_SELF " dev e0 self", peer(0));
	xmt_must("bridge -n %s fdb add " M_VRRP " dev e1 self", peer(1));
	daemon_start();
	watcher_check_reach("a new watcher", M_SELF, 1 << E0);
	watcher_check_reach("not followed", M_VRRP, 0);
	nt_xm_must(&watcher.net.host, "set e0 addresses own");
	watcher_check_reach("own", M_SELF, 0);
	xmt_check(daemon_within_a_second(daemon_has_logged,
					 "e0: additional address " M_SELF " was removed"),
		  "it is logged");
}

static bool filter_has(const void *ns)
{
	return !xmt_run("bridge -n %s fdb show dev p0 | grep -q " M_VRRP,
			((const struct xmt_ns *)ns)->name);
}

/* The kernel empties the filter of a device that is moved */
static void moved(void)
{
	const struct xmt_ns *to = &watcher.net.peer[2];

	watcher_make_pair();
	nt_xm_must(&watcher.net.host, "set e0 addresses follow");
	nt_xm_must(&watcher.net.host, "set e1 address add " M_VRRP);
	xmt_must("bridge -n %s fdb add " M_SELF " dev e0 self", peer(0));
	watcher_check_reach("before", M_SELF, 1 << E0);
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", watcher.net.host.name,
		 to->name, to->name);
	xmt_check(daemon_within_a_second(filter_has, to), "the parent's filter has it again");
	nt_wait_operstate(to);
	watcher_check_reach("moved", M_VRRP, 1 << E1);
	watcher_check_reach("moved, followed", M_SELF, 1 << E0);
	xmt_must("bridge -n %s fdb del " M_SELF " dev e0 self", peer(0));
	watcher_check_reach("moved, not in the list any more", M_SELF, 0);
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "vrrp", 60, vrrp },	    { "untold", 60, untold }, { "refused", 60, refused },
		{ "restart", 60, restart }, { "moved", 60, moved },   { "shared", 60, shared },
	};

	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
