// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Errors of the CNI plugin, above all those after which the reference plugin leaves something
 * behind or reports too little; chains; announced addresses; DHCP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "pkt.h"
#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"
#define LOCAL                                                                                      \
	",'ipam':{'type':'host-local','dataDir':'%s/leases','ranges':[[{'subnet':'10.9.0.0/24',"   \
	"'rangeStart':'10.9.0.3'}]]}"

static struct nt_net net;

static void check_success(const char *what, int code)
{
	xmt_check(!code, "%s (exit code %d) %s", what, code, plugin_msg());
}

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
	check_success("VERSION", plugin_run(&c, "{'cniVersion':'0.4.0'}"));
	xmt_check(!strcmp(plugin_text("cniVersion"), "0.4.0") &&
			  !strcmp(plugin_text("supportedVersions.6"), "1.1.0"),
		  "VERSION answers in the version of the request and supports 1.1.0");
	check_success("VERSION of a newer runtime", plugin_run(&c, "{'cniVersion':'1.2.0'}"));
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

/* The container or its name exists, or the result cannot be written. */
static void rollback_after_conflicts(void)
{
	check_success("ADD after the failures", PLUGIN("ADD", HEAD LOCAL "}", plugin_dir()));
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	plugin_check_error("ADD twice", 100, "already", "eth0");
	xmt_check(plugin_leases() == 1 && nt_exists(&net.peer[0], "eth0"),
		  "ADD twice: the first attachment is unchanged");
	PLUGIN("DEL", HEAD LOCAL "}", plugin_dir());
	xmt_must("ip -n %s link add eth0 type veth peer name other", net.peer[0].name);
	PLUGIN("ADD", HEAD LOCAL "}", plugin_dir());
	plugin_check_error("the name exists", 100, "eth0", "exists");
	xmt_check(nt_exists(&net.peer[0], "other"), "... on a device that stays unchanged");
	xmt_must("ip -n %s link del eth0", net.peer[0].name);
	plugin_check_clean("the name exists");
	/* The runtime does not receive the result and would not call DEL */
	xmt_check(plugin_run(&(struct plugin_call){ .command = "ADD", .output = "/dev/full" },
			     HEAD LOCAL "}", plugin_dir()) != 0,
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

/*
 * IPAM is called when the device is up and has a carrier, and without our lock: it may call
 * xmacvlan.
 */
static void ipam_environment(void)
{
	char script[512];

	plugin_net(&net, 1, 0);
	snprintf(script, sizeof(script),
		 "[ $CNI_COMMAND = ADD ] || exit 0; cat >%s/bin/stdin; "
		 "nsenter --net=$CNI_NETNS ip -o link show $CNI_IFNAME >%s/bin/link 2>/dev/null; "
		 "timeout 5 %s show >/dev/null || exit 9; umask >%s/bin/umask; "
		 "echo "
		 "'{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.9.0.3/"
		 "24\",\"gateway\":\"10.9.0.1\","
		 "\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}}'",
		 plugin_dir(), plugin_dir(), nt_bin(), plugin_dir());
	plugin_script("ipam", script);
	check_success("IPAM with a result of version 0.2.0",
		      PLUGIN("ADD", HEAD ",'foo':1,'ipam':{'type':'ipam'}}"));
	xmt_must("cat %s/bin/link %s/bin/umask", plugin_dir(), plugin_dir());
	xmt_check(strstr(xmt_output(), "LOWER_UP") && strstr(xmt_output(), "state UP") &&
			  strstr(xmt_output(), "0022"),
		  "IPAM: the device was up, the umask is that of the runtime");
	xmt_check(!xmt_run("cmp %s/bin/stdin %s/config", plugin_dir(), plugin_dir()),
		  "IPAM: stdin is the configuration");
	xmt_must("ip -n %s route", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "default via 10.9.0.1 dev eth0") != NULL,
		  "the route of the old result exists");
	PLUGIN("DEL", HEAD ",'ipam':{'type':'ipam'}}");
	plugin_check_clean("IPAM");
}

static void chained_result(void)
{
	plugin_net(&net, 1, 0);
	check_success(
		"chain",
		PLUGIN("ADD",
		       HEAD LOCAL
		       ",'prevResult':{'cniVersion':'1.0.0','interfaces':[{'name':'x','sandbox':"
		       "'/x'}],'ips':[{'address':'10.5.5.5/24','interface':0}],'routes':[{'dst':"
		       "'10.6.0.0/16'}],'dns':{'nameservers':['3.3.3.3']}}}",
		       plugin_dir()));
	xmt_check(!strcmp(plugin_text("interfaces.0.name"), "x") &&
			  !strcmp(plugin_text("interfaces.1.name"), "eth0") &&
			  !strcmp(plugin_text("ips.0.address"), "10.5.5.5/24") &&
			  !strcmp(plugin_text("ips.1.address"), "10.9.0.3/24") &&
			  !strcmp(plugin_text("routes.0.dst"), "10.6.0.0/16") &&
			  !strcmp(plugin_text("dns.nameservers.0"), "3.3.3.3"),
		  "chain: the result has the former interfaces, addresses and routes, then ours");
	xmt_check(json_integer_value(json_object_get(
			  json_array_get(json_object_get(plugin_doc(), "ips"), 1), "interface")) ==
			  1,
		  "chain: our address has the index of our interface");
	xmt_must("ip -n %s addr show eth0", net.peer[0].name);
	xmt_check(!strstr(xmt_output(), "10.5.5.5"),
		  "chain: our interface has no address of another interface");
	PLUGIN("DEL", HEAD LOCAL "}", plugin_dir());
	plugin_check_clean("chain");
}

static void link_in_container(void)
{
	const char *conf =
		"{'cniVersion':'1.0.0','name':'net','master':'q0','linkInContainer':true}";
	struct plugin_call no_netns = { .command = "DEL", .netns = "" };

	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up && ip -n "
		 "%s link set q1 up",
		 net.peer[0].name, net.peer[0].name, net.peer[0].name);
	check_success("linkInContainer: ADD", PLUGIN("ADD", "%s", conf));
	xmt_check(nt_exists(&net.peer[0], "eth0") && !nt_exists(&net.host, "eth0"),
		  "linkInContainer: the endpoint is in the container");
	check_success("linkInContainer: DEL", PLUGIN("DEL", "%s", conf));
	xmt_check(!nt_exists(&net.peer[0], "eth0") && !leftovers_pins(),
		  "linkInContainer: nothing is left");
	PLUGIN("ADD", "%s", conf);
	xmt_ns_del(&net.peer[0]);
	check_success("linkInContainer: DEL, namespace deleted", plugin_run(&no_netns, "%s", conf));
	/* The kernel destroys the namespace some time later */
	for (int i = 0; i < 100 && leftovers_pins(); i++) {
		usleep(50000);
		nt_xm(&net.host, "show");
	}
	xmt_check(!leftovers_pins(),
		  "linkInContainer: the next command removes the pins of the destroyed namespace");
}

static void default_master_of_route(void)
{
	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s addr add 10.9.0.2/24 dev p0 && ip -n %s route add default via 10.9.0.1",
		 net.host.name, net.host.name);
	check_success("no master: the device of the default route",
		      PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net'}"));
	nt_xm_must(&net.host, "-j show");
	xmt_check(strstr(xmt_output(), "\"link\":\"p0\"") != NULL, "... is p0");
	PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net'}");
	xmt_must("ip -n %s addr flush dev p0; sysctl -q -w net.ipv6.conf.lo.disable_ipv6=0",
		 net.host.name);
	xmt_ns_sysctl(&net.host, "ipv6/conf/all/disable_ipv6", "0");
	xmt_must("ip -n %s addr add fd09::2/64 dev p0 nodad && ip -n %s route add default via "
		 "fd09::1 dev p0",
		 net.host.name, net.host.name);
	check_success("no master: an IPv6 default route",
		      PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net'}"));
	PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net'}");
}

struct announcement {
	bool arp, na;
	uint8_t mac[6];
};

/* RFC 4443, 2.3: the sum over both addresses, length, type and message is 0xffff */
static bool icmpv6_checksum_ok(const uint8_t *d)
{
	uint16_t tail[2] = { htons(32), htons(58) };

	return xmt_csum_add(xmt_csum_add(xmt_csum_add(0, d + 22, 32), tail, sizeof(tail)), d + 54,
			    32) == 0xffff;
}

/* ARP request of 10.9.0.3 for itself; neighbour advertisement for fd09::3 to all nodes */
static void note_announcement(const struct xmt_pkt *pkt, void *arg)
{
	static const uint8_t ip4[4] = { 10, 9, 0, 3 }, ip6[16] = { 0xfd, 9, [15] = 3 },
			     all[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	const uint8_t *d = pkt->data;
	struct announcement *h = arg;

	if (memcmp(d + 6, h->mac, 6))
		return;
	if (pkt->proto == ETH_P_ARP && !memcmp(d + 28, ip4, 4) && !memcmp(d + 38, ip4, 4))
		h->arp = true;
	if (pkt->proto == ETH_P_IPV6 && !memcmp(d, all, 6) && d[14] == 0x60 &&
	    icmpv6_checksum_ok(d) && d[20] == 58 && d[54] == 136 && d[21] == 255 &&
	    !memcmp(d + 62, ip6, 16) && !memcmp(d + 80, h->mac, 6))
		h->na = true;
}

#define STATIC6                                                                                    \
	",'mac':'02:00:00:00:00:55','ipam':{'type':'static','addresses':[{'address':'10.9.0.3/"    \
	"24'},"                                                                                    \
	"{'address':'fd09::3/64'}]}}"

static void addresses_announced(void)
{
	struct announcement h = { .mac = { 2, 0, 0, 0, 0, 0x55 } };
	int fd;

	plugin_net(&net, 1, 0);
	fd = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), ETH_P_ALL);
	check_success("ADD", PLUGIN("ADD", HEAD STATIC6));
	xmt_pkt_wait(fd, "never", 6, 300, note_announcement, &h);
	xmt_check(h.arp, "a gratuitous ARP reached the wire");
	xmt_check(h.na, "an unsolicited neighbour advertisement reached the wire");
	xmt_pkt_close(&fd, 1);
	PLUGIN("DEL", HEAD STATIC6);
	plugin_check_clean("announced");
}

static void duplicate_ipv6(void)
{
	plugin_net(&net, 1, XMT_NS_IPV6);
	xmt_must("ip -n %s addr add fd09::3/64 dev w0 nodad", net.wire.name);
	xmt_ns_sysctl(&net.wire, "ipv6/conf/w0/addr_gen_mode", "0");
	PLUGIN("ADD", HEAD STATIC6);
	plugin_check_error("an IPv6 address that w0 has", 100, "fd09::3", "in use");
	plugin_check_clean("duplicate address");
	xmt_must("ip -n %s addr del fd09::3/64 dev w0", net.wire.name);
	check_success("ADD, no duplicate any more", PLUGIN("ADD", HEAD STATIC6));
	xmt_must("ip -n %s -6 addr show dev eth0", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "fd09::3/64 scope global \n") &&
			  !strstr(xmt_output(), "fd09::3/64 scope global tent"),
		  "... ADD ends when the address is no longer tentative");
	PLUGIN("DEL", HEAD STATIC6);
	/* DAD sends thirty probes, one each second: its result is unknown for half a minute */
	xmt_must("ip netns exec %s sysctl -q -w net.ipv6.conf.default.dad_transmits=30",
		 net.peer[0].name);
	PLUGIN("ADD", HEAD STATIC6);
	plugin_check_error("an IPv6 address that is tentative for long", 11, "eth0",
			   "still being tested");
	plugin_check_clean("a tentative address");
}

/*
 * Route options of CNI 1.1.0 in a result of `version`. A script prints them: Debian's IPAM plugins
 * are older.
 */
static void check_routes(const char *version)
{
	const char *conf =
		"{'cniVersion':'%s','name':'net','master':'p0','ipam':{'type':'new'}%s%s}";
	char script[640], *prev;

	snprintf(script, sizeof(script),
		 "[ $CNI_COMMAND = ADD ] || exit 0; echo "
		 "'{\"cniVersion\":\"%s\",\"ips\":[{\"version\":\"4\",\"address\":"
		 "\"10.9.0.3/24\",\"gateway\":\"10.9.0.1\"}],\"routes\":[{\"dst\":\"10.70.0.0/"
		 "16\",\"mtu\":1300,"
		 "\"advmss\":1000,\"priority\":50},{\"dst\":\"10.71.0.0/"
		 "16\",\"table\":1000},{\"dst\":"
		 "\"10.72.0.0/16\",\"scope\":253}]}'",
		 version);
	plugin_script("new", script);
	check_success(version, PLUGIN("ADD", conf, version, "", ""));
	prev = plugin_dump();
	xmt_must("ip -n %s route show table all", net.peer[0].name);
	xmt_check(strstr(xmt_output(),
			 "10.70.0.0/16 via 10.9.0.1 dev eth0 metric 50 mtu 1300 advmss 1000") &&
			  strstr(xmt_output(), "10.71.0.0/16 via 10.9.0.1 dev eth0 table 1000") &&
			  strstr(xmt_output(), "10.72.0.0/16 dev eth0 scope link"),
		  "%s: the routes have their options: %s", version, xmt_output());
	PLUGIN("CHECK", conf, version, ",'prevResult':", prev);
	xmt_check(!plugin_code(), "%s: CHECK with our result succeeds %s", version, plugin_msg());
	xmt_must("ip -n %s route del 10.71.0.0/16 table 1000", net.peer[0].name);
	PLUGIN("CHECK", conf, version, ",'prevResult':", prev);
	plugin_check_error("CHECK finds the missing route of a table", 102, "10.71.0.0/16", "");
	PLUGIN("DEL", conf, version, "", "");
	plugin_check_clean(version);
	free(prev);
}

static void route_options(void)
{
	plugin_net(&net, 1, 0);
	check_routes("1.1.0");
	check_routes("1.0.0");
	check_routes("0.4.0");
}

/* ADD is killed at different times. DEL must leave nothing. */
static void killed_adds(void)
{
	struct plugin_call c = { .command = "ADD", .output = "/dev/null" };
	unsigned int ended = 0;
	char timeout[64];

	plugin_net(&net, 1, 0);
	c.before = timeout;
	for (unsigned int i = 0; i < 24; i++) {
		snprintf(timeout, sizeof(timeout), "timeout -s KILL 0.%03u", 4 + i * 12);
		ended += !plugin_run(&c, HEAD LOCAL "}", plugin_dir());
		check_success("killed: DEL", PLUGIN("DEL", HEAD LOCAL "}", plugin_dir()));
		plugin_check_clean(timeout);
	}
	xmt_check(ended < 24, "killed: %u of 24 ADDs ended before", ended);
}

/*
 * ADD runs out of memory at some point, also after the endpoint exists (the IPAM plugin's output
 * takes 1 MB): one error document, and the next DEL removes the endpoint and gives back the lease.
 * The code is 5, or 100 when the engine runs out of memory and undoes its part. Another endpoint
 * keeps the programs loaded: their load takes 44 MB.
 */
static void memory_ends(void)
{
	const char *conf = HEAD ",'ipam':{'type':'log'}}";
	unsigned int short_of = 0, with_endpoint = 0;
	char limit[64], script[320];
	struct plugin_call c = { .command = "ADD", .before = limit };

	plugin_net(&net, 1, 0);
	nt_xm_must(&net.host, "add byhand link p0");
	snprintf(script, sizeof(script),
		 "echo $CNI_COMMAND >%s/bin/last; echo '{\"cniVersion\":\"1.0.0\",\"ips\":"
		 "[{\"address\":\"10.9.0.3/24\"}]}'",
		 plugin_dir());
	plugin_script("log", script);
	for (unsigned int kb = 2048;; kb += 128) {
		snprintf(limit, sizeof(limit), "prlimit --data=%u", kb * 1024);
		if (!plugin_run(&c, "%s", conf) || kb > 16384)
			break;
		plugin_check_error(limit, plugin_code() == 100 ? 100 : 5, "memory", "");
		short_of += plugin_code() == 5;
		with_endpoint += nt_exists(&net.peer[0], "eth0");
		check_success("memory: DEL", PLUGIN("DEL", "%s", conf));
		xmt_must("cat %s/bin/last; %s -n %s show | grep -c '^[0-9]'", plugin_dir(),
			 nt_bin(), net.host.name);
		xmt_check(!nt_exists(&net.peer[0], "eth0") && !strcmp(xmt_output(), "DEL\n1"),
			  "memory: nothing is left");
	}
	xmt_check(with_endpoint && short_of > with_endpoint && !plugin_code(),
		  "memory: %u times code 5, %u times with an endpoint; %s is enough", short_of,
		  with_endpoint, limit);
	PLUGIN("DEL", "%s", conf);
	nt_xm_must(&net.host, "del byhand");
	plugin_check_clean("memory");
}

/*
 * A DHCP client cannot send while the device is down; the reference plugin loses seconds by that.
 */
static void dhcp_ipam(void)
{
	const char *conf = HEAD ",'ipam':{'type':'dhcp','daemonSocketPath':'%s/dhcp.sock'}}";
	uint64_t start;
	char file[128];

	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0", net.wire.name);
	snprintf(file, sizeof(file), "%s/udhcpd.conf", plugin_dir());
	xmt_must("printf 'start 10.9.0.50\nend 10.9.0.60\ninterface w0\nopt subnet "
		 "255.255.255.0\nopt router "
		 "10.9.0.1\nlease_file %s/udhcpd.leases\npidfile %s/udhcpd.pid\n' >%s; : "
		 ">%s/udhcpd.leases",
		 plugin_dir(), plugin_dir(), file, plugin_dir());
	/* Both daemons end with the case: they are in its process group */
	xmt_must("nsenter --net=/run/netns/%s busybox udhcpd -f %s >/dev/null 2>&1 &",
		 net.wire.name, file);
	xmt_must("nsenter --net=/run/netns/%s " PLUGIN_DEBIAN
		 "/dhcp daemon -socketpath %s/dhcp.sock >/dev/null 2>&1 &"
		 "for i in $(seq 100); do [ -S %s/dhcp.sock ] && exit 0; sleep 0.05; done; exit 1",
		 net.host.name, plugin_dir(), plugin_dir());
	start = nt_now_ms();
	check_success("dhcp: ADD", PLUGIN("ADD", conf, plugin_dir()));
	xmt_check(nt_now_ms() - start < 8000, "dhcp: ADD took %llu ms",
		  (unsigned long long)(nt_now_ms() - start));
	xmt_check(!strncmp(plugin_text("ips.0.address"), "10.9.0.5", 8),
		  "dhcp: the server assigned the address %s", plugin_text("ips.0.address"));
	xmt_must("ip -n %s route", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "default via 10.9.0.1") != NULL,
		  "dhcp: the default route is the server's router");
	check_success("dhcp: DEL", PLUGIN("DEL", conf, plugin_dir()));
	plugin_check_clean("dhcp");
}

static const struct nt_case cases[] = {
	{ "config", 60, refused_configs },
	{ "namespaces", 60, refused_namespaces },
	{ "version", 60, version_command },
	{ "rollback", 120, rollback_after_ipam },
	{ "ipam_environment", 60, ipam_environment },
	{ "chain", 60, chained_result },
	{ "link_in_container", 60, link_in_container },
	{ "default_master", 60, default_master_of_route },
	{ "announced", 60, addresses_announced },
	{ "duplicate", 60, duplicate_ipv6 },
	{ "dhcp", 60, dhcp_ipam },
	{ "killed", 120, killed_adds },
	{ "route_options", 60, route_options },
	{ "memory", 120, memory_ends },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
