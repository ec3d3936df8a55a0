// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The CNI plugin beside a watcher: a parent without a carrier; announcements of an ADD */
#include <dirent.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pkt.h"
#include "plugin.h"
#include "watcher_fixture.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"
#define IPAM                                                                                       \
	",'mac':'02:00:00:00:00:55','ipam':{'type':'static','addresses':[{'address':'10.9.0.3/"    \
	"24'},"                                                                                    \
	"{'address':'fd09::3/64'}]}}"

static struct nt_net net;

static bool eth0_has(const void *text)
{
	return !xmt_run("ip -n %s addr show dev eth0 | grep fd09::3 | grep -q '%s'",
			net.peer[0].name, (const char *)text);
}

static bool eth0_is_tested(const void *unused)
{
	(void)unused;
	return eth0_has("fd09::3") && !eth0_has("tentative");
}

/* Adds a container while the wire is down, then sets it up */
static void add_without_carrier(const char *what)
{
	uint64_t before = nt_now_ms();
	int code = PLUGIN("ADD", HEAD IPAM);

	xmt_check(!code && nt_now_ms() - before < 5000 * xmt_slow(),
		  "%s: ADD succeeds without a carrier in %u ms: %s", what,
		  (unsigned int)(nt_now_ms() - before), plugin_msg());
	xmt_must("ip -n %s link set w0 up", net.wire.name);
}

static void no_carrier(void)
{
	plugin_net(&net, 2, XMT_NS_IPV6);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	nt_xm_must(&net.host, "add e9 link p0 netns %s", net.peer[1].name);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
	add_without_carrier("with a watcher");
	xmt_check(daemon_within_a_second(eth0_is_tested, NULL) ||
			  daemon_within_a_second(eth0_is_tested, NULL),
		  "the carrier comes: the IPv6 address is tested and valid");
	xmt_check(!PLUGIN("CHECK", HEAD ",'prevResult':%s,%s", plugin_dump(), IPAM + 1),
		  "CHECK: %s", plugin_msg());
	PLUGIN("DEL", HEAD IPAM);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	/* linkwatch may process the carrier of w0 a second late, and w0 answers nothing before */
	xmt_ns_sysctl(&net.peer[0], "ipv6/conf/default/dad_transmits", "3");
	xmt_must("ip -n %s addr add fd09::3/64 dev w0 nodad", net.wire.name);
	add_without_carrier("with a duplicate");
	xmt_check(daemon_within_a_second(eth0_has, "dadfailed") ||
			  daemon_within_a_second(eth0_has, "dadfailed"),
		  "the carrier comes: the duplicate is found");
	PLUGIN("DEL", HEAD IPAM);
	xmt_must("ip -n %s addr del fd09::3/64 dev w0", net.wire.name);
	daemon_end(SIGTERM);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	add_without_carrier("without a watcher");
	PLUGIN("DEL", HEAD IPAM);
	nt_xm_must(&net.host, "del e9");
	plugin_check_clean("no carrier");
}

struct announced {
	unsigned int arps, advertisements;
	uint64_t last_ms;
};

static void note_announced(const struct xmt_pkt *pkt, void *arg)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x55 };
	struct announced *a = arg;
	const uint8_t *d = pkt->data;

	if (memcmp(d + 6, mac, 6))
		return;
	a->arps += pkt->proto == ETH_P_ARP && !memcmp(d + 28, d + 38, 4);
	a->advertisements += pkt->proto == ETH_P_IPV6 && d[54] == 136 && d[62] == 0xfd;
	a->last_ms = nt_now_ms();
}

static void count_announced(int fd, struct announced *ret)
{
	uint64_t begun = nt_now_ms();

	/* The rounds take a second, on a busy machine more */
	*ret = (struct announced){};
	while (nt_now_ms() < begun + 1500 ||
	       (ret->arps && ret->arps < 3 && nt_now_ms() < begun + 6000))
		xmt_pkt_wait(fd, "never", 6, 100, note_announced, ret);
}

/* Whether a process of the plugin runs in this test's mount namespace: other tests have others */
static bool plugin_runs(void)
{
	return !xmt_run("for p in /proc/[0-9]*; do "
			"[ \"$(cat $p/comm 2>/dev/null)\" != xmacvlan ] || "
			"[ ! $p/ns/mnt -ef /proc/self/ns/mnt ] || exit 0; done; exit 1");
}

/* The plugin's process must be gone, and must not keep a namespace */
static void announced_three_times(void)
{
	struct announced a;
	int fd;

	plugin_net(&net, 1, 0);
	fd = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), ETH_P_ALL);
	xmt_check(!PLUGIN("ADD", HEAD IPAM), "ADD: %s", plugin_msg());
	count_announced(fd, &a);
	xmt_check(a.arps == 3, "ADD: %u gratuitous ARPs (want 3)", a.arps);
	xmt_check(a.advertisements >= 3, "ADD: %u advertisements (want 3)", a.advertisements);
	PLUGIN("DEL", HEAD IPAM);
	xmt_check(!PLUGIN("ADD", HEAD IPAM), "ADD again: %s", plugin_msg());
	xmt_check(plugin_runs(), "a process of the plugin announces");
	PLUGIN("DEL", HEAD IPAM);
	xmt_pkt_drain(fd);
	count_announced(fd, &a);
	xmt_check(!a.arps && !a.advertisements, "nothing is announced after DEL");
	xmt_check(!plugin_runs(), "no process of the plugin is left");
	plugin_check_clean("announced");
	xmt_pkt_close(&fd, 1);
}

/* An endpoint of `linkInContainer` is announced from inside; the namespace is free at once */
static void announced_inside(void)
{
	struct announced a;
	int fd;

	plugin_net(&net, 1, 0);
	xmt_veth(&net.wire, "w1", NULL, &net.peer[0], "p0", NULL);
	fd = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	xmt_check(!PLUGIN("ADD", HEAD ",'linkInContainer':true" IPAM), "ADD: %s", plugin_msg());
	count_announced(fd, &a);
	xmt_check(a.arps == 3 && a.advertisements >= 3,
		  "linkInContainer: %u gratuitous ARPs, %u advertisements (want 3)", a.arps,
		  a.advertisements);
	PLUGIN("DEL", HEAD ",'linkInContainer':true" IPAM);
	xmt_check(!PLUGIN("ADD", HEAD ",'linkInContainer':true" IPAM), "ADD: %s", plugin_msg());
	close(net.peer[0].fd);
	net.peer[0].fd = -1;
	/* Other programs of this machine look at every mount, too */
	for (int i = 0; i < 10 && xmt_run("umount /run/netns/%s", net.peer[0].name); i++)
		usleep(20000);
	xmt_check(!xmt_run("rm /run/netns/%s", net.peer[0].name),
		  "the mount of the namespace is not busy");
	xmt_pkt_close(&fd, 1);
}

static const struct nt_case cases[] = {
	{ "no-carrier", 60, no_carrier },
	{ "announced-three-times", 40, announced_three_times },
	{ "announced-inside", 40, announced_inside },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
