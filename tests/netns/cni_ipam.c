// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin with IPAM plugins and with other plugins of a list: what each of them gets, and
 * what happens to results, addresses and routes
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "pkt.h"
#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"

static struct nt_net net;

/*
 * The plugin runs the IPAM plugin when the device is up and has a carrier, and without the lock: an
 * IPAM plugin may call xmacvlan
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
	plugin_check_success("IPAM with a result of version 0.2.0",
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
	plugin_check_success(
		"chain",
		PLUGIN("ADD",
		       HEAD PLUGIN_LOCAL
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
	PLUGIN("DEL", HEAD PLUGIN_LOCAL "}", plugin_dir());
	plugin_check_clean("chain");
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

static void addresses_announced(void)
{
	struct announcement h = { .mac = { 2, 0, 0, 0, 0, 0x55 } };
	int fd;

	plugin_net(&net, 1, 0);
	fd = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), ETH_P_ALL);
	plugin_check_success("ADD", PLUGIN("ADD", HEAD PLUGIN_STATIC6));
	xmt_pkt_wait(fd, "never", 6, 300, note_announcement, &h);
	xmt_check(h.arp, "a gratuitous ARP reached the wire");
	xmt_check(h.na, "an unsolicited neighbour advertisement reached the wire");
	xmt_pkt_close(&fd, 1);
	PLUGIN("DEL", HEAD PLUGIN_STATIC6);
	plugin_check_clean("announced");
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
	plugin_check_success(version, PLUGIN("ADD", conf, version, "", ""));
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
	plugin_check_success("dhcp: ADD", PLUGIN("ADD", conf, plugin_dir()));
	xmt_check(nt_now_ms() - start < 8000, "dhcp: ADD took %llu ms",
		  (unsigned long long)(nt_now_ms() - start));
	xmt_check(!strncmp(plugin_text("ips.0.address"), "10.9.0.5", 8),
		  "dhcp: the server assigned the address %s", plugin_text("ips.0.address"));
	xmt_must("ip -n %s route", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "default via 10.9.0.1") != NULL,
		  "dhcp: the default route is the server's router");
	plugin_check_success("dhcp: DEL", PLUGIN("DEL", conf, plugin_dir()));
	plugin_check_clean("dhcp");
}

static const struct nt_case cases[] = {
	{ "ipam_environment", 60, ipam_environment },
	{ "chain", 60, chained_result },
	{ "announced", 60, addresses_announced },
	{ "route_options", 60, route_options },
	{ "dhcp", 60, dhcp_ipam },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
