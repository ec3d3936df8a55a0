// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin with pins that are damaged, of another ABI or removed: other parents work, and DEL
 * deletes the device. CHECK after another program has changed a setting.
 */
#include <stdlib.h>
#include <string.h>

#include "leftovers.h"
#include "plugin.h"

#define CONF(version, master)                                                                      \
	"{'cniVersion':'" version "','name':'net','type':'xmacvlan','master':'" master "'"
#define OUR_ENDPOINT "$(%s -n %s show | sed -n 's/^[0-9]*: \\(c[0-9a-f]*\\)@.*/\\1/p')"

static struct nt_net net;

static struct plugin_call call_of(const char *command, unsigned int peer)
{
	static const char *const containers[] = { "c1", "c2", "c3" };
	static char netns[3][64];

	snprintf(netns[peer], sizeof(netns[peer]), "/run/netns/%s", net.peer[peer].name);
	return (struct plugin_call){ .command = command,
				     .container = containers[peer],
				     .netns = netns[peer] };
}

static void check_success(const char *what, const struct plugin_call *call, const char *conf)
{
	int code = plugin_run(call, "%s}", conf);

	xmt_check(!code, "%s: %s %s: exit code %d %s", what, call->command, call->container, code,
		  plugin_msg());
}

/* p0 with c1, q0 with c2; the shell command `how` damages the pins of p0. */
static void make_damaged(const char *what, const char *how)
{
	struct plugin_call call;

	plugin_net(&net, 3, 0);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "q0", NULL);
	call = call_of("ADD", 0);
	check_success(what, &call, CONF("1.0.0", "p0"));
	call = call_of("ADD", 1);
	check_success(what, &call, CONF("1.0.0", "q0"));
	xmt_must("cd /sys/fs/bpf/xmacvlan/n*-%u && %s", xmt_ifindex(&net.host, "p0"), how);
}

static void check_other_parent(const char *what)
{
	struct plugin_call call = call_of("ADD", 2),
			   unknown = { .command = "DEL", .container = "never", .netns = "" },
			   gc = { .command = "GC" };

	check_success(what, &call, CONF("1.0.0", "q0"));
	call = call_of("DEL", 2);
	check_success(what, &call, CONF("1.0.0", "q0"));
	check_success(what, &call, CONF("1.0.0", "q0"));
	check_success(what, &unknown, CONF("1.0.0", "q0"));
	check_success(what, &gc,
		      CONF("1.1.0", "q0") ",'cni.dev/valid-attachments':"
					  "[{'containerID':'c2','ifname':'eth0'}]");
	call.command = "STATUS";
	check_success(what, &call, CONF("1.1.0", "q0"));
	plugin_run(&call, CONF("1.1.0", "p0") "}");
	plugin_check_error("STATUS of the damaged parent", 50, "xmacvlan/n", "");
	call = call_of("DEL", 1);
	check_success(what, &call, CONF("1.0.0", "q0"));
	xmt_check(!nt_exists(&net.peer[1], "eth0"),
		  "%s: DEL deletes the endpoint of the other parent", what);
	call = call_of("DEL", 0);
	check_success(what, &call, CONF("1.0.0", "p0"));
	check_success(what, &call, CONF("1.0.0", "p0"));
	xmt_check(!nt_exists(&net.peer[0], "eth0") && !leftovers_host_ends(&net.host),
		  "%s: DEL deletes the endpoint of the damaged parent", what);
}

static void missing_pin(void)
{
	make_damaged("a pin is missing", "rm endpoints");
	check_other_parent("a pin is missing");
}

static void another_abi(void)
{
	/* the record begins with magic (four bytes) and major version (two) */
	make_damaged("another ABI", "set -- $(bpftool -j map dump pinned parent | grep -o "
				    "'\"value\":\\[[^]]*' | cut -d[ -f2 | "
				    "tr -d '\"' | tr , ' '); a=\"$1 $2 $3 $4 0x63\"; shift 5; "
				    "bpftool map update pinned parent key 0 0 0 0 value $a $@");
	check_other_parent("another ABI");
}

static void pins_removed(void)
{
	struct plugin_call call;

	plugin_net(&net, 1, 0);
	call = call_of("ADD", 0);
	check_success("pins are removed", &call, CONF("1.0.0", "p0"));
	xmt_must("rm -r /sys/fs/bpf/xmacvlan");
	call.command = "DEL";
	check_success("pins are removed", &call, CONF("1.0.0", "p0"));
	xmt_check(!nt_exists(&net.peer[0], "eth0") && !leftovers_host_ends(&net.host),
		  "DEL has deleted the device");
	xmt_must("ip -n %s link add eth0 type veth peer name other", net.peer[0].name);
	check_success("DEL, eth0 is an unrelated veth", &call, CONF("1.0.0", "p0"));
	xmt_check(nt_exists(&net.peer[0], "eth0"), "... which stays");
}

/* Without the entry in `owners` DEL finds the endpoint by its name. */
static void owner_entry_deleted(void)
{
	struct plugin_call call;

	plugin_net(&net, 1, 0);
	call = call_of("ADD", 0);
	check_success("the entry in owners is deleted", &call, CONF("1.0.0", "p0"));
	xmt_must("cd /sys/fs/bpf/xmacvlan/n* && bpftool map delete pinned owners key 0x20 0 0 0 1 "
		 "0 0 0");
	call.command = "DEL";
	call.netns = "";
	check_success("the entry in owners is deleted", &call, CONF("1.0.0", "p0"));
	call = call_of("ADD", 0);
	check_success("the entry in owners is deleted", &call, CONF("1.0.0", "p0"));
	call.command = "DEL";
	check_success("the entry in owners is deleted", &call, CONF("1.0.0", "p0"));
	plugin_check_clean("the entry in owners is deleted");
}

static void changed_settings(void)
{
	static const struct {
		const char *set, *back, *text;
	} rows[] = {
		{ "host off", "host on", "hostAccess" },
		{ "spoofchk off", "spoofchk on", "spoofCheck" },
		{ "trust on", "trust off", "trust" },
		{ "macaddr flush", "macaddr set 02:00:00:00:00:71 02:00:00:00:00:72", "macaddr" },
		{ "macaddr add 02:00:00:00:00:73", "macaddr del 02:00:00:00:00:73",
		  "has 02:00:00:00:00:73, the configuration lacks it" },
		{ "mode bridge", "mode source macaddr set 02:00:00:00:00:71 02:00:00:00:00:72",
		  "mode" },
	};
	const char *conf = CONF(
		"1.0.0", "p0") ",'mode':'source','hostAccess':true,'spoofCheck':true,'trust':false,"
			       "'macaddr':['02:00:00:00:00:71','02:00:00:00:00:72']";
	struct plugin_call check;
	char *prev;

	plugin_net(&net, 1, 0);
	check = call_of("ADD", 0);
	check_success("settings", &check, conf);
	prev = plugin_dump();
	check.command = "CHECK";
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		xmt_check(!plugin_run(&check, "%s,'prevResult':%s}", conf, prev),
			  "CHECK of unchanged settings");
		xmt_must("%s -n %s set " OUR_ENDPOINT " %s", nt_bin(), net.host.name, nt_bin(),
			 net.host.name, rows[i].set);
		plugin_run(&check, "%s,'prevResult':%s}", conf, prev);
		plugin_check_error(rows[i].set, 102, rows[i].text, "eth0");
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
	plugin_check_error("the pin of a program is removed", 102, "endpoint_rx", "missing");
	check.command = "DEL";
	check_success("settings", &check, conf);
	free(prev);
}

static const struct nt_case cases[] = {
	{ "missing-pin", 60, missing_pin },
	{ "another-abi", 60, another_abi },
	{ "pins-removed", 30, pins_removed },
	{ "owner-entry-deleted", 30, owner_entry_deleted },
	{ "changed-settings", 60, changed_settings },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
