// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Router advertisements between link-up and the addresses and routes of ADD: the kernel has made
 * some of them by then.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pkt.h"
#include "plugin.h"

#define HEAD	"{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"
#define MAC	",'mac':'02:00:00:00:00:55'"
#define ROUTER	"fe80::1"
#define OWN	"fd09::ff:fe00:55" /* SLAAC's address of that MAC */
#define OWN_LL	"fe80::ff:fe00:55"
#define RA_SIZE (14 + 40 + 16 + 32 + 16)

static struct nt_net net;

/* From fe80::1 to all nodes: lifetime 1800 s, prefix fd09::/64, route fd66::/64 (RFC 4861, 4191) */
static void make_advertisement(uint8_t ra[RA_SIZE])
{
	static const uint8_t head[] = { 0x33, 0x33, 0,	  0,	0, 1, 2, 0, 0,	0,  0,
					1,    0x86, 0xdd, 0x60, 0, 0, 0, 0, 64, 58, 255 };
	static const uint8_t body[] = { 134,	  0, 0,	   0,	 64,	      0, 7,	    8,
					[16] = 3, 4, 64,   0xc0, 0,	      1, 0x51,	    0x80,
					0,	  0, 0x38, 0x40, [32] = 0xfd, 9, [48] = 24, 2,
					64,	  0, 0,	   0,	 7,	      8, 0xfd,	    0x66 };
	uint16_t length[2] = { htons(64), htons(58) }, sum;

	memset(ra, 0, RA_SIZE);
	memcpy(ra, head, sizeof(head));
	ra[22] = 0xfe, ra[23] = 0x80, ra[37] = 1;
	ra[38] = 0xff, ra[39] = 2, ra[53] = 1;
	memcpy(ra + 54, body, sizeof(body));
	sum = xmt_csum_add(0, ra + 22, 32);
	sum = ~xmt_csum_add(xmt_csum_add(sum, length, sizeof(length)), ra + 54, 64);
	ra[56] = sum >> 8;
	ra[57] = sum;
}

/* Advertises every 20 ms until plugin_dir()/stop exists. Returns the process. */
static pid_t start_router(void)
{
	uint8_t ra[RA_SIZE];
	char stop[128];
	pid_t pid;
	int fd;

	snprintf(stop, sizeof(stop), "%s/stop", plugin_dir());
	xmt_must("rm -f %s", stop);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	make_advertisement(ra);
	fd = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), 0);
	while (access(stop, F_OK)) {
		xmt_pkt_send(fd, ra, sizeof(ra));
		usleep(20000);
	}
	_exit(0);
}

/* An IPAM plugin that waits until the kernel has followed an advertisement */
static void make_ipam(const char *ips, const char *routes)
{
	char script[1024];

	snprintf(script, sizeof(script),
		 "[ $CNI_COMMAND = ADD ] || exit 0; for i in $(seq 100); do "
		 "nsenter --net=$CNI_NETNS ip -6 route show default | grep -q 'proto ra' && break; "
		 "sleep 0.05; done; touch %s/stop; sleep 0.1; nsenter --net=$CNI_NETNS ip -6 addr "
		 ">%s/seen; nsenter --net=$CNI_NETNS ip -6 route >>%s/seen; "
		 "echo '{\"cniVersion\":\"1.1.0\",\"ips\":[%s],\"routes\":[%s]}'",
		 plugin_dir(), plugin_dir(), plugin_dir(), ips, routes);
	plugin_script("slow", script);
}

/*
 * seen: what the kernel has made before ADD; made: a line of `ip -6 addr` or `ip -6 route` after
 * ADD; left: what no line of the device may have after ADD
 */
static const struct row {
	const char *what, *ips, *routes, *seen, *made, *left;
} rows[] = {
	{ "the default route of the advertisement", "fd09::3/64", "'dst':'::/0','gw':'" ROUTER "'",
	  "default via fe80::1 dev eth0 proto ra", "default via fe80::1 dev eth0 metric 1024",
	  "default via fe80::1 dev eth0 proto ra" },
	{ "another default route", "fd09::3/64", "'dst':'::/0','gw':'fd09::1'",
	  "default via fe80::1 dev eth0 proto ra", "default via fd09::1 dev eth0 metric 1024",
	  "none" },
	{ "the same of another metric", "fd09::3/64",
	  "'dst':'::/0','gw':'" ROUTER "','priority':77", "default via fe80::1 dev eth0 proto ra",
	  "default via fe80::1 dev eth0 metric 77", "none" },
	{ "the route of a route information option", "fd09::3/64",
	  "'dst':'fd66::/64','gw':'" ROUTER "'", "fd66::/64 via fe80::1 dev eth0 proto ra",
	  "fd66::/64 via fe80::1 dev eth0 metric 1024", "fd66::/64 via fe80::1 dev eth0 proto ra" },
	{ "the on-link prefix", "fd09::3/64", "'dst':'fd09::/64','scope':253,'priority':256",
	  "fd09::/64 dev eth0 proto kernel", "fd09::/64 dev eth0 proto kernel", "none" },
	{ "SLAAC's own address", OWN "/64", "", OWN "/64 scope global", OWN "/64 scope global",
	  OWN "/64 scope global dynamic" },
	{ "SLAAC's own address as /128", OWN "/128", "", OWN "/64 scope global",
	  OWN "/128 scope global", OWN "/64" },
	{ "the link-local address", OWN_LL "/64", "", OWN_LL "/64 scope link",
	  OWN_LL "/64 scope link", "none" },
	{ "all of it", OWN "/64",
	  "'dst':'::/0','gw':'" ROUTER "'},{'dst':'fd66::/64','gw':'" ROUTER "'",
	  OWN "/64 scope global", "default via fe80::1 dev eth0 metric 1024", "proto ra" },
};

static void check_row(const struct row *row)
{
	char ips[128], routes[256], *all;
	pid_t router;

	snprintf(ips, sizeof(ips), "{\"address\":\"%s\"}", row->ips);
	snprintf(routes, sizeof(routes), row->routes[0] ? "{%s}" : "%s", row->routes);
	for (char *c = routes; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	make_ipam(ips, routes);
	router = start_router();
	plugin_check_success(row->what, PLUGIN("ADD", HEAD MAC ",'ipam':{'type':'slow'}}"));
	kill(router, SIGKILL);
	xmt_must("cat %s/seen", plugin_dir());
	xmt_check(strstr(xmt_output(), row->seen) != NULL, "%s: SLAAC had made '%s'", row->what,
		  row->seen);
	xmt_must("ip -n %s -6 addr show dev eth0; ip -n %s -6 route show dev eth0 | "
		 "sed 's,\\(^[^ ]*\\( via [^ ]*\\)*\\),\\1 dev eth0,'",
		 net.peer[0].name, net.peer[0].name);
	all = strdup(xmt_output());
	xmt_check(strstr(all, row->made) && !strstr(all, row->left),
		  "%s: '%s' is there, '%s' is not: %s", row->what, row->made, row->left,
		  strstr(all, row->made) && !strstr(all, row->left) ? "" : all);
	free(all);
	plugin_check_success("DEL", PLUGIN("DEL", HEAD "}"));
}

static void advertised_before(void)
{
	plugin_net(&net, 1, XMT_NS_IPV6);
	/* The kernel accepts route information options */
	xmt_ns_sysctl(&net.peer[0], "ipv6/conf/default/accept_ra_rt_info_max_plen", "64");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
	plugin_check_clean("advertised before");
}

/* The IPv6 addresses that the device has had since it came up, as `ip monitor` heard of them */
static void start_monitor(void)
{
	xmt_must("timeout 60 nsenter --net=/run/netns/%s stdbuf -oL ip -6 -o monitor address "
		 ">%s/heard 2>/dev/null & sleep 0.2",
		 net.peer[0].name, plugin_dir());
}

/* Adds, advertises for half a second and checks what the device has. */
static void check_keys(const char *keys, bool wants_ipv6, bool wants_slaac)
{
	pid_t router;

	xmt_must(": >%s/heard", plugin_dir());
	plugin_script("wait",
		      "[ $CNI_COMMAND = ADD ] || exit 0; sleep 0.7; echo "
		      "'{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.9.0.3/24\"}]}'");
	router = start_router();
	plugin_check_success(keys, PLUGIN("ADD", HEAD MAC ",'ipam':{'type':'wait'}%s}", keys));
	xmt_must("ip -n %s -6 -o addr show dev eth0", net.peer[0].name);
	xmt_check(!xmt_output()[0] == !wants_ipv6 && !strstr(xmt_output(), OWN) == !wants_slaac,
		  "%s: the device has %s IPv6 and %s address of SLAAC: %s", keys,
		  wants_ipv6 ? "" : "no", wants_slaac ? "an" : "no", xmt_output());
	xmt_must("grep -c eth0 %s/heard; true", plugin_dir());
	xmt_check(wants_ipv6 || !strcmp(xmt_output(), "0"), "%s: it had none for a moment: %s",
		  keys, xmt_output());
	xmt_must("grep -c %s %s/heard; true", OWN, plugin_dir());
	xmt_check(wants_slaac || !strcmp(xmt_output(), "0"),
		  "%s: it had none of SLAAC for a moment: %s", keys, xmt_output());
	kill(router, SIGKILL);
	plugin_check_success("DEL", PLUGIN("DEL", HEAD "}"));
}

static void keys_of_ipv6(void)
{
	plugin_net(&net, 1, XMT_NS_IPV6);
	start_monitor();
	check_keys("", true, true);
	check_keys(",'ipv6':true", true, true);
	check_keys(",'acceptRA':true", true, true);
	check_keys(",'acceptRA':false", true, false);
	check_keys(",'ipv6':false", false, false);
	check_keys(",'ipv6':false,'acceptRA':true", false, false);
	xmt_ns_sysctl(&net.peer[0], "ipv6/conf/default/accept_ra", "0");
	check_keys("", true, false);
	check_keys(",'acceptRA':true", true, true);
	xmt_ns_sysctl(&net.peer[0], "ipv6/conf/default/disable_ipv6", "1");
	check_keys("", false, false);
	check_keys(",'ipv6':true,'acceptRA':true", true, true);
	xmt_ns_sysctl(&net.peer[0], "ipv6/conf/default/forwarding", "1");
	check_keys(",'ipv6':true,'acceptRA':true", true, true);
	PLUGIN("ADD", HEAD MAC ",'ipv6':false,'ipam':{'type':'static','addresses':[{'address':"
			       "'fd09::3/64'}]}}");
	plugin_check_error("an IPv6 address with ipv6 false", 7, "ipv6", "static");
	plugin_check_clean("ipv6 and acceptRA");
}

static void check_sysctls(const char *options, const char *want)
{
	nt_xm_must(&net.host, "add e1 link p0 netns %s ifname eth0 %s", net.peer[0].name, options);
	xmt_must("nsenter --net=/run/netns/%s cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6 "
		 "/proc/sys/net/ipv6/conf/eth0/accept_ra | tr '\n' ' '",
		 net.peer[0].name);
	xmt_check(!strcmp(xmt_output(), want), "add %s: disable_ipv6 and accept_ra are %s", options,
		  xmt_output());
	nt_xm_must(&net.host, "del e1");
}

static void options_of_add(void)
{
	plugin_net(&net, 1, XMT_NS_IPV6);
	check_sysctls("", "0 1 ");
	check_sysctls("ipv6 off", "1 1 ");
	check_sysctls("accept_ra off", "0 0 ");
	check_sysctls("ipv6 on accept_ra on", "0 2 ");
	xmt_ns_sysctl(&net.peer[0], "ipv6/conf/default/disable_ipv6", "1");
	check_sysctls("", "1 1 ");
	check_sysctls("ipv6 on accept_ra off", "0 0 ");
	nt_xm_must(&net.host, "add e1 link p0 ipv6 off accept_ra off");
	xmt_must("nsenter --net=/run/netns/%s cat /proc/sys/net/ipv6/conf/e1/disable_ipv6",
		 net.host.name);
	xmt_check(!strcmp(xmt_output(), "1"), "add in the parent's namespace: disable_ipv6 is %s",
		  xmt_output());
	nt_xm_must(&net.host, "del e1");
	xmt_check(nt_xm(&net.host, "add e1 link p0 accept_ra 1") == 1, "accept_ra takes on or off");
	plugin_check_clean("options of add");
}

static const struct nt_case cases[] = {
	{ "keys", 120, keys_of_ipv6 },
	{ "add", 60, options_of_add },
	{ "advertised", 120, advertised_before },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
