// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Announcements of xmacvland take the way of the endpoint's own frames and are counted there; they
 * are made three times, and their number is limited
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>
#include <unistd.h>

#include "pkt.h"
#include "watcher_fixture.h"

#define M_E2 "02:00:00:00:00:12"

/* The announcements of one MAC that a socket received */
struct announced {
	uint8_t mac[6];
	unsigned int arps, advertisements, routers, malformed;
};

/* RFC 4443, 2.3: the sum over both addresses, length, type and message is 0xffff */
static bool checksum_is_right(const uint8_t *d)
{
	const uint16_t tail[2] = { htons(32), htons(58) };

	return xmt_csum_add(xmt_csum_add(xmt_csum_add(0, d + 22, 32), tail, sizeof(tail)), d + 54,
			    32) == 0xffff;
}

static void count_announced(const struct xmt_pkt *pkt, void *arg)
{
	struct announced *a = arg;
	const uint8_t *d = pkt->data;

	if (memcmp(d + 6, a->mac, 6))
		return;
	if (d[12] == 0x08 && d[13] == 0x06 && !memcmp(d + 28, d + 38, 4))
		a->arps++;
	if (d[12] == 0x86 && d[13] == 0xdd && d[54] == 136) {
		a->advertisements++;
		a->routers += (d[58] & 0x80) != 0;
		/* sent to all nodes, with hop limit 255, the override flag and the target's MAC */
		a->malformed += !checksum_is_right(d) || d[0] != 0x33 || d[5] != 1 ||
				d[21] != 255 || !(d[58] & 0x20) || memcmp(d + 80, a->mac, 6);
	}
}

/* What has arrived for `mac` so far */
static struct announced announced_at(int fd, const char *mac)
{
	struct announced a = {};

	xmt_mac_parse(mac, a.mac);
	xmt_pkt_wait(fd, "no such frame", 14, 20, count_announced, &a);
	return a;
}

/* Waits for the last of three rounds at the wire, and a little longer */
static struct announced announced_after_rounds(int fd, const char *mac)
{
	uint64_t end = nt_now_ms() + 5000 * xmt_slow();
	struct announced a = {};

	xmt_mac_parse(mac, a.mac);
	while ((a.arps < 3 || a.advertisements < 3) && nt_now_ms() < end)
		xmt_pkt_wait(fd, "no such frame", 14, 20, count_announced, &a);
	xmt_pkt_wait(fd, "no such frame", 14, 100, count_announced, &a);
	return a;
}

/* e0 private, e1 bridge, e2 bridge with host access; each in a namespace */
static void make_three(void)
{
	watcher_make_net(3);
	watcher_add_endpoint("e0", 0, "mode private address " M_E0);
	watcher_add_endpoint("e1", 1, "address " M_E1);
	watcher_add_endpoint("e2", 2, "host on address " M_E2);
	for (int i = 0; i < 3; i++) {
		xmt_ns_sysctl(&watcher.net.peer[i], "ipv6/conf/all/disable_ipv6", "0");
		xmt_must("ip -n %s addr add 10.9.0.1%d/24 dev e%d && "
			 "ip -n %s addr add fd09::1%d/64 dev e%d nodad",
			 watcher.net.peer[i].name, i, i, watcher.net.peer[i].name, i, i);
	}
	nt_wait_net(&watcher.net);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the watcher finds p0");
}

enum place { AT_WIRE, AT_HOST, AT_E0, AT_E1, AT_E2, PLACES };

static const char *const place_names[] = { "wire", "host", "e0", "e1", "e2" };

/* The parent's stack sees what passed TC ingress, by a socket for an ethertype: ARP is enough */
static void open_places(int fds[PLACES])
{
	char name[] = "e0";

	fds[AT_WIRE] =
		xmt_pkt_open(&watcher.net.wire, xmt_ifindex(&watcher.net.wire, "w0"), ETH_P_ALL);
	fds[AT_HOST] =
		xmt_pkt_open(&watcher.net.host, xmt_ifindex(&watcher.net.host, "p0"), ETH_P_ARP);
	for (int i = 0; i < 3; i++) {
		name[1] = '0' + i;
		fds[AT_E0 + i] = xmt_pkt_open(&watcher.net.peer[i],
					      xmt_ifindex(&watcher.net.peer[i], name), ETH_P_ALL);
	}
}

/* Changes the MAC of the endpoint and checks who receives its announcements */
static void check_hears(int e, const char *mac, unsigned int who)
{
	char name[] = "e0", what[80];
	long long before, now;
	int fds[PLACES];

	name[1] += e;
	open_places(fds);
	before = nt_number(&watcher.net.host, name, "stats64.tx.packets");
	xmt_must("ip -n %s link set %s address %s", watcher.net.peer[e].name, name, mac);
	for (int i = 0; i < PLACES; i++) {
		struct announced a = i == AT_WIRE ? announced_after_rounds(fds[i], mac)
						  : announced_at(fds[i], mac);
		unsigned int want = who >> i & 1 ? 3 : 0, want6 = i == AT_HOST ? 0 : want;

		snprintf(what, sizeof(what), "%s has a new MAC", name);
		xmt_check(a.arps == want && a.advertisements == want6,
			  "%s: %u gratuitous ARPs (want %u), %u advertisements (want %u) at %s",
			  what, a.arps, want, a.advertisements, want6, place_names[i]);
		xmt_check(!a.routers && !a.malformed, "%s: the advertisements are right", what);
	}
	now = nt_number(&watcher.net.host, name, "stats64.tx.packets");
	/* the kernel may send a report of its own */
	xmt_check(now - before >= 6 && now - before < 10,
		  "%s: %lld frames are counted as sent (want 6 and some)", name, now - before);
	xmt_pkt_close(fds, PLACES);
}

static void announced_as_sent(void)
{
	make_three();
	check_hears(0, "02:00:00:00:01:10", 1 << AT_WIRE);
	check_hears(1, "02:00:00:00:01:11", 1 << AT_WIRE | 1 << AT_E2);
	check_hears(2, "02:00:00:00:01:12", 1 << AT_WIRE | 1 << AT_HOST | 1 << AT_E1);
}

/* An advertisement without the router flag makes neighbours remove the router (RFC 4861, 7.2.5) */
static void announced_router(void)
{
	struct announced a;
	int fds[PLACES];

	make_three();
	xmt_check(!xmt_ns_sysctl(&watcher.net.peer[1], "ipv6/conf/e1/forwarding", "1"),
		  "e1 is a router");
	open_places(fds);
	xmt_must("ip -n %s link set e1 address " M_NEW, watcher.net.peer[1].name);
	a = announced_after_rounds(fds[AT_WIRE], M_NEW);
	xmt_check(a.advertisements >= 3 && a.routers == a.advertisements,
		  "a router's %u advertisements say so: %u", a.advertisements, a.routers);
	xmt_pkt_close(fds, PLACES);
}

/*
 * Filters of the host end and the state of the device apply to announcements as to the endpoint's
 * own frames
 */
static void announced_not(void)
{
	struct announced a;
	int fds[PLACES];

	make_three();
	open_places(fds);
	xmt_must("ip -n %s link set e1 down && ip -n %s link set e1 address " M_NEW,
		 watcher.net.peer[1].name, watcher.net.peer[1].name);
	sleep(2);
	a = announced_at(fds[AT_WIRE], M_NEW);
	xmt_check(!a.arps && !a.advertisements, "e1 is down: nothing is announced");
	xmt_must("ip -n %s link set e0 address " NT_HOST_MAC, watcher.net.peer[0].name);
	sleep(2);
	a = announced_at(fds[AT_WIRE], NT_HOST_MAC);
	xmt_check(!a.arps && !a.advertisements, "a MAC that is refused is not announced");
	xmt_pkt_close(fds, PLACES);
}

/* 500 addresses, 200 changes of the MAC: rounds have a pause between them, and 64 addresses each */
static void announced_bounded(void)
{
	unsigned int arps = 0;
	static struct xmt_pkt pkt;
	uint64_t before, took;
	int fds[PLACES];

	make_three();
	xmt_must("for i in $(seq 500); do "
		 "echo addr add 10.10.$((i / 250)).$((i %% 250 + 1))/32 dev e1; done | "
		 "ip -n %s -batch -",
		 watcher.net.peer[1].name);
	xmt_must("ip -n %s link set e1 address " M_NEW, watcher.net.peer[1].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "e1: announced 64 of 50"),
		  "the log has the number of the others");
	open_places(fds);
	before = nt_now_ms();
	for (int i = 0; i < 200; i++)
		xmt_must("ip -n %s link set e1 address 02:00:00:00:02:%02x",
			 watcher.net.peer[1].name, i);
	sleep(2);
	took = nt_now_ms() - before;
	while (xmt_pkt_recv(fds[AT_WIRE], &pkt, 0) == 1)
		arps += pkt.data[12] == 0x08 && pkt.data[13] == 0x06;
	xmt_check(arps && arps <= 64 * (took / 500 + 2),
		  "500 addresses, 200 changes in %u ms: %u ARPs on the wire", (unsigned int)took,
		  arps);
	xmt_pkt_close(fds, PLACES);
}

static const struct nt_case cases[] = {
	{ "as-sent", 40, announced_as_sent },
	{ "router", 30, announced_router },
	{ "not", 30, announced_not },
	{ "bounded", 60, announced_bounded },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
