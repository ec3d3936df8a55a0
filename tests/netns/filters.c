// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What endpoints ask of their parent (filters, flags, MAC, qdiscs, pins), and that all is put back.
 */
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
static const char *ns;

static void make(void)
{
	nt_net(&net, 2, 0);
	ns = net.host.name;
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

	xmt_check(!left, "%s: %s left on the parent", what, left ?: "nothing");
}

static void unicast(void)
{
	make();
	xmt_must("bridge -n %s fdb add %s dev p0 self permanent", ns, M_E1);
	nt_xm_must(&net.host, "add e0 link p0 address %s netns %s", M_E0, net.peer[0].name);
	nt_xm_must(&net.host, "add e1 link p0 address %s netns %s", M_E1, net.peer[1].name);
	xmt_check(in_filter(M_E0), "unicast filter: has e0");
	xmt_check(in_filter(M_E1), "unicast filter: has e1, put there by somebody else");
	nt_xm_must(&net.host, "set e0 address %s", M_NEW);
	xmt_check(in_filter(M_NEW) && !in_filter(M_E0), "unicast filter: follows set address");
	check_mac("set address", &net.peer[0], "e0", M_NEW);
	xmt_must("ip -n %s link set e0 address %s", net.peer[0].name, M_E0);
	nt_xm_must(&net.host, "show");
	xmt_check(in_filter(M_E0) && !in_filter(M_NEW),
		  "unicast filter: follows the device's own change");
	nt_xm_must(&net.host, "del e0");
	nt_xm_must(&net.host, "del e1");
	xmt_check(!in_filter(M_E0), "unicast filter: e0 is gone");
	xmt_check(in_filter(M_E1), "unicast filter: somebody else's entry stays");
	xmt_must("bridge -n %s fdb del %s dev p0 self", ns, M_E1);
	check_clean("unicast filter");
}

static void allmulti(void)
{
	make();
	check_flag("before", IFF_ALLMULTI, false);
	nt_xm_must(&net.host, "add e0 link p0");
	nt_xm_must(&net.host, "add e1 link p0");
	check_flag("two endpoints", IFF_ALLMULTI, true);
	check_flag("two endpoints", IFF_PROMISC, false);
	nt_xm_must(&net.host, "del e0");
	check_flag("one endpoint", IFF_ALLMULTI, true);
	nt_xm_must(&net.host, "del e1");
	check_flag("none", IFF_ALLMULTI, false);
	xmt_must("ip -n %s link set p0 allmulticast on promisc on", ns);
	nt_xm_must(&net.host, "add e0 link p0 mode passthru");
	nt_xm_must(&net.host, "del e0");
	check_flag("set by somebody else", IFF_ALLMULTI, true);
	check_flag("set by somebody else", IFF_PROMISC, true);
	xmt_must("ip -n %s link set p0 allmulticast off promisc off", ns);
	check_clean("allmulti");
}

static void promisc(void)
{
	make();
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

static void passthru_mac(void)
{
	make();
	nt_xm_must(&net.host, "add e0 link p0 netns %s mode passthru", net.peer[0].name);
	check_mac("passthru takes the parent's", &net.peer[0], "e0", NT_HOST_MAC);
	nt_xm_must(&net.host, "set e0 address %s", M_NEW);
	check_mac("set address", &net.peer[0], "e0", M_NEW);
	check_mac("set address", &net.host, "p0", M_NEW);
	xmt_must("ip -n %s link set p0 address %s", ns, M_E0);
	nt_xm_must(&net.host, "show");
	check_mac("parent changed", &net.peer[0], "e0", M_E0);
	check_mac("parent changed", &net.host, "p0", M_E0);
	xmt_must("ip -n %s link set e0 address %s", net.peer[0].name, M_E1);
	nt_xm_must(&net.host, "show");
	check_mac("endpoint changed", &net.host, "p0", M_E1);
	check_mac("endpoint changed", &net.peer[0], "e0", M_E1);
	nt_xm_must(&net.host, "del e0");
	check_mac("deleted", &net.host, "p0", NT_HOST_MAC);
	check_clean("passthru mac");
}

/* Someone else's qdisc and filter on the parent stay; by hand attached stays until detached */
static void others(void)
{
	make();
	setenv("XMACVLAN_TC", "clsact", 1);
	xmt_must("tc -n %s qdisc add dev p0 clsact && "
		 "tc -n %s filter add dev p0 ingress pref 7 bpf bytecode '1,6 0 0 0'",
		 ns, ns);
	nt_xm_must(&net.host, "add e0 link p0 host on");
	nt_xm_must(&net.host, "del e0");
	xmt_must("tc -n %s filter show dev p0 ingress", ns);
	xmt_check(strstr(xmt_output(), "pref 7 ") && !strstr(xmt_output(), "parent_rx"),
		  "somebody else's filter stays, ours goes");
	xmt_must("tc -n %s qdisc del dev p0 clsact", ns);
	nt_xm_must(&net.host, "attach p0");
	nt_xm_must(&net.host, "add e0 link p0 host on");
	nt_xm_must(&net.host, "del e0");
	xmt_check(leftovers_pins() == 1, "attached by hand: stays without endpoints");
	nt_xm_must(&net.host, "detach p0");
	check_clean("clsact");
}

/* What disappears by other hands is cleaned up by the next command */
static void gone_devices(void)
{
	make();
	nt_xm_must(&net.host, "add e0 link p0 address %s netns %s", M_E0, net.peer[0].name);
	nt_xm_must(&net.host, "add e1 link p0 address %s netns %s host on", M_E1, net.peer[1].name);
	xmt_must("ip -n %s link del e0", net.peer[0].name);
	nt_xm_must(&net.host, "show");
	xmt_check(!strstr(xmt_output(), "e0@") && strstr(xmt_output(), "e1@") && !in_filter(M_E0),
		  "an endpoint whose device was deleted is gone, the other is there");
	xmt_ns_del(&net.peer[1]);
	for (uint64_t end = nt_now_ms() + 5000; nt_now_ms() < end && leftovers_pins();
	     usleep(20000))
		nt_xm_must(&net.host, "show");
	xmt_check(!leftovers_pins(),
		  "an endpoint whose namespace died is gone, and its parent's pins");
	check_flag("all gone", IFF_ALLMULTI, false);
	nt_xm_must(&net.host, "add e0 link p0 address %s netns %s", M_E0, net.peer[0].name);
	xmt_must("ip -n %s link del p0", ns);
	nt_xm_must(&net.host, "show");
	xmt_check(!leftovers_pins() && !nt_exists(&net.peer[0], "e0"),
		  "a deleted parent takes its endpoints and pins along");
}

static void host_namespace_dies(void)
{
	struct xmt_ns other;

	make();
	xmt_ns_add(&other, "other", 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s host on", net.peer[0].name);
	xmt_must("ip -n %s link set e0 up", net.peer[0].name);
	close(net.host.fd);
	net.host.fd = -1;
	xmt_must("ip netns del %s", net.host.name);
	for (uint64_t end = nt_now_ms() + 5000; nt_now_ms() < end && leftovers_pins();
	     usleep(20000))
		nt_xm_must(&other, "show");
	xmt_check(!leftovers_pins(),
		  "the pins of a dead namespace are removed by a command elsewhere");
	xmt_check(!nt_exists(&net.peer[0], "e0"), "and its endpoints are gone");
}

static const struct nt_case cases[] = {
	{ "unicast filter", 30, unicast },
	{ "allmulti", 30, allmulti },
	{ "promisc", 30, promisc },
	{ "passthru mac", 30, passthru_mac },
	{ "others", 30, others },
	{ "gone devices", 40, gone_devices },
	{ "host namespace dies", 30, host_namespace_dies },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
