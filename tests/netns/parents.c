// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unusual parents (macvlan, vxlan, endpoint), host ends without pins, refused addresses. Each of
 * them works or is refused, and never blocks other commands.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "pkt.h"

#define M_E0 "02:00:00:00:00:10"
#define M_E1 "02:00:00:00:00:11"

static struct nt_net net;
static const char *host, *c0, *c1;

static void parents_make_net(void)
{
	nt_net(&net, 2, 0);
	host = net.host.name;
	c0 = net.peer[0].name;
	c1 = net.peer[1].name;
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0", net.wire.name);
}

/*
 * Sets the endpoint's device up with 10.9.0.N and pings the wire. The ping also teaches the wire
 * the endpoint's MAC.
 */
static void check_ping(const char *what, const struct xmt_ns *ns, const char *dev, int n,
		       bool answers)
{
	xmt_must("ip -n %s addr add 10.9.0.%d/24 dev %s && ip -n %s link set %s up", ns->name, n,
		 dev, ns->name, dev);
	nt_wait_net(&net);
	xmt_check(!xmt_run("ip netns exec %s ping -n -c 1 -W 2 10.9.0.1", ns->name) == answers,
		  "%s: the wire %s %s", what, answers ? "answers" : "does not answer", dev);
}

static void check_refused(const char *what, int code, const char *text)
{
	xmt_check(code == 2 && strstr(xmt_output(), text), "%s: refused: \"%s\"", what,
		  xmt_output());
}

/* Checks that other commands work and that nothing is left on p0 after them. */
static void check_other_commands(const char *what)
{
	nt_xm_must(&net.host, "add other link p0");
	nt_xm_must(&net.host, "show");
	nt_xm_must(&net.host, "del other");
	xmt_check(!leftovers_on_parent(&net.host) && !leftovers_host_ends(&net.host),
		  "%s: left on p0: %s", what, leftovers_on_parent(&net.host) ?: "nothing");
}

static void macvlan_parent(void)
{
	parents_make_net();
	xmt_must("ip -n %s link add mk link p0 type macvlan mode bridge && ip -n %s link set mk up",
		 host, host);
	nt_xm_must(&net.host, "add e0 link mk netns %s address %s", c0, M_E0);
	nt_xm_must(&net.host, "show e0");
	xmt_check(!!strstr(xmt_output(), "e0@p0"),
		  "a macvlan as the parent: xmacvlan attaches to its real device");
	check_ping("a macvlan as the parent", &net.peer[0], "e0", 10, true);
	nt_xm_must(&net.host, "del e0");
	xmt_must("ip -n %s link set mk netns %s && ip -n %s link set mk up", host, c1, c1);
	check_refused("a macvlan whose device is in another namespace",
		      nt_xm(&net.peer[1], "add e0 link mk"),
		      "a macvlan of a device in another netns");
	xmt_check(nt_xm(&net.peer[1], "show e0") && !leftovers_host_ends(&net.peer[1]) &&
			  !leftovers_pins(),
		  "... and nothing is left");
	xmt_must("ip -n %s link del mk", c1); /* mk makes p0 promiscuous */
	check_other_commands("a macvlan");
}

/* A device without NDO fdb_add, so without a unicast filter that user space can change */
static void vxlan_parent(void)
{
	parents_make_net();
	for (int i = 0; i < 2; i++) {
		const char *ns = i ? net.wire.name : host, *under = i ? "w0" : "p0";

		xmt_must("ip -n %s addr add 10.8.0.%d/24 dev %s", ns, 1 + i, under);
		xmt_must("ip -n %s link add vx type vxlan id 7 dstport 4789 remote 10.8.0.%d", ns,
			 2 - i);
		xmt_must("ip -n %s link set vx addrgenmode none up", ns);
	}
	xmt_must("ip -n %s addr del 10.9.0.1/24 dev w0 && ip -n %s addr add 10.9.0.1/24 dev vx",
		 net.wire.name, net.wire.name);
	nt_xm_must(&net.host, "add e0 link vx netns %s", c0);
	check_ping("a vxlan as the parent", &net.peer[0], "e0", 10, true);
	xmt_must("ip -n %s -d link show vx", host);
	xmt_check(!!strstr(xmt_output(), "promiscuity 1"),
		  "a vxlan as the parent: it is promiscuous");
	nt_xm_must(&net.host, "set e0 address %s", M_E1);
	xmt_check(!xmt_run("ip netns exec %s ping -n -c 1 -W 2 10.9.0.1", c0),
		  "... and with another address");
	nt_xm_must(&net.host, "del e0");
	xmt_must("ip -n %s -d link show vx", host);
	xmt_check(!!strstr(xmt_output(), "promiscuity 0"),
		  "... and not promiscuous without an endpoint");
	check_other_commands("a vxlan");
}

static void endpoint_parent(void)
{
	parents_make_net();
	nt_xm_must(&net.host, "add e0 link p0 netns %s", c0);
	check_refused("an endpoint in another namespace",
		      nt_xm(&net.peer[0], "add n0 link e0 netns %s", c1),
		      "an endpoint of p0 in another netns");
	xmt_check(!leftovers_host_ends(&net.peer[0]), "... and nothing is left");
	nt_xm_must(&net.host, "del e0");
	nt_xm_must(&net.host, "add e0 link p0 netns %s mode passthru", c0);
	xmt_must("ip -n %s link set e0 up", c0);
	nt_xm_must(&net.peer[0], "add n0 link e0 netns %s", c1);
	check_ping("a passthru endpoint in another namespace as the parent", &net.peer[1], "n0", 11,
		   true);
	nt_xm_must(&net.peer[0], "del n0");
	nt_xm_must(&net.host, "del e0");
	check_other_commands("an endpoint as the parent");
}

/* The pins are removed, the host end still exists */
static void pins_deleted(void)
{
	parents_make_net();
	nt_xm_must(&net.host, "add e0 link p0 netns %s", c0);
	xmt_must("rm -r /sys/fs/bpf/xmacvlan");
	nt_xm_must(&net.host, "add e1 link p0 netns %s", c1);
	check_ping("after the pins were deleted", &net.peer[1], "e1", 11, true);
	xmt_check(leftovers_host_ends(&net.host) == 1 && !nt_exists(&net.peer[0], "e0"),
		  "... there is one host end, that of e1");
	nt_xm_must(&net.host, "del e1");
	xmt_check(!leftovers_host_ends(&net.host), "... and none after del");
}

static void another_bpffs(void)
{
	parents_make_net();
	nt_xm_must(&net.host, "add e0 link p0 netns %s", c0);
	check_ping("pins in the first bpffs", &net.peer[0], "e0", 10, true);
	check_refused("a command in another bpffs",
		      xmt_run("unshare -m sh -c 'mount -t bpf bpf /sys/fs/bpf && %s -n %s add e1 "
			      "link p0 netns %s'",
			      nt_bin(), host, c1),
		      "in another bpffs");
	xmt_check(!xmt_run("ip netns exec %s ping -n -c 1 -W 2 10.9.0.1", c0),
		  "... and e0 still works");
	nt_xm_must(&net.host, "del e0");
	check_other_commands("another bpffs");
}

/* The user gave the device a MAC that is refused. The command that corrects the MAC is accepted. */
static void refused_address(void)
{
	uint8_t is[6] = {}, want[6];

	parents_make_net();
	nt_xm_must(&net.host, "add e0 link p0 netns %s address %s", c0, M_E0);
	xmt_must("ip -n %s link set e0 address " NT_HOST_MAC, c0);
	nt_xm_must(&net.host, "set e0 mode vepa");
	nt_xm_must(&net.host, "set e0 address %s", M_E0);
	xmt_mac_parse(M_E0, want);
	xmt_link_mac(&net.peer[0], "e0", is);
	xmt_check(!memcmp(is, want, 6), "set address to the MAC of the record: the device has %s",
		  xmt_mac_text(is));
	check_ping("set address to the MAC of the record", &net.peer[0], "e0", 10, true);
	xmt_must("ip -n %s link set e0 address " NT_HOST_MAC, c0);
	nt_xm_must(&net.host, "set e0 address %s", M_E1);
	xmt_check(!xmt_run("ip netns exec %s ping -n -c 1 -W 2 10.9.0.1", c0),
		  "set address to another MAC: the wire answers");
	nt_xm_must(&net.host, "del e0");
	check_other_commands("set address");
}

#define ALTNAME "a-name-longer-than-fifteen-characters"

/* Every command accepts an alternative name of the parent, and `show` prints its name */
static void altname_parent(void)
{
	static const char *const names[] = { ALTNAME, "short-alt" };

	parents_make_net();
	for (int i = 0; i < 2; i++) {
		const char *name = names[i];

		xmt_must("ip -n %s link property add dev p0 altname %s", host, name);
		xmt_check(!nt_xm(&net.host, "attach %s", name), "attach %s", name);
		xmt_check(!nt_xm(&net.host, "add e0 link %s netns %s", name, c0), "add link %s: %s",
			  name, xmt_output());
		xmt_check(!nt_xm(&net.host, "show link %s", name) && strstr(xmt_output(), "e0@p0"),
			  "show link %s: %s", name, xmt_output());
		xmt_check(!nt_xm(&net.host, "show %s", name) && strstr(xmt_output(), "parent p0"),
			  "show %s: %s", name, xmt_output());
		xmt_check(!nt_xm(&net.host, "upgrade %s", name), "upgrade %s", name);
		check_ping("the parent by another name", &net.peer[0], "e0", 10, true);
		xmt_check(!nt_xm(&net.host, "detach %s force", name), "detach %s force", name);
		check_refused("an unknown name", nt_xm(&net.host, "add e0 link %s-not", name),
			      "no such parent");
	}
}

static const struct nt_case cases[] = {
	{ "macvlan as parent", 30, macvlan_parent },
	{ "vxlan as parent", 30, vxlan_parent },
	{ "altname of a parent", 30, altname_parent },
	{ "endpoint in another netns as parent", 30, endpoint_parent },
	{ "pins removed", 30, pins_deleted },
	{ "another bpffs", 30, another_bpffs },
	{ "refused address", 30, refused_address },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
