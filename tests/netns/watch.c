// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland follows each kind of change of a device within a second, without a command. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "pkt.h"
#include "watcher_fixture.h"

static void follow_carrier(void)
{
	watcher_make_pair();
	watcher_check_carrier("at first", 0, "e0", true);
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	watcher_check_carrier("wire down", 0, "e0", false);
	watcher_check_carrier("wire down", 1, "e1", false);
	watcher_add_endpoint("e2", 2, "");
	watcher_check_carrier("added while the wire is down", 2, "e2", false);
	xmt_must("ip -n %s link set w0 up", watcher.net.wire.name);
	for (int i = 0; i < 3; i++)
		watcher_check_carrier("wire up again", i, i ? i > 1 ? "e2" : "e1" : "e0", true);
	watcher_check_reach("wire up again", M_ALL, 1 << E0 | 1 << E1);
	xmt_must("ip -n %s link set p0 down", watcher.net.host.name);
	watcher_check_carrier("parent down", 0, "e0", false);
	daemon_end(SIGTERM);
	watcher_check_carrier("watcher ended", 0, "e0", true);
	daemon_start();
	watcher_check_carrier("watcher started", 0, "e0", false);
	daemon_end(SIGKILL);
	xmt_must("ip -n %s link set p0 up", watcher.net.host.name);
	nt_xm_must(&watcher.net.host, "sync");
	watcher_check_carrier("watcher killed, parent up, a command", 0, "e0", true);
	watcher_check_reach("watcher killed, parent up, a command", M_E0, 1 << E0);
}

static bool has_mtu(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_attr(d->ns, d->name, "mtu") == d->value;
}

static void follow_mtu(void)
{
	struct device d = { &watcher.net.peer[0], "e0", 1300 };

	watcher_make_pair();
	xmt_must("ip -n %s link set p0 mtu 1300", watcher.net.host.name);
	xmt_check(daemon_within_a_second(has_mtu, &d), "the parent's MTU shrinks: so does e0's");
	xmt_must("ip -n %s link set p0 mtu 1500", watcher.net.host.name);
	xmt_must("ip -n %s link set e1 mtu 1400", watcher.net.peer[1].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e1: mtu 1400"),
		  "e1's own MTU is followed");
	xmt_check(has_mtu(&d), "the parent's MTU grows: e0's stays");
}

static bool in_filter(const void *mac)
{
	return leftovers_in_filter(&watcher.net.host, mac);
}

static bool not_in_filter(const void *mac)
{
	return !leftovers_in_filter(&watcher.net.host, mac);
}

static void follow_own_mac(void)
{
	watcher_make_pair();
	xmt_must("ip -n %s link set e0 address " M_NEW, watcher.net.peer[0].name);
	watcher_check_reach("MAC of e0 changed", M_NEW, 1 << E0);
	watcher_check_reach("MAC of e0 changed", M_E0, 0);
	xmt_check(daemon_within_a_second(in_filter, M_NEW),
		  "MAC of e0 changed: the unicast filter has the new MAC");
	xmt_check(daemon_within_a_second(not_in_filter, M_E0),
		  "MAC of e0 changed: the old MAC is removed");
	xmt_must("ip -n %s link set e0 address " NT_HOST_MAC, watcher.net.peer[0].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e0: not followed: address " NT_HOST_MAC
							    " is that of the parent p0"),
		  "the parent's MAC is refused and logged");
	watcher_check_reach("refused", M_NEW, 1 << E0);
	xmt_must("ip -n %s link set e0 address " M_E1, watcher.net.peer[0].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e0: not followed: address " M_E1
							    " is that of the endpoint e1"),
		  "a sibling's MAC is refused and logged");
	watcher_check_reach("refused", M_E1, 1 << E1);
	xmt_must("ip -n %s link set e0 address " M_E0, watcher.net.peer[0].name);
	watcher_check_reach("MAC of e0 changed back", M_E0, 1 << E0);
}

/*
 * With trust off only the administrator changes the MAC. With trust on, a neighbour's MAC gets a
 * warning.
 */
static void trusted_mac(void)
{
	watcher_make_pair();
	nt_xm_must(&watcher.net.host, "set e0 trust off");
	xmt_must("ip -n %s link set e0 address " NT_WIRE_MAC, watcher.net.peer[0].name);
	xmt_check(daemon_within_a_second(
			  daemon_has_logged,
			  "e0: not followed: trust is off: address of the device is " NT_WIRE_MAC),
		  "trust off: the address is refused and logged");
	watcher_check_reach("trust off", M_E0, 1 << E0);
	xmt_must("ip -n %s neigh add 10.9.0.1 lladdr " NT_WIRE_MAC " dev p0 nud reachable",
		 watcher.net.host.name);
	xmt_must("ip -n %s link set e1 address " NT_WIRE_MAC, watcher.net.peer[1].name);
	xmt_check(daemon_within_a_second(daemon_has_logged,
					 "e1: address " NT_WIRE_MAC
					 " is also that of the parent's neighbour 10.9.0.1"),
		  "trust on: a neighbour's address is followed with a warning");
	nt_xm_must(&watcher.net.host, "set e0 trust on");
	xmt_must("ip -n %s link set e0 address " M_NEW, watcher.net.peer[0].name);
	watcher_check_reach("trust on again", M_NEW, 1 << E0);
}

static bool neighbour_knows(const void *mac)
{
	return !xmt_run("ip -n %s neigh show 10.9.0.10 | grep -q %s", watcher.net.wire.name,
			(const char *)mac);
}

/* The announcement by the container's stack (arp_notify) is dropped: its MAC is not followed yet */
static void announce_own_mac(void)
{
	const char *c;

	watcher_make_pair();
	c = watcher.net.peer[0].name;
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0", watcher.net.wire.name);
	xmt_must("ip -n %s addr add 10.9.0.10/24 dev e0", c);
	xmt_check(!xmt_run("ip netns exec %s ping -n -c 1 -W 2 10.9.0.1", c) &&
			  neighbour_knows(M_E0),
		  "a neighbour knows the MAC");
	xmt_must("ip -n %s link set e0 address " M_NEW, c);
	xmt_check(daemon_within_a_second(neighbour_knows, M_NEW),
		  "MAC of e0 changed: the watcher announces it to the neighbour");
}

static bool has_mac(const void *arg)
{
	const struct device *d = arg;
	uint8_t is[6] = {}, want[6];

	xmt_mac_parse(M_NEW, want);
	want[5] = d->value;
	xmt_link_mac(d->ns, d->name, is);
	return !memcmp(is, want, 6);
}

static void follow_passthru_macs(void)
{
	struct device parent = { &watcher.net.host, "p0", 0x56 },
		      endpoint = { &watcher.net.peer[0], "e0", 0x57 };

	watcher_make_net(1);
	watcher_add_endpoint("e0", 0, "mode passthru");
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
	xmt_must("ip -n %s link set e0 address 02:00:00:00:00:56", watcher.net.peer[0].name);
	xmt_check(daemon_within_a_second(has_mac, &parent), "the parent gets the endpoint's MAC");
	xmt_must("ip -n %s link set p0 address 02:00:00:00:00:57", watcher.net.host.name);
	xmt_check(daemon_within_a_second(has_mac, &endpoint), "the endpoint gets the parent's MAC");
	nt_xm_must(&watcher.net.host, "del e0");
	xmt_check(!leftovers_on_parent(&watcher.net.host), "nothing is left on the parent");
}

static bool no_pins(const void *unused)
{
	(void)unused;
	return !leftovers_pins();
}

static bool not_shown(const void *name)
{
	return nt_xm(&watcher.net.host, "show %s", (const char *)name) != 0;
}

static void deleted_devices(void)
{
	watcher_make_pair();
	watcher_add_endpoint("e2", 2, "");
	xmt_check(daemon_within_a_second(daemon_has_logged, "e2: is new"), "an endpoint is added");
	sleep(3); /* no session is due any more */
	nt_xm_must(&watcher.net.host, "add e9 link p0 type tap");
	xmt_check(daemon_within_a_second(daemon_has_logged, "e9: is new"), "a tap is added");
	nt_xm_must(&watcher.net.host, "del e9");
	xmt_must("ip -n %s link del e2", watcher.net.peer[2].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e2: was removed"),
		  "the device of an endpoint is deleted");
	xmt_must("ip -n %s link set p0 down && ip -n %s link set p0 name p9 up",
		 watcher.net.host.name, watcher.net.host.name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: was renamed to p9"),
		  "the parent is renamed");
	watcher_check_reach("renamed", M_E0, 1 << E0);
	for (int i = 0; i < 2; i++)
		close(watcher.set.rx[i].fd);
	close(watcher.net.peer[0].fd);
	xmt_must("ip netns del %s", watcher.net.peer[0].name);
	/* the kernel destroys a namespace some time later */
	for (int i = 0; i < 10 && !daemon_has_logged("e0: was removed"); i++)
		usleep(500000);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e0: was removed"),
		  "the namespace of e0 is destroyed");
	xmt_check(not_shown("e0"), "the namespace of e0 is destroyed: `show` does not list e0");
	xmt_check(leftovers_host_ends(&watcher.net.host) == 1,
		  "the namespace of e0 is destroyed: its host end is removed");
	xmt_must("ip -n %s link del p9", watcher.net.host.name);
	xmt_check(daemon_within_a_second(no_pins, NULL),
		  "the parent is deleted: its pins are removed");
	xmt_check(daemon_within_a_second(daemon_has_logged, "p9: stopped watching"),
		  "the parent is deleted: the watcher logs it");
	xmt_check(!leftovers_host_ends(&watcher.net.host),
		  "the parent is deleted: no host end is left");
}

static void endpoint_moved(void)
{
	watcher_make_pair();
	close(watcher.set.rx[E0].fd);
	watcher.set.n = 0;
	xmt_must("ip -n %s link set e0 netns %s", watcher.net.peer[0].name,
		 watcher.net.peer[2].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", watcher.net.peer[2].name);
	nt_wait_net(&watcher.net);
	watcher_add_receiver("e0", &watcher.net.peer[2]);
	watcher_check_reach("moved to another namespace", M_E0, 1);
	watcher_check_reach("moved to another namespace", M_ALL, 1);
	close(watcher.set.rx[E0].fd);
	watcher.set.n = 0;
	xmt_must("ip -n %s link set e0 netns %s", watcher.net.peer[2].name, watcher.net.host.name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", watcher.net.host.name);
	nt_wait_net(&watcher.net);
	watcher_add_receiver("e0", &watcher.net.host);
	watcher_check_reach("moved beside the parent", M_E0, 1);
	close(watcher.set.rx[E0].fd);
	watcher.set.n = 0;
	xmt_must("ip -n %s link set e0 netns %s", watcher.net.host.name, watcher.net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", watcher.net.peer[0].name);
	nt_wait_net(&watcher.net);
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_check_reach("moved back to its namespace", M_E0, 1);
}

/* The watcher finds changes that were made before its start. */
static void changes_before_start(void)
{
	struct device d = { &watcher.net.peer[1], "e1", 1280 };

	watcher_make_pair();
	daemon_end(SIGKILL);
	xmt_must("ip -n %s link set e0 address " M_NEW, watcher.net.peer[0].name);
	xmt_must("ip -n %s link set p0 mtu 1280", watcher.net.host.name);
	daemon_start();
	watcher_check_reach("changed before the start", M_NEW, 1 << E0);
	xmt_check(daemon_within_a_second(has_mtu, &d), "changed before the start: the MTU");
	xmt_must("%s; test $? = 2", daemon_bin());
	xmt_check(strstr(xmt_output(), "another xmacvland is running") != NULL,
		  "a second watcher is refused");
	daemon_signal(SIGHUP);
	xmt_check(daemon_within_a_second(daemon_has_logged, "SIGHUP: reconciling everything"),
		  "SIGHUP");
	watcher_check_reach("after SIGHUP", M_NEW, 1 << E0);
}

static bool no_host_ends(const void *unused)
{
	(void)unused;
	return !leftovers_host_ends(&watcher.net.host);
}

/* Two MACs that move between two events; a parent that is deleted before the start; no bpffs */
static void unusual_starts(void)
{
	watcher_make_pair();
	xmt_must("ip -n %s link set e1 address " M_NEW " && ip -n %s link set e0 address " M_E1,
		 watcher.net.peer[1].name, watcher.net.peer[0].name);
	watcher_check_reach("e0 has e1's former MAC", M_E1, 1 << E0);
	watcher_check_reach("e1 has its new MAC", M_NEW, 1 << E1);
	daemon_end(SIGKILL);
	sleep(3); /* its last heartbeat is valid that long */
	xmt_must("ip -n %s link del p0", watcher.net.host.name);
	daemon_start();
	xmt_check(daemon_within_a_second(no_pins, NULL) &&
			  daemon_within_a_second(no_host_ends, NULL),
		  "parent deleted before the start: nothing is left");
	xmt_must("unshare -m sh -c 'mount -t tmpfs tmpfs /sys/fs/bpf && %s; test $? = 2'",
		 daemon_bin());
	xmt_check(strstr(xmt_output(), "no bpffs") != NULL,
		  "without a bpffs the watcher does not start: %s", xmt_output());
}

/* A second parent and a second namespace with a parent are added while the watcher runs. */
static void several_namespaces(void)
{
	struct nt_net other;
	uint64_t before;

	watcher_make_pair();
	xmt_ns_add(&other.wire, "wire2", 0);
	xmt_ns_add(&other.host, "host2", 0);
	xmt_veth(&other.wire, "w0", NULL, &other.host, "p0", NULL);
	xmt_veth(&other.wire, "w1", NULL, &watcher.net.host, "p1", NULL);
	nt_xm_must(&other.host, "add x0 link p0 netns %s", watcher.net.peer[2].name);
	nt_xm_must(&watcher.net.host, "add x1 link p1 netns %s", watcher.net.peer[2].name);
	xmt_must("ip -n %s link set x0 up && ip -n %s link set x1 up", watcher.net.peer[2].name,
		 watcher.net.peer[2].name);
	xmt_must("ip -n %s link set w0 down && ip -n %s link set w1 down", other.wire.name,
		 other.wire.name);
	watcher_check_carrier("a namespace added later", 2, "x0", false);
	watcher_check_carrier("a parent added later", 2, "x1", false);
	watcher_check_carrier("another parent", 0, "e0", true);
	before = nt_now_ms();
	close(other.host.fd);
	xmt_must("ip netns del %s", other.host.name);
	other.host.fd = -1;
	while (xmt_ifindex(&watcher.net.peer[2], "x0") && nt_now_ms() - before < 10000)
		usleep(10000);
	xmt_check(!xmt_ifindex(&watcher.net.peer[2], "x0"),
		  "the watcher does not keep a namespace alive");
	xmt_must("ip -n %s link set w1 up", other.wire.name);
	watcher_check_carrier("the others are still watched", 2, "x1", true);
}

static const struct nt_case cases[] = {
	{ "carrier", 40, follow_carrier },
	{ "mtu", 20, follow_mtu },
	{ "own-mac", 30, follow_own_mac },
	{ "trusted-mac", 30, trusted_mac },
	{ "announce-mac", 30, announce_own_mac },
	{ "passthru", 20, follow_passthru_macs },
	{ "deleted-devices", 40, deleted_devices },
	{ "endpoint-moved", 30, endpoint_moved },
	{ "changes-before-start", 30, changes_before_start },
	{ "unusual-starts", 40, unusual_starts },
	{ "several-namespaces", 40, several_namespaces },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
