// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An ADD of the CNI plugin that fails, is killed or cannot write its result leaves nothing behind,
 * where the reference plugin may leave a device or a lease
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"

static struct nt_net net;

/* The container or its name exists, or the result cannot be written. */
static void rollback_after_conflicts(void)
{
	plugin_check_success("ADD after the failures",
			     PLUGIN("ADD", HEAD PLUGIN_LOCAL "}", plugin_dir()));
	PLUGIN("ADD", HEAD PLUGIN_LOCAL "}", plugin_dir());
	plugin_check_error("ADD twice", 100, "already", "eth0");
	xmt_check(plugin_leases() == 1 && nt_exists(&net.peer[0], "eth0"),
		  "ADD twice: the first attachment is unchanged");
	PLUGIN("DEL", HEAD PLUGIN_LOCAL "}", plugin_dir());
	xmt_must("ip -n %s link add eth0 type veth peer name other", net.peer[0].name);
	PLUGIN("ADD", HEAD PLUGIN_LOCAL "}", plugin_dir());
	plugin_check_error("the name exists", 100, "eth0", "exists");
	xmt_check(nt_exists(&net.peer[0], "other"), "... on a device that stays unchanged");
	xmt_must("ip -n %s link del eth0", net.peer[0].name);
	plugin_check_clean("the name exists");
	/* The runtime does not receive the result, so it would not call DEL */
	xmt_check(plugin_run(&(struct plugin_call){ .command = "ADD", .output = "/dev/full" },
			     HEAD PLUGIN_LOCAL "}", plugin_dir()) != 0,
		  "stdout is full: the exit code is an error");
	plugin_check_clean("stdout is full");
}

/* After any failure the endpoint and the lease are removed, and the next ADD succeeds. */
static void rollback_after_ipam(void)
{
	static const struct {
		const char *what, *script;
		int code;
		const char *text;
	} rows[] = {
		{ "an error", "echo '{\"code\":11,\"msg\":\"try later\"}'; exit 1", 11,
		  "try later" },
		{ "a code of 2^32", "echo '{\"code\":4294967296,\"msg\":\"huge\"}'; exit 1", 101,
		  "huge" },
		{ "a code of 2^32 + 7", "echo '{\"code\":4294967303,\"msg\":\"huge\"}'; exit 1",
		  101, "huge" },
		{ "a code below 0", "echo '{\"code\":-7,\"msg\":\"tiny\"}'; exit 1", 101, "tiny" },
		{ "no error text", "exit 3", 101, "exit code 3" },
		{ "killed", "kill -9 $$", 101, "signal 9" },
		{ "no JSON", "echo hello", 101, "not JSON" },
		{ "no output", ":", 6, "result of the IPAM plugin" },
		{ "no address", "echo '{\"cniVersion\":\"1.0.0\"}'", 101, "no address" },
		{ "a wrong address",
		  "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0/8\"}]}'", 6,
		  "10.0.0/8" },
		{ "a wrong route",
		  "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0.9/8\"}],"
		  "\"routes\":[{\"dst\":\"x\"}]}'",
		  6, "route" },
		{ "a route without a way to its gateway",
		  "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0.9/8\"}],"
		  "\"routes\":[{\"dst\":\"11.0.0.0/8\",\"gw\":\"12.0.0.1\"}]}'",
		  100, "11.0.0.0/8" },
		{ "a closed stdin", "exec <&-; echo '{\"code\":7,\"msg\":\"deaf\"}'; exit 1", 7,
		  "deaf" },
	};
	char path[128], script[640];

	plugin_net(&net, 1, 0);
	snprintf(path, sizeof(path), "%s/bin/bad.log", plugin_dir());
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(script, sizeof(script),
			 "echo $CNI_COMMAND >>%s; [ $CNI_COMMAND = ADD ] || exit 0; %s", path,
			 rows[i].script);
		plugin_script("bad", script);
		PLUGIN("ADD", HEAD ",'ipam':{'type':'bad'}}");
		plugin_check_error(rows[i].what, rows[i].code, rows[i].text, "");
		plugin_check_clean(rows[i].what);
		xmt_must("tr '\\n' ' ' <%s; rm %s", path, path);
		xmt_check(!strcmp(xmt_output(), "ADD DEL "), "%s: IPAM was called with %s",
			  rows[i].what, xmt_output());
	}
	rollback_after_conflicts();
}

static void duplicate_ipv6(void)
{
	plugin_net(&net, 1, XMT_NS_IPV6);
	xmt_must("ip -n %s addr add fd09::3/64 dev w0 nodad", net.wire.name);
	xmt_ns_sysctl(&net.wire, "ipv6/conf/w0/addr_gen_mode", "0");
	PLUGIN("ADD", HEAD PLUGIN_STATIC6);
	plugin_check_error("an IPv6 address that w0 has", 11, "fd09::3", "in use");
	plugin_check_clean("duplicate address");
	xmt_must("ip -n %s addr del fd09::3/64 dev w0", net.wire.name);
	plugin_check_success("ADD, no duplicate any more", PLUGIN("ADD", HEAD PLUGIN_STATIC6));
	xmt_must("ip -n %s -6 addr show dev eth0", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "fd09::3/64 scope global \n") &&
			  !strstr(xmt_output(), "fd09::3/64 scope global tent"),
		  "... ADD ends when the address is no longer tentative");
	PLUGIN("DEL", HEAD PLUGIN_STATIC6);
	/* DAD sends thirty probes, one each second: its result is unknown for half a minute */
	xmt_must("ip netns exec %s sysctl -q -w net.ipv6.conf.default.dad_transmits=30",
		 net.peer[0].name);
	PLUGIN("ADD", HEAD PLUGIN_STATIC6);
	plugin_check_error("an IPv6 address that is tentative for long", 11, "eth0",
			   "still being tested");
	plugin_check_clean("a tentative address");
}

/*
 * timeout(1) kills its process group, and so itself: it does not wait for the plugin, which ends
 * later, after the call that it is in. This process became their reaper.
 */
static void wait_for_killed(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* ADD is killed at different times. DEL must leave nothing. */
static void killed_adds(void)
{
	struct plugin_call c = { .command = "ADD", .output = "/dev/null" };
	unsigned int ended = 0;
	char timeout[64];

	plugin_net(&net, 1, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	c.before = timeout;
	for (unsigned int i = 0; i < 24; i++) {
		snprintf(timeout, sizeof(timeout), "timeout -s KILL 0.%03u", 4 + i * 12);
		ended += !plugin_run(&c, HEAD PLUGIN_LOCAL "}", plugin_dir());
		wait_for_killed();
		plugin_check_success("killed: DEL",
				     PLUGIN("DEL", HEAD PLUGIN_LOCAL "}", plugin_dir()));
		plugin_check_clean(timeout);
	}
	xmt_check(ended < 24, "killed: %u of 24 ADDs ended before", ended);
}

static const struct nt_case cases[] = {
	{ "rollback", 120, rollback_after_ipam },
	{ "duplicate", 60, duplicate_ipv6 },
	{ "killed", 120, killed_adds },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
