// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CHECK of addresses and routes. Additions and changes of others are accepted; missing ones are
 * reported. The kernel joins IPv6 routes into multipath routes; plugins behind this one make routes
 * of their own or move xmacvlan's (sbr).
 */
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"
#define STATIC(n)                                                                                  \
	",'ipam':{'type':'static','addresses':[{'address':'10." n ".0.3/24','gateway':'10." n      \
	".0.1'},{'address':'fd0" n "::3/64','gateway':'fd0" n "::1'}],'routes':[{'dst':"           \
	"'0.0.0.0/0'},{'dst':'::/0'},{'dst':'10.7" n ".0.0/16','gw':'10." n ".0.2'}]}"
/* Another device with a network of its own */
#define X0                                                                                         \
	"ip -n $C link add x0 type veth peer name x1; ip -n $C link set x1 up; ip -n $C link set " \
	"x0 up; ip -n $C addr add 10.8.0.2/24 "                                                    \
	"dev x0; ip -n $C addr add fd00::2/64 dev x0 nodad;"
#define X0_DEL "ip -n $C link del x0;"

static struct nt_net net;

static void shell_in_container(const char *line)
{
	xmt_must("C=%s; %s", net.peer[0].name, line);
}

/* An edit of prevResult before CHECK gets it */
enum edit { PLAIN, NO_INTERFACE, NO_GATEWAY, OTHER_ADDRESS, ROUTE, ROUTE_GW, METRIC, TABLE };

static void append_route(json_t *prev, const char *dst, const char *gw)
{
	json_t *route = json_pack("{s:s}", "dst", dst);

	if (gw)
		json_object_set_new(route, "gw", json_string(gw));
	json_array_append_new(json_object_get(prev, "routes"), route);
}

static void edit_prev(json_t *prev, enum edit edit)
{
	json_t *ips = json_object_get(prev, "ips"), *ip;
	json_t *first = json_array_get(json_object_get(prev, "routes"), 0);
	size_t i;

	json_array_foreach(ips, i, ip)
		if (edit == NO_INTERFACE || edit == NO_GATEWAY)
			json_object_del(ip, "interface");
	json_array_foreach(ips, i, ip)
		if (edit == NO_GATEWAY)
			json_object_del(ip, "gateway");
	if (edit == OTHER_ADDRESS)
		json_array_append_new(ips, json_pack("{s:s}", "address", "10.8.0.2/24"));
	if (edit == ROUTE)
		append_route(prev, "10.66.0.0/16", NULL);
	if (edit == ROUTE_GW)
		append_route(prev, "10.66.0.0/16", "10.8.0.1");
	if (edit == METRIC)
		json_object_set_new(first, "priority", json_integer(77));
	if (edit == TABLE)
		json_object_set_new(first, "table", json_integer(100));
}

/* code: 0 or 102; text: part of the message */
static const struct row {
	const char *what, *before, *after;
	enum edit edit;
	int code;
	const char *text;
} rows[] = {
	{ "unchanged", "", "", PLAIN, 0, "" },
	{ "an IPv6 default of another device joins ours",
	  X0 "ip -n $C -6 route append default via fd00::1 dev x0 metric 1024; "
	     "ip -n $C -6 route show default | grep -c nexthop | grep -q 2",
	  X0_DEL, PLAIN, 0, "" },
	{ "our hop of it is deleted",
	  X0 "ip -n $C -6 route append default via fd00::1 dev x0 metric 1024;"
	     "ip -n $C -6 route del default via fd09::1 dev eth0",
	  X0_DEL "ip -n $C -6 route add default via fd09::1 dev eth0", PLAIN, 102, "::/0" },
	{ "IPv6 defaults of two metrics",
	  X0 "ip -n $C -6 route add default via fd00::1 dev x0 metric 5", X0_DEL, PLAIN, 0, "" },
	{ "an IPv4 multipath route with our hop",
	  X0 "ip -n $C route replace default nexthop via 10.8.0.1 dev x0 nexthop via 10.9.0.1 dev "
	     "eth0",
	  X0_DEL "ip -n $C route replace default via 10.9.0.1", PLAIN, 0, "" },
	{ "an IPv4 multipath route without our hop",
	  X0 "ip -n $C route replace default nexthop via 10.8.0.1 dev x0 nexthop via 10.8.0.9 dev "
	     "x0",
	  X0_DEL "ip -n $C route replace default via 10.9.0.1", PLAIN, 102, "0.0.0.0/0" },
	{ "a nexthop object",
	  "ip -n $C nexthop add id 9 via 10.9.0.1 dev eth0; ip -n $C route replace default nhid 9",
	  "ip -n $C nexthop del id 9; ip -n $C route replace default via 10.9.0.1", PLAIN, 0, "" },
	{ "a group of nexthops",
	  X0 "ip -n $C nexthop add id 8 via 10.8.0.1 dev x0; "
	     "ip -n $C nexthop add id 9 via 10.9.0.1 dev eth0; ip -n $C nexthop add id 10 group "
	     "8/9; ip -n $C route replace default nhid 10",
	  "ip -n $C nexthop flush; ip -n $C route replace default via 10.9.0.1;" X0_DEL, PLAIN, 0,
	  "" },
	{ "a nexthop object that the kernel does not describe",
	  "ip netns exec $C sysctl -qw net.ipv4.nexthop_compat_mode=0; ip -n $C nexthop add id 9 "
	  "via 10.9.0.1 dev eth0; ip -n $C route replace default nhid 9",
	  "ip -n $C nexthop del id 9; ip -n $C route replace default via 10.9.0.1", PLAIN, 0, "" },
	{ "another metric",
	  "ip -n $C route del default; ip -n $C route add default via 10.9.0.1 metric 77",
	  "ip -n $C route del default; ip -n $C route add default via 10.9.0.1", PLAIN, 0, "" },
	{ "the metric of prevResult",
	  "ip -n $C route del default; ip -n $C route add default via 10.9.0.1 metric 77",
	  "ip -n $C route del default; ip -n $C route add default via 10.9.0.1", METRIC, 0, "" },
	{ "not the metric of prevResult", "", "", METRIC, 102, "0.0.0.0/0" },
	{ "another table",
	  "ip -n $C route del default; ip -n $C route add default via 10.9.0.1 table 1234",
	  "ip -n $C route flush table 1234; ip -n $C route add default via 10.9.0.1", PLAIN, 0,
	  "" },
	{ "the table of prevResult", "ip -n $C route add default via 10.9.0.1 table 100",
	  "ip -n $C route flush table 100", TABLE, 0, "" },
	{ "not the table of prevResult", "", "", TABLE, 102, "0.0.0.0/0" },
	{ "metrics of a route",
	  "ip -n $C route replace 10.79.0.0/16 via 10.9.0.2 mtu 1300 advmss 1000",
	  "ip -n $C route replace 10.79.0.0/16 via 10.9.0.2", PLAIN, 0, "" },
	{ "another gateway", "ip -n $C route replace 10.79.0.0/16 via 10.9.0.9",
	  "ip -n $C route replace 10.79.0.0/16 via 10.9.0.2", PLAIN, 102, "via 10.9.0.2" },
	{ "another default gateway", "ip -n $C route replace default via 10.9.0.9",
	  "ip -n $C route replace default via 10.9.0.1", PLAIN, 102, "0.0.0.0/0" },
	{ "a blackhole",
	  "ip -n $C route del 10.79.0.0/16; ip -n $C route add blackhole 10.79.0.0/16",
	  "ip -n $C route replace 10.79.0.0/16 via 10.9.0.2", PLAIN, 102, "10.79.0.0/16" },
	{ "a default of another device in place of ours",
	  X0 "ip -n $C route replace default via 10.8.0.1",
	  X0_DEL "ip -n $C route add default via 10.9.0.1", PLAIN, 102, "0.0.0.0/0" },
	{ "a route of another device", X0 "ip -n $C route add 10.66.0.0/16 dev x0", X0_DEL, ROUTE,
	  0, "" },
	{ "a route of another device is gone", "", "", ROUTE, 102, "10.66.0.0/16" },
	{ "a route of another device by a gateway",
	  X0 "ip -n $C route add 10.66.0.0/16 via 10.8.0.1", X0_DEL, ROUTE_GW, 0, "" },
	{ "... by another gateway", X0 "ip -n $C route add 10.66.0.0/16 via 10.8.0.9", X0_DEL,
	  ROUTE_GW, 102, "via 10.8.0.1" },
	{ "a route within our link", "ip -n $C route add 10.66.0.0/16 dev eth0",
	  "ip -n $C route del 10.66.0.0/16", ROUTE, 0, "" },
	{ "ips without interface", "", "", NO_INTERFACE, 0, "" },
	{ "ips without interface and gateway",
	  "ip -n $C route replace default dev eth0; ip -n $C -6 route del default; "
	  "ip -n $C -6 route add default dev eth0",
	  "ip -n $C route replace default via 10.9.0.1; ip -n $C -6 route del default; "
	  "ip -n $C -6 route add default via fd09::1",
	  NO_GATEWAY, 0, "" },
	{ "an address of no interface is on another device", X0, X0_DEL, OTHER_ADDRESS, 0, "" },
	{ "an address of no interface is gone", "", "", OTHER_ADDRESS, 102, "10.8.0.2/24" },
	{ "our address is gone", "ip -n $C addr del 10.9.0.3/24 dev eth0",
	  "ip -n $C addr add 10.9.0.3/24 brd + dev eth0; ip -n $C route add default via 10.9.0.1; "
	  "ip -n $C route add 10.79.0.0/16 via 10.9.0.2",
	  PLAIN, 102, "10.9.0.3/24" },
	{ "our address is on another device alone",
	  X0 "ip -n $C -6 addr del fd09::3/64 dev eth0; ip -n $C addr add fd09::3/64 dev x0 nodad",
	  X0_DEL "ip -n $C addr add fd09::3/64 dev eth0 nodad; ip -n $C -6 route replace default "
		 "via fd09::1",
	  PLAIN, 102, "fd09::3/64" },
	{ "unchanged at the end", "", "", PLAIN, 0, "" },
};

static void check_row(const struct row *row, const char *conf, const char *result)
{
	json_t *prev = json_loads(result, 0, NULL);
	char *text;

	edit_prev(prev, row->edit);
	text = json_dumps(prev, JSON_COMPACT);
	shell_in_container(row->before[0] ? row->before : ":");
	/* static compares the gateways of prevResult with its own */
	PLUGIN("CHECK", HEAD "%s,'prevResult':%s}", row->edit == NO_GATEWAY ? "" : conf, text);
	if (row->code)
		plugin_check_error(row->what, row->code, row->text, "no longer has");
	else
		plugin_check_success(row->what, plugin_code());
	shell_in_container(row->after[0] ? row->after : ":");
	free(text);
	json_decref(prev);
}

static void changed_by_others(void)
{
	char *prev;

	plugin_net(&net, 1, XMT_NS_IPV6);
	plugin_check_success("ADD", PLUGIN("ADD", HEAD STATIC("9") "}"));
	prev = plugin_dump();
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i], STATIC("9"), prev);
	free(prev);
	PLUGIN("DEL", HEAD STATIC("9") "}");
	plugin_check_clean("changed by others");
}

/* Debian's sbr behind this plugin moves the routes to table 100 */
static void chained_sbr(void)
{
	struct plugin_call sbr = { .command = "ADD", .program = PLUGIN_DEBIAN "/sbr" };
	char *prev, *result;

	plugin_net(&net, 1, XMT_NS_IPV6);
	plugin_check_success("ADD", PLUGIN("ADD", HEAD STATIC("9") "}"));
	prev = plugin_dump();
	plugin_check_success("ADD of sbr",
			     plugin_run(&sbr,
					"{'cniVersion':'1.0.0','name':'net','type':'sbr',"
					"'prevResult':%s}",
					prev));
	result = plugin_dump();
	xmt_must("ip -n %s route show table 100", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "default via 10.9.0.1") != NULL, "sbr: table 100 has %s",
		  xmt_output());
	plugin_check_success("CHECK behind sbr",
			     PLUGIN("CHECK", HEAD STATIC("9") ",'prevResult':%s}", result));
	xmt_must("ip -n %s route flush table 100", net.peer[0].name);
	PLUGIN("CHECK", HEAD STATIC("9") ",'prevResult':%s}", result);
	plugin_check_error("CHECK, sbr's table is empty", 102, "no longer has the route", "");
	sbr.command = "DEL";
	plugin_run(&sbr, "{'cniVersion':'1.0.0','name':'net','type':'sbr','prevResult':%s}", prev);
	PLUGIN("DEL", HEAD STATIC("9") "}");
	plugin_check_clean("sbr");
	free(result);
	free(prev);
}

/* The IPv6 default routes of both become one multipath route */
static void two_networks(void)
{
	static const char *const ifnames[] = { "eth0", "net1" };
	static const char *const confs[] = { STATIC("9"), STATIC("7") };
	struct plugin_call c = { .command = "ADD" };
	char *prev[2];

	plugin_net(&net, 1, XMT_NS_IPV6);
	for (int i = 0; i < 2; i++) {
		c.ifname = ifnames[i];
		/* IPv4 has one default route of a metric: the second ADD puts its own before it */
		plugin_check_success(ifnames[i], plugin_run(&c, HEAD "%s}", confs[i]));
		prev[i] = plugin_dump();
	}
	c.command = "CHECK";
	for (int i = 0; i < 2; i++) {
		c.ifname = ifnames[i];
		plugin_check_success("CHECK",
				     plugin_run(&c, HEAD "%s,'prevResult':%s}", confs[i], prev[i]));
	}
	c.command = "DEL";
	c.ifname = "net1";
	plugin_check_success("DEL of the second", plugin_run(&c, HEAD "%s}", confs[1]));
	c.command = "CHECK";
	c.ifname = "eth0";
	plugin_check_success("CHECK of the first",
			     plugin_run(&c, HEAD "%s,'prevResult':%s}", confs[0], prev[0]));
	c.command = "DEL";
	plugin_run(&c, HEAD "%s}", confs[0]);
	plugin_check_clean("two networks");
	free(prev[0]);
	free(prev[1]);
}

static const struct nt_case cases[] = {
	{ "others", 120, changed_by_others },
	{ "sbr", 60, chained_sbr },
	{ "two", 60, two_networks },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
