// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same calls to the reference plugin `macvlan` and to ours, one after the other in the same
 * namespaces. The result and the state of the container must be the same, and both refuse the same
 * configurations.
 */
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define STATIC                                                                                     \
	"'ipam':{'type':'static','addresses':[{'address':'10.9.0.3/24','gateway':'10.9.0.1'},"     \
	"{'address':'fd09::3/64','gateway':'fd09::1'}],'routes':[{'dst':'0.0.0.0/0'},{'dst':'::/"  \
	"0'},"                                                                                     \
	"{'dst':'10.77.0.0/16','gw':'10.9.0.2'},{'dst':'fd77::/48','gw':'fd09::2'}],"              \
	"'dns':{'nameservers':['9.9.9.9']}}"
#define LOCAL                                                                                      \
	"'ipam':{'type':'host-local','dataDir':'/tmp/%scni-leases','ranges':[[{'subnet':"          \
	"'10.9.0.0/24','gateway':'10.9.0.1'}]],'routes':[{'dst':'0.0.0.0/0'}]}"
#define MAC "'mac':'02:00:00:00:00:55'"

static struct nt_net net;

struct facts {
	json_t *result, *device, *routes, *routes6;
	char *sysctls;
	bool done, tentative;
};

static json_t *container_json(const char *what)
{
	json_t *doc;

	xmt_must("ip -n %s -j %s 2>/dev/null", net.peer[0].name, what);
	doc = json_loads(xmt_output(), 0, NULL);
	return doc ? doc : json_array();
}

/*
 * Our ADD waits until IPv6 addresses are usable; the reference plugin does so only with a gateway.
 */
static bool remove_tentative(json_t *device)
{
	bool found = false;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(device, "addr_info"), i, address) {
		found |= json_object_get(address, "tentative") != NULL;
		json_object_del(address, "tentative");
	}
	return found;
}

/* The device without properties that depend on its ifindex, its kind or on chance */
static json_t *device_facts(void)
{
	static const char *const other[] = { "ifindex", "link_index", "link_netnsid", "txqlen",
					     "link" };
	json_t *all = container_json("addr show dev eth0");

	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		json_object_del(json_array_get(all, 0), other[i]);
	return all;
}

/* The reference plugin sets ndisc_notify, as we do, but not in version 1.1.1 */
static char *sysctl_facts(void)
{
	xmt_must("nsenter --net=/run/netns/%s sysctl -a 2>/dev/null | grep 'conf\\.eth0\\.' | "
		 "grep -v 'ndisc_notify\\|stable_secret'; true",
		 net.peer[0].name);
	return strdup(xmt_output());
}

static struct facts collect_facts(const char *program, const char *args, const char *conf)
{
	struct plugin_call c = { .command = "ADD", .program = program, .args = args };
	struct facts f = {};

	f.done = !plugin_run(&c, "%s", conf);
	f.result = f.done ? json_deep_copy(plugin_doc()) : NULL;
	if (f.done) {
		f.device = device_facts();
		f.tentative = remove_tentative(json_array_get(f.device, 0));
		f.routes = container_json("route show");
		f.routes6 = container_json("-6 route show");
		f.sysctls = sysctl_facts();
	}
	c.command = f.done ? "DEL" : NULL;
	if (f.done)
		plugin_run(&c, "%s", conf);
	/* A refused ADD of the reference plugin may leave a device */
	xmt_run("ip -n %s link del eth0", net.peer[0].name);
	return f;
}

static void free_facts(struct facts *f)
{
	json_decref(f->result);
	json_decref(f->device);
	json_decref(f->routes);
	json_decref(f->routes6);
	free(f->sysctls);
}

static void check_same(const char *what, const char *part, json_t *a, json_t *b)
{
	char *one = json_dumps(a, JSON_COMPACT | JSON_SORT_KEYS),
	     *other = json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS);

	if (json_equal(a, b))
		xmt_pass("%s: %s is equal to the reference plugin's", what, part);
	else
		xmt_fail("%s: %s\n  reference %s\n  ours      %s", what, part, one, other);
	free(one);
	free(other);
}

static void compare_plugins(const char *what, const char *args, const char *conf)
{
	struct facts ref = collect_facts(PLUGIN_DEBIAN "/macvlan", args, conf),
		     our = collect_facts(NULL, args, conf);

	if (!xmt_check(ref.done && our.done, "%s: both succeed (%d %d) %s", what, ref.done,
		       our.done, plugin_msg()))
		goto out;
	xmt_check(!our.tentative || !strstr(conf, "fd09::3"),
		  "%s: an IPv6 address is usable when ADD ends", what);
	check_same(what, "result", ref.result, our.result);
	check_same(what, "device", ref.device, our.device);
	check_same(what, "routes", ref.routes, our.routes);
	check_same(what, "IPv6 routes", ref.routes6, our.routes6);
	xmt_check(!strcmp(ref.sysctls, our.sysctls),
		  "%s: sysctls are equal to the reference plugin's", what);
out:
	free_facts(&ref);
	free_facts(&our);
}

/* {'cniVersion':VERSION,'name':'net','master':'p0',REST} */
static const char *conf_of(const char *version, const char *rest)
{
	static char conf[2048];

	snprintf(conf, sizeof(conf), "{'cniVersion':'%s','name':'net','master':'p0',%s}", version,
		 rest);
	return conf;
}

static void compare_versions(void)
{
	static const char *const all[] = { "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0" };

	plugin_net(&net, 1, XMT_NS_IPV6);
	for (unsigned int i = 0; i < sizeof(all) / sizeof(*all); i++)
		compare_plugins(all[i], "", conf_of(all[i], MAC "," STATIC));
}

static void compare_configs(void)
{
	static const struct {
		const char *what, *args, *rest;
	} rows[] = {
		{ "layer 2", "", MAC },
		{ "dns", "",
		  MAC ",'dns':{'nameservers':['1.1.1.1'],'domain':'d','search':['s'],'options':['o'"
		      "]}" },
		{ "mtu", "", MAC ",'mtu':1300," STATIC },
		{ "private", "", MAC ",'mode':'private'," STATIC },
		{ "vepa", "", MAC ",'mode':'vepa'," STATIC },
		{ "passthru", "", "'mode':'passthru'," STATIC },
		{ "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAME=x;MAC=02:00:00:00:00:66",
		  MAC "," STATIC },
		{ "runtimeConfig", "IgnoreUnknown=1;MAC=02:00:00:00:00:66",
		  MAC ",'RuntimeConfig':{'mac':'02:00:00:00:00:77'}," STATIC },
		{ "a /32 and a /31", "",
		  MAC ",'ipam':{'type':'static','addresses':[{'address':'10.9.0.3/32'},"
		      "{'address':'10.8.0.2/31'}]}" },
		{ "IPv6 alone", "",
		  MAC ",'ipam':{'type':'static','addresses':[{'address':'fd09::3/64'}]}" },
		{ "unknown keys", "", MAC ",'Foo':{},'MODE':'vepa'" },
	};
	char local[600];

	plugin_net(&net, 1, XMT_NS_IPV6);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		compare_plugins(rows[i].what, rows[i].args, conf_of("1.0.0", rows[i].rest));
	xmt_undo("rm -rf /tmp/%scni-leases", xmt_prefix());
	snprintf(local, sizeof(local), MAC "," LOCAL, xmt_prefix());
	/* host-local continues after the last address that it assigned */
	xmt_must("mkdir -p /tmp/%scni-leases/net", xmt_prefix());
	for (int i = 0; i < 2; i++) {
		struct facts f;

		f = collect_facts(i ? NULL : PLUGIN_DEBIAN "/macvlan", "", conf_of("1.0.0", local));
		xmt_check(f.done && !strncmp(plugin_dir(), "/tmp", 4), "host-local: %s",
			  i ? "ours" : "reference");
		free_facts(&f);
	}
	xmt_must("find /tmp/%scni-leases -name '10.*' | wc -l", xmt_prefix());
	xmt_check(!strcmp(xmt_output(), "0"), "host-local: both plugins released their leases");
}

static void compare_without_ipv6(void)
{
	plugin_net(&net, 1, 0);
	compare_plugins("IPv6 off by default", "", conf_of("1.0.0", MAC "," STATIC));
	compare_plugins(
		"IPv6 off, no IPv6 address", "",
		conf_of("1.0.0",
			MAC ",'ipam':{'type':'static','addresses':[{'address':'10.9.0.3/24'}]}"));
}

/* Compares whether a call is refused, but not the code: the reference plugin has 999 for all. */
static void compare_refusals(void)
{
	static const struct {
		const char *args, *conf;
	} rows[] = {
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'no'}" },
		{ "", "{'cniVersion':'1.0.0','name':'net'}" },
		{ "", "{'cniVersion':'1.0.0','master':'p0'}" },
		{ "", "{'cniVersion':'1.0.0','name':'a b','master':'p0'}" },
		{ "", "{'cniVersion':'3.0.0','name':'net','master':'p0'}" },
		{ "", "{'name':'net','master':'p0'" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mode':'foo'}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mode':''}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mode':3}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mtu':1501}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mtu':1500}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mtu':-1}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mtu':'1400'}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mac':'x'}" },
		{ "",
		  "{'cniVersion':'1.0.0','name':'net','master':'p0','mac':'01:00:00:00:00:01'}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','mac':'0200.0000.0001'}" },
		{ "FOO=1", "{'cniVersion':'1.0.0','name':'net','master':'p0'}" },
		{ "FOO=1;IgnoreUnknown=1", "{'cniVersion':'1.0.0','name':'net','master':'p0'}" },
		{ "FOO=1;IgnoreUnknown=0", "{'cniVersion':'1.0.0','name':'net','master':'p0'}" },
		{ "MAC", "{'cniVersion':'1.0.0','name':'net','master':'p0'}" },
		{ "MAC=", "{'cniVersion':'1.0.0','name':'net','master':'p0'}" },
		{ "",
		  "{'cniVersion':'1.0.0','name':'net','master':'p0','ipam':{'type':'static'}}" },
		{ "",
		  "{'cniVersion':'1.0.0','name':'net','master':'p0','ipam':{'type':'no-such'}}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','ipam':{}}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','ipam':'x'}" },
		{ "", "{'cniVersion':'1.0.0','name':'net','master':'p0','dns':'x'}" },
	};

	plugin_net(&net, 1, XMT_NS_IPV6);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct facts ref =
			collect_facts(PLUGIN_DEBIAN "/macvlan", rows[i].args, rows[i].conf);
		struct facts our = collect_facts(NULL, rows[i].args, rows[i].conf);

		xmt_check(ref.done == our.done, "%s%s: %s by both (%d %d)", rows[i].args,
			  rows[i].conf, ref.done ? "accepted" : "refused", ref.done, our.done);
		free_facts(&ref);
		free_facts(&our);
	}
}

static const struct nt_case cases[] = {
	{ "versions", 180, compare_versions },
	{ "configs", 240, compare_configs },
	{ "without_ipv6", 60, compare_without_ipv6 },
	{ "refusals", 120, compare_refusals },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
