// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Each pin of a parent removed by hand, one at a time: the next command repairs what can be made
 * anew; otherwise the parent is broken and says why. Another parent works meanwhile, and `detach
 * force` cleans up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ip.h"
#include "leftovers.h"

#define MAX_PINS 32
/* slot 64 has the second chunk of counters */
#define FILLERS 62

static struct nt_net net;
static struct nt_station wire, host, e0;
static char pins[MAX_PINS][32];
static unsigned int pin_count;

static void make_net(void)
{
	nt_net(&net, 1, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	xmt_must("ip -n %s link add p9 type veth peer name w9; ip -n %s link set p9 up; "
		 "ip -n %s link set w9 up",
		 net.host.name, net.host.name, net.host.name);
	nt_xm_must(&net.host, "add y0 link p9");
}

static void make_parent(void)
{
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "host on");
	xmt_must("for i in $(seq %d); do echo add f$i link p0; done | %s -n %s -b -", FILLERS,
		 nt_bin(), net.host.name);
	nt_xm_must(&net.host, "add e1 link p0");
}

static const char *folder(void)
{
	static char path[256];

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*-%u", xmt_ifindex(&net.host, "p0"));
	snprintf(path, sizeof(path), "%s", xmt_output());
	return path;
}

static void list_pins(void)
{
	char *name, *save, list[2048];

	xmt_must("ls %s", folder());
	snprintf(list, sizeof(list), "%s", xmt_output());
	for (name = strtok_r(list, "\n", &save); name && pin_count < MAX_PINS;
	     name = strtok_r(NULL, "\n", &save))
		snprintf(pins[pin_count++], sizeof(pins[0]), "%.31s", name);
}

/* These have what only user space knows */
static bool pin_is_lost(const char *pin)
{
	return !strcmp(pin, "parent") || !strcmp(pin, "endpoints");
}

static bool shows(const char *text)
{
	nt_xm_must(&net.host, "show p0");
	return strstr(xmt_output(), text);
}

static bool p9_works(void)
{
	return !nt_xm(&net.host, "set y0 bclim 3") && !nt_xm(&net.host, "add y1 link p9") &&
	       !nt_xm(&net.host, "del y1");
}

static void check_repaired(const char *what, const char *line)
{
	bool ok = !nt_xm(&net.host, "%s", line);

	xmt_check(ok, "%s: %s", what, ok ? line : xmt_output());
	nt_xm(&net.host, "sync");
	xmt_check(!shows("broken") && !strstr(xmt_output(), "stale"), "%s: show: %s", what,
		  xmt_output());
	xmt_check(ip_ping(&wire, &e0, AF_INET, 2000) && ip_ping(&host, &e0, AF_INET, 2000),
		  "%s: e0 communicates", what);
	xmt_check(nt_number(&net.host, "e1", "stats64.rx.packets") >= 0, "%s: e1 has counters",
		  what);
}

static void check_lost(const char *what, const char *pin, const char *line)
{
	char text[64];

	snprintf(text, sizeof(text), "/%s is missing", pin);
	xmt_check(nt_xm(&net.host, "%s", line) == 2 && strstr(xmt_output(), text), "%s: %s", what,
		  xmt_output());
	xmt_check(shows("broken: ") && strstr(xmt_output(), text), "%s: show: %s", what,
		  xmt_output());
	xmt_check(nt_xm(&net.host, "sync") == 2 && strstr(xmt_output(), text), "%s: sync: %s", what,
		  xmt_output());
	xmt_check(nt_xm(&net.host, "sync p0") == 2, "%s: sync p0: %s", what, xmt_output());
}

static void check_pin(const char *pin, const char *line)
{
	char what[80];

	snprintf(what, sizeof(what), "%s is removed, %s", pin, line);
	make_parent();
	xmt_must("rm %s/%s", folder(), pin);
	nt_xm_must(&net.host, "show p0");
	xmt_check(p9_works(), "%s: p9 works", what);
	if (pin_is_lost(pin))
		check_lost(what, pin, line);
	else
		check_repaired(what, line);
	xmt_check(p9_works(), "%s: p9 still works", what);
	xmt_check(!nt_xm(&net.host, "detach p0 force"), "%s: detach p0 force: %s", what,
		  xmt_output());
	xmt_must("ip -n %s -br link", net.host.name);
	xmt_check(!strstr(xmt_output(), "f1@"), "%s: no endpoint is left", what);
	xmt_check(!leftovers_on_device(&net.host), "%s: left on p0: %s", what,
		  leftovers_on_device(&net.host) ?: "nothing");
}

static void check_all(const char *line)
{
	make_net();
	make_parent();
	list_pins();
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(pin_count > 18, "%u pins", pin_count);
	for (unsigned int i = 0; i < pin_count; i++)
		check_pin(pins[i], line);
}

static void removed_sync(void)
{
	check_all("sync");
}

static void removed_set(void)
{
	check_all("set e0 bclim 5");
}

static void removed_add(void)
{
	check_all("add e2 link p0");
}

static void removed_del(void)
{
	check_all("del f7");
}

#define FDB_OTHER "02:ee:00:00:00:01" /* an entry of the administrator */

/* One endpoint of each kind, with an additional MAC each */
static void make_kinds(void)
{
	nt_xm_must(&net.host, "add e0 link p0 netns %s address 02:00:00:00:01:01 host on",
		   net.peer[0].name);
	nt_xm_must(&net.host, "add t0 link p0 type tap address 02:00:00:00:01:02");
	nt_xm_must(&net.host, "set e0 address add 02:00:00:00:01:03");
	nt_xm_must(&net.host, "set t0 address add 02:00:00:00:01:04");
}

static void check_pair(const char *one, const char *other)
{
	const char *left;

	make_kinds();
	xmt_must("bridge -n %s fdb add " FDB_OTHER " dev p0 self permanent", net.host.name);
	xmt_must("cd %s; rm %s %s", folder(), one, other);
	xmt_check(!nt_xm(&net.host, "detach p0 force"), "%s, %s: detach p0 force: %s", one, other,
		  xmt_output());
	xmt_must("bridge -n %s fdb show dev p0", net.host.name);
	xmt_check(!strstr(xmt_output(), "02:00:00:00:01:") && strstr(xmt_output(), FDB_OTHER),
		  "%s, %s: the filter of p0 has the administrator's MAC only: %s", one, other,
		  xmt_output());
	/* A filter with entries makes a veth promiscuous */
	xmt_must("bridge -n %s fdb del " FDB_OTHER " dev p0 self", net.host.name);
	left = leftovers_on_device(&net.host);
	xmt_check(!left && leftovers_pins() == 1 && leftovers_host_ends(&net.host) == 1,
		  "%s, %s: left: %s", one, other, left ?: "nothing");
	/* what was left must not fail the next pair */
	xmt_run("for i in 1 2 3 4; do bridge -n %s fdb del 02:00:00:00:01:0$i dev p0 self; done",
		net.host.name);
}

/* Any two pins of a parent. Those of which neither is lost (pin_is_lost()) only with XMT_FULL. */
static void removed_pairs(void)
{
	make_net();
	make_kinds();
	list_pins();
	nt_xm_must(&net.host, "detach p0 force");
	for (unsigned int i = 0; i < pin_count; i++)
		for (unsigned int j = i + 1; j < pin_count; j++)
			if (getenv("XMT_FULL") || pin_is_lost(pins[i]) || pin_is_lost(pins[j]))
				check_pair(pins[i], pins[j]);
}

static void removed_sync_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_all("sync");
}

static const struct nt_case cases[] = {
	{ "pairs", 600, removed_pairs }, { "sync", 120, removed_sync },
	{ "set", 120, removed_set },	 { "add", 120, removed_add },
	{ "del", 120, removed_del },	 { "sync, clsact", 120, removed_sync_clsact },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
