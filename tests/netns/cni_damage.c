// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin where pins are damaged, of another version or gone: a parent's damage is its own matter, and DEL takes
 * the device away all the same. CHECK of what somebody has set otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "leftovers.h"
#include "plugin.h"

#define CONF(version, master)                                                                      \
	"{'cniVersion':'" version "','name':'net','type':'xmacvlan','master':'" master "'"
#define OUR_ENDPOINT "$(%s -n %s show | sed -n 's/^[0-9]*: \\(c[0-9a-f]*\\)@.*/\\1/p')"

static struct nt_net net;

static struct plugin_call of(const char *command, unsigned int peer)
{
	static const char *const containers[] = { "c1", "c2", "c3" };
	static char netns[3][64];

	snprintf(netns[peer], sizeof(netns[peer]), "/run/netns/%s", net.peer[peer].name);
	return (struct plugin_call){ .command = command,
				     .container = containers[peer],
				     .netns = netns[peer] };
}

static void good(const char *what, const struct plugin_call *call, const char *conf)
{
	int code = plugin_run(call, "%s}", conf);

	xmt_check(!code, "%s: %s %s: exit code %d %s", what, call->command, call->container, code,
		  plugin_msg());
}

/* p0 with c1, q0 with c2, and p0's pins are damaged */
static void damage(const char *what, const char *how)
{
	struct plugin_call call;

	plugin_net(&net, 3, 0);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "q0", NULL);
	call = of("ADD", 0);
	good(what, &call, CONF("1.0.0", "p0"));
	call = of("ADD", 1);
	good(what, &call, CONF("1.0.0", "q0"));
	xmt_must("cd /sys/fs/bpf/xmacvlan/n*-%u && %s", xmt_ifindex(&net.host, "p0"), how);
}

static void check_neighbour(const char *what)
{
	struct plugin_call call = of("ADD", 2),
			   gone = { .command = "DEL", .container = "never", .netns = "" };

	good(what, &call, CONF("1.0.0", "q0"));
	call = of("DEL", 2);
	good(what, &call, CONF("1.0.0", "q0"));
	good(what, &call, CONF("1.0.0", "q0"));
	good(what, &gone, CONF("1.0.0", "q0"));
	call.command = "STATUS";
	good(what, &call, CONF("1.1.0", "q0"));
	plugin_run(&call, CONF("1.1.0", "p0") "}");
	plugin_check_error("STATUS of the damaged one", 50, "xmacvlan/n", "");
	call = of("DEL", 1);
	good(what, &call, CONF("1.0.0", "q0"));
	xmt_check(!nt_exists(&net.peer[1], "eth0"), "%s: the neighbour's endpoint is gone", what);
	call = of("DEL", 0);
	good(what, &call, CONF("1.0.0", "p0"));
	good(what, &call, CONF("1.0.0", "p0"));
	xmt_check(!nt_exists(&net.peer[0], "eth0") && !leftovers_host_ends(&net.host),
		  "%s: its own endpoint is gone too", what);
}

static void missing_pin(void)
{
	damage("a pin is missing", "rm owners");
	check_neighbour("a pin is missing");
}

static void another_abi(void)
{
	/* meta begins with magic and version, four bytes each */
	damage("another ABI", "set -- $(bpftool -j map dump pinned meta | grep -o "
			      "'\"value\":\\[[^]]*' | cut -d[ -f2 | "
			      "tr -d '\"' | tr , ' '); a=\"$1 $2 $3 $4 0x63\"; shift 5; "
			      "bpftool map update pinned meta key 0 0 0 0 value $a $@");
	check_neighbour("another ABI");
}

static void pins_gone(void)
{
	struct plugin_call call;

	plugin_net(&net, 1, 0);
	call = of("ADD", 0);
	good("pins are gone", &call, CONF("1.0.0", "p0"));
	xmt_must("rm -r /sys/fs/bpf/xmacvlan");
	call.command = "DEL";
	good("pins are gone", &call, CONF("1.0.0", "p0"));
	xmt_check(!nt_exists(&net.peer[0], "eth0") && !leftovers_host_ends(&net.host),
		  "DEL has removed the device");
	xmt_must("ip -n %s link add eth0 type veth peer name other", net.peer[0].name);
	good("a veth of somebody else", &call, CONF("1.0.0", "p0"));
	xmt_check(nt_exists(&net.peer[0], "eth0"), "... is left alone");
}

/* The endpoint is found by its name when the owner's entry is lost */
static void owner_lost(void)
{
	struct plugin_call call;

	plugin_net(&net, 1, 0);
	call = of("ADD", 0);
	good("the owner is lost", &call, CONF("1.0.0", "p0"));
	xmt_must("cd /sys/fs/bpf/xmacvlan/n* && bpftool map delete pinned owners key 0x20 0 0 0 1 "
		 "0 0 0");
	call.command = "DEL";
	call.netns = "";
	good("the owner is lost", &call, CONF("1.0.0", "p0"));
	call = of("ADD", 0);
	good("the owner is lost", &call, CONF("1.0.0", "p0"));
	call.command = "DEL";
	good("the owner is lost", &call, CONF("1.0.0", "p0"));
	plugin_check_clean("the owner is lost");
}

static void settings(void)
{
	static const struct {
		const char *set, *back, *says;
	} rows[] = {
		{ "host off", "host on", "hostAccess" },
		{ "spoofchk off", "spoofchk on", "spoofCheck" },
		{ "macaddr flush", "macaddr set 02:00:00:00:00:71 02:00:00:00:00:72", "macaddr" },
		{ "macaddr add 02:00:00:00:00:73", "macaddr del 02:00:00:00:00:73",
		  "more than macaddr" },
		{ "mode bridge", "mode source macaddr set 02:00:00:00:00:71 02:00:00:00:00:72",
		  "mode" },
	};
	const char *conf =
		CONF("1.0.0", "p0") ",'mode':'source','hostAccess':true,'spoofCheck':true,"
				    "'macaddr':['02:00:00:00:00:71','02:00:00:00:00:72']";
	struct plugin_call check;
	char *prev;

	plugin_net(&net, 1, 0);
	check = of("ADD", 0);
	good("settings", &check, conf);
	prev = plugin_dump();
	check.command = "CHECK";
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		xmt_check(!plugin_run(&check, "%s,'prevResult':%s}", conf, prev),
			  "CHECK of what is as it was");
		xmt_must("%s -n %s set " OUR_ENDPOINT " %s", nt_bin(), net.host.name, nt_bin(),
			 net.host.name, rows[i].set);
		plugin_run(&check, "%s,'prevResult':%s}", conf, prev);
		plugin_check_error(rows[i].set, 102, rows[i].says, "eth0");
		xmt_must("%s -n %s set " OUR_ENDPOINT " %s", nt_bin(), net.host.name, nt_bin(),
			 net.host.name, rows[i].back);
	}
	xmt_veth(&net.wire, "w1", NULL, &net.host, "q0", NULL);
	plugin_run(&check, CONF("1.0.0", "q0") ",'mode':'source','prevResult':%s}", prev);
	plugin_check_error("another master", 102, "q0", "p0");
	plugin_run(&check,
		   "{'cniVersion':'1.0.0','name':'other','master':'p0','mode':'source','prevResult'"
		   ":%s}",
		   prev);
	plugin_check_error("another network", 102, "other", "net");
	xmt_must("rm /sys/fs/bpf/xmacvlan/n*/endpoint_rx");
	plugin_run(&check, "%s,'prevResult':%s}", conf, prev);
	plugin_check_error("the pin of a program", 102, "endpoint_rx", "missing");
	check.command = "DEL";
	good("settings", &check, conf);
	free(prev);
}

static const struct nt_case cases[] = {
	{ "missing-pin", 60, missing_pin }, { "another-abi", 60, another_abi },
	{ "pins-gone", 30, pins_gone },	    { "owner-lost", 30, owner_lost },
	{ "settings", 60, settings },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
