// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What others have detached or deleted: TC and XDP programs of the parent, qdiscs of the parent and
 * of host ends. `show` marks it; a command or the watcher attaches it again, and detach force
 * leaves nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "ip.h"
#include "leftovers.h"

struct world {
	struct nt_net net;
	struct nt_station e0, wire, host;
};

/* A way to detach, as root in the namespace of the parent */
struct way {
	const char *name;
	const char *xdp;
	bool clsact; /* the parent's programs are attached through clsact */
	/* $pins: the folder of the parent's pins, $end: the host end, $if: ifindex of p0 */
	const char *detach;
	const char *stale; /* in show */
	const char *logged; /* by the watcher: the programs that it attaches again */
	bool mutes; /* at once e0 is not reached */
};

static const struct way ways[] = {
	{ "tcx, ingress", "off", false, "bpftool link detach pinned $pins/parent_rx_link",
	  "parent_rx is not attached", "parent_rx", true },
	{ "tcx, egress", "off", false, "bpftool link detach pinned $pins/parent_tx_link",
	  "parent_tx is not attached", "parent_tx", true },
	{ "tcx, the pin", "off", false, "rm $pins/parent_rx_link", "parent_rx is not attached",
	  "parent_rx", false },
	{ "clsact", "off", true, "tc qdisc del dev p0 clsact", "parent_rx is not attached",
	  "parent_rx, parent_tx", true },
	{ "a filter of clsact", "off", true, "tc filter del dev p0 ingress",
	  "parent_rx is not attached", "parent_rx", true },
	{ "XDP", "native", false, "ip link set p0 xdpdrv off", "parent_xdp is not attached",
	  "parent_xdp", false },
	{ "generic XDP", "skb", false, "ip link set p0 xdpgeneric off",
	  "parent_xdp is not attached", "parent_xdp", false },
	{ "the host end's qdisc", "off", false, "tc qdisc del dev $end clsact",
	  "endpoint_rx is not attached", "endpoint_rx, endpoint_tx", true },
	{ "the host end's qdisc, replaced", "off", false,
	  /* Again when the watcher comes between */
	  "until tc qdisc del dev $end clsact && tc qdisc add dev $end clsact; do :; done",
	  "endpoint_rx is not attached", "endpoint_rx, endpoint_tx", true },
	{ "the filter of endpoint_rx", "off", false, "tc filter del block $((0x40000000 + $if))",
	  "endpoint_rx is not attached", "endpoint_rx", true },
	{ "the filter of endpoint_tx", "off", false, "tc filter del block $((0x20000000 + $if))",
	  "endpoint_tx is not attached", "endpoint_tx", false },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void world_make(struct world *w, const struct way *way)
{
	nt_one_cpu();
	nt_net(&w->net, 1, XMT_NS_IPV6);
	nt_stations(&w->net, &w->wire, &w->host);
	if (way->clsact)
		setenv("XMACVLAN_TC", "clsact", 1);
	nt_xm_must(&w->net.host, "attach p0 xdp %s", way->xdp);
	nt_endpoint(&w->net, &w->e0, &w->net.peer[0], "e0", 16, "host on");
}

static void check_nothing_left(struct world *w, const struct way *way)
{
	xmt_check(!nt_xm(&w->net.host, "detach p0 force") && !leftovers_pins(),
		  "%s: detach force: %s", way->name, xmt_output());
}

static void detach(struct world *w, const struct way *way)
{
	unsigned int ifindex = xmt_ifindex(&w->net.host, "p0");

	xmt_must("pins=$(echo /sys/fs/bpf/xmacvlan/n*-%u); end=xm%x-1; if=%u; export pins end if; "
		 "nsenter --net=/run/netns/%s sh -c '%s'",
		 ifindex, ifindex, ifindex, w->net.host.name, way->detach);
}

static bool is_stale(struct world *w, const char *why)
{
	nt_xm_must(&w->net.host, "show");
	return strstr(xmt_output(), why);
}

static void check_works(struct world *w, const struct way *way, const char *when)
{
	char what[160];

	snprintf(what, sizeof(what), "%s: %s", way->name, when);
	xmt_check(!is_stale(w, "stale"), "%s: show: %s", what, xmt_output());
	ip_check_ping(what, &w->wire, &w->e0);
	ip_check_ping(what, &w->host, &w->e0);
}

static void check_detached(struct world *w, const struct way *way)
{
	detach(w, way);
	xmt_check(is_stale(w, way->stale), "%s: show: %s", way->name, xmt_output());
	if (way->mutes)
		xmt_check(!ip_ping(&w->wire, &w->e0, AF_INET, 200) ||
				  !ip_ping(&w->host, &w->e0, AF_INET, 200),
			  "%s: e0 is mute", way->name);
}

static void by_commands(void)
{
	static const char *const commands[] = { "sync", "attach p0", "upgrade" };
	const struct way *way = &ways[nt_index()];
	struct world w;

	world_make(&w, way);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		check_detached(&w, way);
		nt_xm_must(&w.net.host, "%s", commands[i]);
		check_works(&w, way, commands[i]);
	}
	detach(&w, way);
	check_nothing_left(&w, way);
}

/* One line: what is attached again stays attached */
static void check_logged(const struct way *way)
{
	char line[120];

	snprintf(line, sizeof(line), "p0: others had detached %s: attached again", way->logged);
	xmt_check(daemon_within_a_second(daemon_has_logged, line) &&
			  daemon_count_lines("attached again") == 1,
		  "%s: logged: %s, %u lines", way->name, line,
		  daemon_count_lines("attached again"));
}

static void by_the_watcher(void)
{
	const struct way *way = &ways[nt_index() - WAYS];
	struct world w;
	uint64_t end;

	world_make(&w, way);
	daemon_start();
	detach(&w, way);
	for (end = nt_now_ms() + 6000; is_stale(&w, "stale") && nt_now_ms() < end;)
		usleep(50000);
	check_works(&w, way, "the watcher");
	check_logged(way);
	daemon_end(SIGTERM);
	check_nothing_left(&w, way);
}

/* In the order of ways */
static const struct nt_case cases[] = {
	{ "tcx, ingress", 60, by_commands },
	{ "tcx, egress", 60, by_commands },
	{ "tcx, the pin", 60, by_commands },
	{ "clsact", 60, by_commands },
	{ "filter", 60, by_commands },
	{ "XDP", 60, by_commands },
	{ "generic XDP", 60, by_commands },
	{ "host end", 60, by_commands },
	{ "host end, replaced", 60, by_commands },
	{ "block of endpoint_rx", 60, by_commands },
	{ "block of endpoint_tx", 60, by_commands },
	{ "tcx, ingress, watcher", 60, by_the_watcher },
	{ "tcx, egress, watcher", 60, by_the_watcher },
	{ "tcx, the pin, watcher", 60, by_the_watcher },
	{ "clsact, watcher", 60, by_the_watcher },
	{ "filter, watcher", 60, by_the_watcher },
	{ "XDP, watcher", 60, by_the_watcher },
	{ "generic XDP, watcher", 60, by_the_watcher },
	{ "host end, watcher", 60, by_the_watcher },
	{ "host end, replaced, watcher", 60, by_the_watcher },
	{ "block of endpoint_rx, watcher", 60, by_the_watcher },
	{ "block of endpoint_tx, watcher", 60, by_the_watcher },
};

_Static_assert(sizeof(cases) / sizeof(cases[0]) == 2 * WAYS, "two cases for each way");

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
