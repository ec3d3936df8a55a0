// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the CNI plugin refuses: configurations, namespaces, versions. A refusal leaves nothing
 * behind.
 */
#include <string.h>
#include <unistd.h>

#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"

static struct nt_net net;

/* The reference plugin reports code 999 for each of them, or no error. */
static void refused_configs(void)
{
	static const struct {
		const char *conf;
		int code;
		const char *a, *b;
	} rows[] = {
		{ "'master':'no'", 7, "master", "'no'" },
		{ "'master':'lo'", 7, "master 'lo'", "loopback" },
		{ "'master':'p0','mode':'foo'", 7, "mode", "'foo'" },
		{ "'master':'p0','mtu':1501", 7, "mtu", "1501" },
		{ "'master':'p0','mtu':-1", 7, "mtu", "-1" },
		{ "'master':'p0','mtu':67", 7, "mtu", "67" },
		{ "'master':'p0','mac':'01:00:00:00:00:01'", 7, "mac", "01:00:00:00:00:01" },
		{ "'master':'p0','macaddr':[]", 7, "macaddr", "source" },
		{ "'master':'p0','ipam':{'type':'no-such'}", 7, "ipam.type", "'no-such'" },
		{ "'master':'p0','prevResult':[]", 7, "prevResult", "[]" },
		{ "'master':'p0','dns':{'nameservers':'x'}", 7, "dns.nameservers", "\"x\"" },
		{ "'master':'p0','prevResult':{'ips':[{'address':5}]}", 6, "prevResult: address",
		  "5" },
		{ "'master':'p0','prevResult':{'ips':[{'address':'zz'}]}", 6, "prevResult: address",
		  "zz" },
		{ "'master':'p0','prevResult':{'routes':[{'dst':'zz'}]}", 6, "prevResult: route",
		  "zz" },
		{ "'master':'p0','prevResult':{'cniVersion':'0.2.0','ip4':{'ip':'zz'}}", 6,
		  "prevResult: address", "zz" },
		{ "'master':'p0','prevResult':{'dns':{'search':'x'}}", 6, "prevResult: dns.search",
		  "\"x\"" },
		{ "'mode':'bridge'", 7, "master", "default route" },
	};

	plugin_net(&net, 1, 0);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net',%s}", rows[i].conf);
		plugin_check_error(rows[i].conf, rows[i].code, rows[i].a, rows[i].b);
		plugin_check_clean(rows[i].conf);
	}
}

static void refused_namespaces(void)
{
	struct plugin_call c = { .command = "ADD", .netns = "/proc/self/ns/net" };

	plugin_net(&net, 1, 0);
	plugin_run(&c, HEAD "}");
	plugin_check_error("our own namespace", 8, "own network namespace", "");
	c.netns = "/run/netns/no-such";
	plugin_run(&c, HEAD "}");
	plugin_check_error("no such namespace", 8, "CNI_NETNS", "no-such");
	c.netns = "/etc/passwd";
	plugin_run(&c, HEAD "}");
	plugin_check_error("a file that is no namespace", 8, "CNI_NETNS", "/etc/passwd");
	plugin_check_clean("namespaces");
}

static void version_command(void)
{
	struct plugin_call c = {
		.command = "VERSION", .netns = "dummy", .container = "", .ifname = "", .path = ""
	};

	plugin_net(&net, 1, 0);
	plugin_check_success("VERSION", plugin_run(&c, "{'cniVersion':'0.4.0'}"));
	xmt_check(!strcmp(plugin_text("cniVersion"), "0.4.0") &&
			  !strcmp(plugin_text("supportedVersions.6"), "1.1.0"),
		  "VERSION answers in the version of the request and supports 1.1.0");
	plugin_check_success("VERSION of a newer runtime",
			     plugin_run(&c, "{'cniVersion':'1.2.0'}"));
	xmt_check(!strcmp(plugin_text("cniVersion"), "1.2.0") &&
			  !strcmp(plugin_text("supportedVersions.6"), "1.1.0"),
		  "... is answered, too");
	plugin_run(&c, "{'cniVersion':'one'}");
	plugin_check_error("VERSION, no version", 1, "cniVersion", "one");
	plugin_run(&(struct plugin_call){ .command = "ADD", .ifname = "a/b" },
		   "{'cniVersion':'0.4.0','name':'net'}");
	plugin_check_error("an error of the environment", 4, "CNI_IFNAME", "a/b");
	xmt_check(!strcmp(plugin_text("cniVersion"), "0.4.0"),
		  "... is reported in the version of the configuration");
	xmt_must("%s 2>&1 >/dev/null </dev/null | grep -q 'CNI plugin xmacvlan'", plugin_bin());
	xmt_check(1, "without CNI_COMMAND it prints its name on stderr");
}

static void default_master_of_route(void)
{
	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s addr add 10.9.0.2/24 dev p0 && ip -n %s route add default via 10.9.0.1",
		 net.host.name, net.host.name);
	plugin_check_success("no master: the device of the default route",
			     PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net'}"));
	nt_xm_must(&net.host, "-j show");
	xmt_check(strstr(xmt_output(), "\"link\":\"p0\"") != NULL, "... is p0");
	PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net'}");
	xmt_must("ip -n %s route replace default nexthop via 10.9.0.1 nexthop via 10.9.0.5",
		 net.host.name);
	plugin_check_success("no master: a multipath default route",
			     PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net'}"));
	PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net'}");
	xmt_must("ip -n %s addr flush dev p0; sysctl -q -w net.ipv6.conf.lo.disable_ipv6=0",
		 net.host.name);
	xmt_ns_sysctl(&net.host, "ipv6/conf/all/disable_ipv6", "0");
	xmt_must("ip -n %s addr add fd09::2/64 dev p0 nodad && ip -n %s route add default via "
		 "fd09::1 dev p0",
		 net.host.name, net.host.name);
	plugin_check_success("no master: an IPv6 default route",
			     PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net'}"));
	PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net'}");
}

static const struct nt_case cases[] = {
	{ "config", 60, refused_configs },
	{ "namespaces", 60, refused_namespaces },
	{ "version", 60, version_command },
	{ "default_master", 60, default_master_of_route },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
