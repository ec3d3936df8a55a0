// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What endpoints change on their parent (filter, flags, MAC, qdiscs, pins), and its restoration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "pkt.h"

#define M_E0  "02:00:00:00:00:10"
#define M_E1  "02:00:00:00:00:11"
#define M_NEW "02:00:00:00:00:55"

static struct nt_net net;
static const char *host; /* the namespace of p0 */

static void filters_make_net(void)
{
	nt_net(&net, 2, 0);
	host = net.host.name;
}

static bool in_filter(const char *mac)
{
	return leftovers_in_filter(&net.host, mac);
}

static void check_flag(const char *what, unsigned int flag, bool on)
{
	xmt_check(!!(leftovers_flags(&net.host) & flag) == on, "%s: p0 is %s%s", what,
		  on ? "" : "not ", flag == IFF_PROMISC ? "promiscuous" : "allmulticast");
}

static void check_mac(const char *what, const struct xmt_ns *where, const char *dev,
		      const char *mac)
{
	uint8_t is[6] = {}, want[6];

	xmt_mac_parse(mac, want);
	xmt_link_mac(where, dev, is);
	xmt_check(!memcmp(is, want, 6), "%s: %s has %s", what, dev, xmt_mac_text(is));
}

static void check_clean(const char *what)
{
	const char *left = leftovers_on_parent(&net.host);

	xmt_check(!left, "%s: left on the parent: %s", what, left ?: "nothing");
}

static void unicast_filter(void)
{
	filters_make_net();
	xmt_must("bridge -n %s fdb add %s dev p0 self permanent", host, M_E1);
	nt_xm_must(&net.host, "add e0 link p0 address %s netns %s", M_E0, net.peer[0].name);
	nt_xm_must(&net.host, "add e1 link p0 address %s netns %s", M_E1, net.peer[1].name);
	xmt_check(in_filter(M_E0), "unicast filter: it has e0's MAC");
	xmt_check(in_filter(M_E1), "unicast filter: it has e1's MAC, which another program added");
	nt_xm_must(&net.host, "set e0 address %s", M_NEW);
	xmt_check(in_filter(M_NEW) && !in_filter(M_E0), "unicast filter: set address changes it");
	check_mac("set address", &net.peer[0], "e0", M_NEW);
	xmt_must("ip -n %s link set e0 address %s", net.peer[0].name, M_E0);
	nt_xm_must(&net.host, "sync");
	xmt_check(in_filter(M_E0) && !in_filter(M_NEW),
		  "unicast filter: a change of the device's MAC changes it");
	nt_xm_must(&net.host, "del e0");
	nt_xm_must(&net.host, "del e1");
	xmt_check(!in_filter(M_E0), "unicast filter: e0's MAC is removed");
	xmt_check(in_filter(M_E1), "unicast filter: the entry of another program stays");
	xmt_must("bridge -n %s fdb del %s dev p0 self", host, M_E1);
	check_clean("unicast filter");
}

static void allmulticast_flag(void)
{
	filters_make_net();
	check_flag("before", IFF_ALLMULTI, false);
	nt_xm_must(&net.host, "add e0 link p0");
	nt_xm_must(&net.host, "add e1 link p0");
	check_flag("two endpoints", IFF_ALLMULTI, true);
	check_flag("two endpoints", IFF_PROMISC, false);
	nt_xm_must(&net.host, "del e0");
	check_flag("one endpoint", IFF_ALLMULTI, true);
	nt_xm_must(&net.host, "del e1");
	check_flag("no endpoint", IFF_ALLMULTI, false);
	xmt_must("ip -n %s link set p0 allmulticast on promisc on", host);
	nt_xm_must(&net.host, "add e0 link p0 mode passthru");
	nt_xm_must(&net.host, "del e0");
	check_flag("set by another program", IFF_ALLMULTI, true);
	check_flag("set by another program", IFF_PROMISC, true);
	xmt_must("ip -n %s link set p0 allmulticast off promisc off", host);
	check_clean("allmulti");
}

static void promiscuous_flag(void)
{
	filters_make_net();
	nt_xm_must(&net.host, "add e0 link p0 mode passthru");
	check_flag("passthru", IFF_PROMISC, true);
	nt_xm_must(&net.host, "set e0 nopromisc");
	check_flag("set nopromisc", IFF_PROMISC, false);
	nt_xm_must(&net.host, "set e0 promisc");
	check_flag("set promisc", IFF_PROMISC, true);
	nt_xm_must(&net.host, "del e0");
	check_flag("deleted", IFF_PROMISC, false);
	nt_xm_must(&net.host, "add e0 link p0 mode passthru nopromisc");
	check_flag("add nopromisc", IFF_PROMISC, false);
	nt_xm_must(&net.host, "detach p0 force");
	check_flag("detached", IFF_PROMISC, false);
	check_flag("detached", IFF_ALLMULTI, false);
	check_clean("promisc");
}

static void passthru_parent_mac(void)
{
	filters_make_net();
	nt_xm_must(&net.host, "add e0 link p0 netns %s mode passthru", net.peer[0].name);
	check_mac("passthru: the endpoint has the parent's MAC", &net.peer[0], "e0", NT_HOST_MAC);
	nt_xm_must(&net.host, "set e0 address %s", M_NEW);
	check_mac("set address", &net.peer[0], "e0", M_NEW);
	check_mac("set address", &net.host, "p0", M_NEW);
	xmt_must("ip -n %s link set p0 address %s", host, M_E0);
	nt_xm_must(&net.host, "sync");
	check_mac("parent changed", &net.peer[0], "e0", M_E0);
	check_mac("parent changed", &net.host, "p0", M_E0);
	xmt_must("ip -n %s link set e0 address %s", net.peer[0].name, M_E1);
	nt_xm_must(&net.host, "sync");
	check_mac("endpoint changed", &net.host, "p0", M_E1);
	check_mac("endpoint changed", &net.peer[0], "e0", M_E1);
	nt_xm_must(&net.host, "del e0");
	check_mac("deleted", &net.host, "p0", NT_HOST_MAC);
	check_clean("passthru mac");
}

/* docs/differences.md: no-protodown, link-settings, timestamps */
static void device_of_endpoint(void)
{
	const char *c0 = net.peer[0].name;

	filters_make_net();
	nt_xm_must(&net.host, "add e0 link p0 netns %s", c0);
	xmt_check(xmt_run("ip -n %s link set e0 protodown on", c0) &&
			  strcasestr(xmt_output(), "not supported"),
		  "protodown is refused: %s", xmt_output());
	xmt_must("ip -n %s link set e0 up && nsenter --net=/run/netns/%s ethtool e0", c0, c0);
	xmt_check(!!strstr(xmt_output(), "Speed: 10000Mb/s"), "ethtool e0: 10 Gb/s");
	xmt_must("nsenter --net=/run/netns/%s ethtool -T e0", c0);
	xmt_check(strstr(xmt_output(), "PTP Hardware Clock: none") &&
			  strstr(xmt_output(), "software-receive"),
		  "ethtool -T e0: software timestamps");
	nt_xm_must(&net.host, "del e0");
	check_clean("device of an endpoint");
}

static bool bond_has_lro(void)
{
	xmt_must("nsenter --net=/run/netns/%s ethtool -k bo0", host);
	return strstr(xmt_output(), "large-receive-offload: on") != NULL;
}

/* A bond has LRO without hardware; this machine's kernel may have no bonds */
static void lro(void)
{
	filters_make_net();
	if (xmt_run("ip -n %s link add bo0 type bond && ip -n %s link set bo0 up", host, host) ||
	    !bond_has_lro()) {
		xmt_skip("LRO: no device with it");
		return;
	}
	nt_xm_must(&net.host, "add e0 link bo0");
	nt_xm_must(&net.host, "add e1 link bo0");
	xmt_check(!bond_has_lro(), "LRO: off while there are endpoints");
	nt_xm_must(&net.host, "del e0");
	xmt_check(!bond_has_lro(), "LRO: off while there is one");
	nt_xm_must(&net.host, "del e1");
	xmt_check(bond_has_lro(), "LRO: put back after the last one");
	nt_xm_must(&net.host, "add e0 link bo0");
	nt_xm_must(&net.host, "detach bo0 force");
	xmt_check(bond_has_lro(), "LRO: put back by detach force");
	xmt_must("nsenter --net=/run/netns/%s ethtool -K bo0 lro off", host);
	nt_xm_must(&net.host, "add e0 link bo0");
	nt_xm_must(&net.host, "del e0");
	xmt_check(!bond_has_lro(), "LRO: what was off stays off");
}

/* What `ethtool -k` prints of the parent, except the offloads that it may lose */
static void read_offloads(char *ret, size_t size)
{
	xmt_must("nsenter --net=/run/netns/%s ethtool -k p0 | "
		 "grep -v -e large-receive -e vlan-filter -e stag-filter | cksum",
		 host);
	snprintf(ret, size, "%s", xmt_output());
}

/* The fan-out turns offloads of its own pair off, not those of the parent */
static void offloads_of_fanout(void)
{
	char before[64], after[64];

	filters_make_net();
	read_offloads(before, sizeof(before));
	setenv("XMACVLAN_FANOUT", "force", 1);
	nt_xm_must(&net.host, "add e0 link p0 netns %s", net.peer[0].name);
	xmt_must("ip -n %s -br link", host);
	xmt_check(!!strstr(xmt_output(), "-in@"), "forced: the parent has a fan-out");
	read_offloads(after, sizeof(after));
	xmt_check(!strcmp(before, after), "fan-out: the parent keeps its offloads");
	nt_xm_must(&net.host, "del e0");
	read_offloads(after, sizeof(after));
	unsetenv("XMACVLAN_FANOUT");
	xmt_check(!strcmp(before, after), "fan-out: after the last endpoint too");
	check_clean("fan-out");
}

/* Qdisc and filter of another program stay on the parent; an attached parent stays until detach. */
static void others_qdisc_and_filter(void)
{
	filters_make_net();
	setenv("XMACVLAN_TC", "clsact", 1);
	xmt_must("tc -n %s qdisc add dev p0 clsact && "
		 "tc -n %s filter add dev p0 ingress pref 7 bpf bytecode '1,6 0 0 0'",
		 host, host);
	nt_xm_must(&net.host, "add e0 link p0 host on");
	nt_xm_must(&net.host, "del e0");
	xmt_must("tc -n %s filter show dev p0 ingress", host);
	xmt_check(strstr(xmt_output(), "pref 7 ") && !strstr(xmt_output(), "parent_rx"),
		  "the filter of another program stays, ours is removed");
	xmt_must("tc -n %s qdisc del dev p0 clsact", host);
	nt_xm_must(&net.host, "attach p0");
	nt_xm_must(&net.host, "add e0 link p0 host on");
	nt_xm_must(&net.host, "del e0");
	xmt_check(leftovers_pins() == 1,
		  "attached by a command: the parent stays without endpoints");
	nt_xm_must(&net.host, "detach p0");
	check_clean("clsact");
}

/* The next command cleans up after devices that other programs delete. */
static void deleted_devices(void)
{
	filters_make_net();
	nt_xm_must(&net.host, "add e0 link p0 address %s netns %s", M_E0, net.peer[0].name);
	nt_xm_must(&net.host, "add e1 link p0 address %s netns %s host on", M_E1, net.peer[1].name);
	xmt_must("ip -n %s link del e0", net.peer[0].name);
	nt_xm_must(&net.host, "sync");
	nt_xm_must(&net.host, "show");
	xmt_check(!strstr(xmt_output(), "e0@") && strstr(xmt_output(), "e1@") && !in_filter(M_E0),
		  "an endpoint whose device is deleted is removed, the other stays");
	xmt_ns_del(&net.peer[1]);
	for (uint64_t end = nt_now_ms() + 5000; nt_now_ms() < end && leftovers_pins();
	     usleep(20000))
		nt_xm_must(&net.host, "sync");
	xmt_check(!leftovers_pins(),
		  "an endpoint whose namespace is destroyed is removed, and its parent's pins");
	check_flag("all endpoints removed", IFF_ALLMULTI, false);
	nt_xm_must(&net.host, "add e0 link p0 address %s netns %s", M_E0, net.peer[0].name);
	xmt_must("ip -n %s link del p0", host);
	nt_xm_must(&net.host, "sync");
	xmt_check(!leftovers_pins() && !nt_exists(&net.peer[0], "e0"),
		  "after a parent is deleted, its endpoints and pins are removed");
}

static void host_namespace_destroyed(void)
{
	struct xmt_ns other;

	filters_make_net();
	xmt_ns_add(&other, "other", 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s host on", net.peer[0].name);
	xmt_must("ip -n %s link set e0 up", net.peer[0].name);
	close(net.host.fd);
	net.host.fd = -1;
	xmt_must("ip netns del %s", net.host.name);
	for (uint64_t end = nt_now_ms() + 5000; nt_now_ms() < end && leftovers_pins();
	     usleep(20000))
		nt_xm_must(&other, "sync");
	xmt_check(!leftovers_pins(),
		  "a command in another namespace removes the pins of a destroyed namespace");
	xmt_check(!nt_exists(&net.peer[0], "e0"), "and its endpoints are removed");
}

static const struct nt_case cases[] = {
	{ "unicast filter", 30, unicast_filter },
	{ "allmulti", 30, allmulticast_flag },
	{ "promisc", 30, promiscuous_flag },
	{ "passthru mac", 30, passthru_parent_mac },
	{ "device of an endpoint", 30, device_of_endpoint },
	{ "lro", 30, lro },
	{ "offloads of the fan-out", 30, offloads_of_fanout },
	{ "qdisc and filter of another program", 30, others_qdisc_and_filter },
	{ "deleted devices", 40, deleted_devices },
	{ "host namespace destroyed", 30, host_namespace_destroyed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
