// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A container's interface by CNI: every version, mode and key, traffic, DEL and CHECK.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"
#define LOCAL                                                                                      \
	",'ipam':{'type':'host-local','dataDir':'%s/leases','ranges':[[{'subnet':'10.9.0.0/24',"   \
	"'rangeStart':'10.9.0.3','gateway':'10.9.0.1'}],[{'subnet':'fd09::/64','rangeStart':"      \
	"'fd09::3'}]],'routes':[{'dst':'0.0.0.0/0'},{'dst':'10.77.0.0/16','gw':'10.9.0.2'}]}"

static struct nt_net net;

/* Pings the wire from the container, which only the plugin has configured. */
static void check_ping(const char *what, const char *to)
{
	int code = xmt_run("ip netns exec %s ping -n -c 1 -W 3 %s", net.peer[0].name, to);

	xmt_check(!code, "%s: ping %s", what, to);
}

static void life_of_interface(void)
{
	struct plugin_call check = { .command = "CHECK" };
	char *prev;

	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0 && sysctl -q -w "
		 "net.ipv6.conf.lo.disable_ipv6=1",
		 net.wire.name);
	xmt_ns_sysctl(&net.wire, "ipv6/conf/all/disable_ipv6", "0");
	xmt_must("ip -n %s addr add fd09::1/64 dev w0 nodad", net.wire.name);
	plugin_check_success(
		"host-local",
		PLUGIN("ADD", HEAD LOCAL ",'dns':{'nameservers':['10.9.0.1']}}", plugin_dir()));
	xmt_check(!strcmp(plugin_text("ips.0.address"), "10.9.0.3/24") &&
			  !strcmp(plugin_text("ips.1.address"), "fd09::3/64") &&
			  !strcmp(plugin_text("dns.nameservers.0"), "10.9.0.1") &&
			  json_array_size(json_object_get(plugin_doc(), "interfaces")) == 1,
		  "the result has both addresses, dns and one interface");
	check_ping("life", "10.9.0.1");
	check_ping("life", "fd09::1");
	prev = plugin_dump();
	plugin_check_success(
		"CHECK", plugin_run(&check, HEAD LOCAL ",'prevResult':%s}", plugin_dir(), prev));
	plugin_check_success("DEL", PLUGIN("DEL", HEAD LOCAL "}", plugin_dir()));
	plugin_check_clean("DEL");
	plugin_check_success("DEL again", PLUGIN("DEL", HEAD LOCAL "}", plugin_dir()));
	plugin_check_success("ADD, layer 2", PLUGIN("ADD", HEAD "}"));
	plugin_check_success("DEL", PLUGIN("DEL", HEAD "}"));
	plugin_check_clean("layer 2");
	free(prev);
}

static void cni_versions(void)
{
	static const char *const all[] = { "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0" };

	plugin_net(&net, 1, 0);
	for (unsigned int i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char conf[1024];

		snprintf(conf, sizeof(conf),
			 "{'cniVersion':'%s','name':'net','master':'p0'" LOCAL "}", all[i],
			 plugin_dir());
		plugin_check_success(all[i], PLUGIN("ADD", "%s", conf));
		xmt_check(!strcmp(plugin_text("cniVersion"), all[i]) &&
				  !strncmp(plugin_text(i < 2 ? "ip4.ip" : "ips.0.address"),
					   "10.9.0.", 7),
			  "%s: the result has this version", all[i]);
		plugin_check_success(all[i], PLUGIN("DEL", "%s", conf));
		plugin_check_clean(all[i]);
	}
	plugin_check_success(
		"1.1.0",
		PLUGIN("ADD", "{'cniVersion':'1.1.0','name':'net','master':'p0','mtu':1400}"));
	xmt_check(json_integer_value(json_object_get(
			  json_array_get(json_object_get(plugin_doc(), "interfaces"), 0), "mtu")) ==
			  1400,
		  "1.1.0: the result has the MTU");
	plugin_check_success("1.1.0",
			     PLUGIN("DEL", "{'cniVersion':'1.1.0','name':'net','master':'p0'}"));
	plugin_check_clean("1.1.0");
}

/* The output of `-j show`, with the only endpoint */
static const char *show_json(void)
{
	nt_xm_must(&net.host, "-j show");
	return xmt_output();
}

static void conf_keys(void)
{
	static const struct {
		const char *conf, *shown;
	} rows[] = {
		{ "'mode':'bridge'", "\"mode\":\"bridge\"" },
		{ "'mode':'private'", "\"mode\":\"private\"" },
		{ "'mode':'vepa'", "\"mode\":\"vepa\"" },
		{ "'mode':'passthru','mac':'02:00:00:00:00:55'",
		  "\"address\":\"" NT_HOST_MAC "\"" },
		{ "'mode':'source','macaddr':['02:00:00:00:00:99']", "02:00:00:00:00:99" },
		{ "'hostAccess':true", "\"host\":true" },
		{ "'spoofCheck':false", "\"spoofchk\":false" },
		{ "'mode':'bridge'", "\"spoofchk\":true" },
		{ "'trust':false", "\"trust\":false" },
		{ "'mode':'bridge'", "\"trust\":true" },
		{ "'followAddresses':true", "\"follow_addresses\":true" },
		{ "'bcqueuelen':77", "77" },
		{ "'mtu':1300", "1300" },
		{ "'mac':'02:00:00:00:00:55'", "\"address\":\"02:00:00:00:00:55\"" },
	};

	plugin_net(&net, 1, 0);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		plugin_check_success(rows[i].conf, PLUGIN("ADD", HEAD ",%s}", rows[i].conf));
		xmt_check(strstr(show_json(), rows[i].shown) != NULL, "%s: show has %s",
			  rows[i].conf, rows[i].shown);
		PLUGIN("DEL", HEAD "}");
		plugin_check_clean(rows[i].conf);
	}
}

/* `show` prints the owner of an endpoint that the plugin made, and none for other endpoints. */
static void shown_owner(void)
{
	char id[256], want[400];
	struct plugin_call c = { .command = "ADD", .container = id, .ifname = "lan0" };
	json_t *all, *cni;

	memset(id, 'x', 255);
	id[255] = '\0';
	plugin_net(&net, 1, 0);
	plugin_check_success("ADD with an id of 255 characters", plugin_run(&c, HEAD "}"));
	nt_xm_must(&net.host, "add byhand link p0");
	all = nt_xm_json(&net.host, "show");
	cni = json_object_get(json_array_get(all, 1), "cni");
	xmt_check(
		json_array_size(all) == 2 && json_object_size(cni) == 3 &&
			!strcmp(json_string_value(json_object_get(cni, "network")) ?: "", "net") &&
			!strcmp(json_string_value(json_object_get(cni, "container")) ?: "", id) &&
			!strcmp(json_string_value(json_object_get(cni, "ifname")) ?: "", "lan0"),
		"show -j: the key cni has network, container and ifname");
	xmt_check(!json_object_get(json_array_get(all, 0), "cni"),
		  "show -j: an endpoint that a command made has no key cni");
	json_decref(all);
	nt_xm_must(&net.host, "show");
	snprintf(want, sizeof(want), "    cni network net container %s ifname lan0", id);
	xmt_check(strstr(xmt_output(), want) != NULL,
		  "show: the text has network, container and ifname");
	nt_xm_must(&net.host, "show byhand");
	xmt_check(!strstr(xmt_output(), "cni"),
		  "show: no owner for an endpoint that a command made");
	c.command = "DEL";
	plugin_run(&c, HEAD "}");
	nt_xm_must(&net.host, "del byhand");
	plugin_check_clean("show");
}

static void mac_choice(void)
{
	struct plugin_call second = { .command = "ADD", .container = "c2", .ifname = "eth1" };
	char first[32], dup[128];

	plugin_net(&net, 1, 0);
	plugin_check_success("ADD, default MAC", PLUGIN("ADD", HEAD "}"));
	snprintf(first, sizeof(first), "%s", plugin_text("interfaces.0.mac"));
	plugin_check_success("ADD of another container", plugin_run(&second, HEAD "}"));
	xmt_check(strcmp(first, plugin_text("interfaces.0.mac")), "two containers have two MACs");
	second.command = "DEL";
	plugin_run(&second, HEAD "}");
	PLUGIN("DEL", HEAD "}");
	plugin_check_success("ADD again", PLUGIN("ADD", HEAD "}"));
	xmt_check(!strcmp(first, plugin_text("interfaces.0.mac")),
		  "after DEL and ADD it has the same MAC, %s", first);
	/* The same container of another host, whose parent has another MAC */
	PLUGIN("DEL", HEAD "}");
	xmt_must("ip -n %s link set p0 address 02:00:00:00:00:88", net.host.name);
	plugin_check_success("ADD on another host", PLUGIN("ADD", HEAD "}"));
	xmt_check(strcmp(first, plugin_text("interfaces.0.mac")) != 0,
		  "with another parent's MAC it has another MAC, %s",
		  plugin_text("interfaces.0.mac"));
	PLUGIN("DEL", HEAD "}");
	xmt_must("ip -n %s link set p0 address " NT_HOST_MAC, net.host.name);
	plugin_check_success("ADD on the first host", PLUGIN("ADD", HEAD "}"));
	xmt_check(!strcmp(first, plugin_text("interfaces.0.mac")), "there it has the first one");
	snprintf(dup, sizeof(dup), ",'mac':'%s'}", first);
	second.command = "ADD";
	plugin_run(&second, HEAD "%s", dup);
	plugin_check_error("a MAC that is in use", 7, "mac", first);
	plugin_run(&second, HEAD ",'mac':'" NT_HOST_MAC "'}");
	plugin_check_error("the parent's MAC", 7, "mac", NT_HOST_MAC);
	second.args = "IgnoreUnknown=1;MAC=02:00:00:00:00:77";
	plugin_check_success("ADD with CNI_ARGS",
			     plugin_run(&second, HEAD ",'mac':'02:00:00:00:00:78'}"));
	xmt_check(!strcmp(plugin_text("interfaces.0.mac"), "02:00:00:00:00:77"),
		  "MAC of CNI_ARGS has precedence over mac");
	second.command = "DEL";
	plugin_run(&second, HEAD "}");
	PLUGIN("DEL", HEAD "}");
	nt_xm_must(&net.host, "add byhand link p0 address %s", first);
	plugin_check_success("ADD, another endpoint has the default MAC", PLUGIN("ADD", HEAD "}"));
	xmt_check(strlen(plugin_text("interfaces.0.mac")) == 17 &&
			  strcmp(first, plugin_text("interfaces.0.mac")),
		  "... it gets another MAC, %s", plugin_text("interfaces.0.mac"));
	PLUGIN("DEL", HEAD "}");
	nt_xm_must(&net.host, "del byhand");
	plugin_check_clean("MACs");
}

static void del_variants(void)
{
	struct plugin_call no_netns = { .command = "DEL", .netns = "" },
			   no_path = { .command = "DEL", .netns = "/run/netns/no" };
	char again[64];

	plugin_net(&net, 2, 0);
	snprintf(again, sizeof(again), "/run/netns/%s", net.peer[1].name);
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	plugin_check_success("DEL without a namespace",
			     plugin_run(&no_netns, HEAD LOCAL "}", plugin_dir()));
	plugin_check_clean("DEL without a namespace");
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	plugin_check_success("DEL, namespace destroyed",
			     plugin_run(&no_path, HEAD LOCAL "}", plugin_dir()));
	plugin_check_clean("DEL, namespace destroyed");
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	plugin_check_success("DEL, no such master",
			     PLUGIN("DEL",
				    "{'cniVersion':'1.0.0','name':'net','master':'no'" LOCAL "}",
				    plugin_dir()));
	plugin_check_clean("DEL, no such master");
	/*
	 * The namespace is destroyed with the device; the container is started again in another one
	 */
	PLUGIN("ADD", HEAD "}");
	xmt_ns_del(&net.peer[0]);
	for (int i = 0; i < 200 && leftovers_host_ends(&net.host);
	     i++) /* the kernel destroys it later */
		usleep(25000);
	xmt_ns_add(&net.peer[0], "c0", 0);
	plugin_check_success(
		"ADD again, namespace destroyed",
		plugin_run(&(struct plugin_call){ .command = "ADD", .netns = again }, HEAD "}"));
	PLUGIN("DEL", HEAD "}");
	plugin_check_clean("DEL, after the namespace was destroyed");
	/* The parent is deleted, and its endpoints with it */
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	xmt_must("ip -n %s link del p0", net.host.name);
	plugin_check_success("DEL, parent deleted", PLUGIN("DEL", HEAD LOCAL "}", plugin_dir()));
	xmt_check(!plugin_leases() && !leftovers_host_ends(&net.host) &&
			  !nt_exists(&net.peer[0], "eth0") && !leftovers_pins(),
		  "DEL, parent deleted: nothing is left");
}

/* Damages the attachment, checks the error of CHECK, and makes the attachment again. */
static void check_broken(const char *what, const char *prev, const char *command, const char *text)
{
	xmt_must("%s", command);
	PLUGIN("CHECK", HEAD LOCAL ",'prevResult':%s}", plugin_dir(), prev);
	xmt_check(plugin_code() >= 100 && strstr(plugin_msg(), text), "CHECK, %s: code %d, \"%s\"",
		  what, plugin_code(), plugin_msg());
	PLUGIN("DEL", HEAD LOCAL "}", plugin_dir());
	plugin_check_clean(what);
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
}

static const struct {
	const char *what, *command, *text;
} damages[] = {
	{ "the device is deleted", "ip -n $C link del eth0", "host end" },
	{ "the device is down", "ip -n $C link set eth0 down", "is down" },
	{ "another MAC", "ip -n $C link set eth0 address 02:00:00:00:00:66", "MAC" },
	{ "an address is deleted", "ip -n $C addr flush dev eth0 scope global",
	  "no longer has the address" },
	{ "a route is deleted", "ip -n $C route del 10.77.0.0/16", "10.77.0.0/16" },
	{ "the host end is down",
	  "ip -n $H link set $(ls /proc/1/nothing 2>/dev/null; ip -n $H -o link | "
	  "sed -n 's/.*: \\(xm[0-9a-f-]*\\)@.*/\\1/p') down",
	  "is down" },
	{ "not in mac_table",
	  "for k in $(bpftool -j map dump pinned $D/mac_table | "
	  "grep -o '\"key\":\\[[^]]*' | sed 's,.*\\[,,' | tr -d '\"' | tr , ' '); do set "
	  "-- "
	  "$@ $k; "
	  "done; "
	  "bpftool map delete pinned $D/mac_table key $@",
	  "mac_table" },
	{ "not in host_ends",
	  "set -- $(bpftool -j map dump pinned $D/host_ends | grep -o '\"key\":\\[[^]]*' | "
	  "sed 's,.*\\[,,' | tr -d '\"' | tr , ' '); bpftool map delete pinned "
	  "$D/host_ends "
	  "key $@",
	  "host_ends" },
	{ "in host_ends as another's",
	  "set -- $(bpftool -j map dump pinned $D/host_ends | grep -o "
	  "'\"key\":\\[[^]]*' | sed 's,.*\\[,,' | tr -d '\"' | tr , ' '); bpftool map "
	  "update "
	  "pinned $D/host_ends key $@ value 9 0 0 0",
	  "host_ends as another's" },
	{ "its port is cleared",
	  "bpftool map update pinned $D/ports key 1 0 0 0 value 0 0 0 0 0 0 0 0 0 0 0 0 "
	  "0 0 0 0",
	  "ports" },
	{ "parent_rx's link is detached", "bpftool link detach pinned $D/parent_rx_link",
	  "parent_rx" },
	{ "parent_rx's pin is removed", "rm $D/parent_rx_link", "parent_rx" },
	{ "endpoint_rx is detached", "tc -n $H filter del block $((0x40000000 + $I))",
	  "endpoint_rx" },
};

static void check_of_damage(void)
{
	char env[256], line[1024], *prev;

	plugin_net(&net, 1, 0);
	PLUGIN("CHECK", HEAD "}");
	plugin_check_error("CHECK without prevResult", 7, "prevResult", "");
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	for (unsigned int i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		prev = plugin_dump();
		PLUGIN("CHECK", HEAD LOCAL ",'prevResult':%s}", plugin_dir(), prev);
		xmt_check(!plugin_code(), "CHECK of an undamaged attachment (%s)", plugin_msg());
		snprintf(env, sizeof(env), "H=%s C=%s I=%u D=$(echo /sys/fs/bpf/xmacvlan/n*)",
			 net.host.name, net.peer[0].name, xmt_ifindex(&net.host, "p0"));
		snprintf(line, sizeof(line), "%s; %s", env, damages[i].command);
		check_broken(damages[i].what, prev, line, damages[i].text);
		free(prev);
	}
	PLUGIN("DEL", HEAD LOCAL "}", plugin_dir());
}

/* The master by another name (altname), which may have more than 15 characters */
static void altname_master(void)
{
#define ALT "{'cniVersion':'1.0.0','name':'net','master':'a-name-longer-than-fifteen-characters'"
	char *prev;

	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s link property add dev p0 altname a-name-longer-than-fifteen-characters",
		 net.host.name);
	plugin_check_success("ADD", PLUGIN("ADD", ALT "}"));
	prev = plugin_dump();
	plugin_check_success("CHECK", PLUGIN("CHECK", ALT ",'prevResult':%s}", prev));
	plugin_check_success("DEL", PLUGIN("DEL", ALT "}"));
	plugin_check_clean("altname");
	free(prev);
}

static const struct nt_case cases[] = {
	{ "life", 60, life_of_interface },  { "versions", 120, cni_versions },
	{ "keys", 60, conf_keys },	    { "macs", 60, mac_choice },
	{ "shown_owner", 60, shown_owner }, { "deletes", 60, del_variants },
	{ "check", 180, check_of_damage },  { "altname", 60, altname_master },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
