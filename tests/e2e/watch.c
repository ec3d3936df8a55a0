// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland where the kernel has bonds and VLAN devices: a failover is announced, a new VLAN device gets its frames */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "pkt.h"

#define M_E0  "02:00:00:00:00:10"
#define M_ALL "ff:ff:ff:ff:ff:ff"

static struct nt_net net;

/* What has to be seen on a wire: bytes of a frame, the source MAC among them */
struct sight {
	int tap;
	const uint8_t *bytes;
	size_t size;
};

static bool seen(const void *arg)
{
	const struct sight *s = arg;

	return xmt_pkt_wait(s->tap, s->bytes, s->size, 10, NULL, NULL) == 1;
}

/* Source, ethertype and all of the ARP from e0 but its target's MAC */
static const uint8_t garp[] = {2, 0, 0, 0, 0, 0x10, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0x10, 10, 9, 0, 16};
/* Neighbour advertisement, override, of fd09::10, its address behind it */
static const uint8_t advertisement[] = {0x20, 0, 0, 0, 0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
					0,    0, 0, 0x10, 2, 1, 2, 0, 0, 0, 0, 0x10};

/* Its IPv6 header from the ethertype on: version 6, 32 octets of ICMPv6, hop limit 255, from fd09::10 to ff02::1 */
static const uint8_t header[] = {0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255, 0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				 0,    0,    0,	   0, 0x10, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

static void check_seen(const char *what, int tap, const uint8_t *bytes, size_t size)
{
	struct sight s = {tap, bytes, size};

	xmt_check(daemon_within_a_second(seen, &s), "%s", what);
}

static void make_bond(void)
{
	nt_net(&net, 1, XMT_NS_IPV6);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "p1", NULL);
	xmt_must("ip -n %s link add b0 type bond mode active-backup miimon 50", net.host.name);
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link set p%d down && ip -n %s link set p%d master b0", net.host.name, i,
			 net.host.name, i);
	xmt_must("ip -n %s link set b0 addrgenmode none up", net.host.name);
	xmt_must("ip -n %s link set b0 type bond active_slave p0", net.host.name);
}

static void failover(void)
{
	struct nt_station e0;
	int tap, arp, ip;

	make_bond();
	nt_xm_must(&net.host, "add e0 link b0 netns %s address " M_E0, net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
	nt_station(&e0, &net.peer[0], "e0", 16);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "b0: watched"), "the bond is found");
	tap = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	ip = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	arp = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	xmt_must("ip -n %s link set b0 type bond active_slave p1", net.host.name);
	check_seen("failover: a gratuitous ARP for e0's address", arp, garp, sizeof(garp));
	check_seen("failover: an unsolicited advertisement for e0's IPv6 address", tap, advertisement,
		   sizeof(advertisement));
	check_seen("failover: in IPv6 as it has to be", ip, header, sizeof(header));
	xmt_must("ip -n %s link set w1 down", net.wire.name);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "b0: carrier lost"), "both links lost: so are the endpoints'");
	daemon_end(SIGTERM);
	nt_xm_must(&net.host, "del e0");
}

/* A broadcast with the tag of VID 7 and eight octets that name it */
static void send_tagged(int wire, uint64_t id)
{
	uint8_t frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0x77, 0x81, 0, 0, 7, 0x88, 0xb5};

	memcpy(frame + 18, &id, sizeof(id));
	xmt_pkt_send(wire, frame, sizeof(frame));
}

struct tagged {
	int wire, tap;
	bool reaches;
};

static bool tagged_reaches(const void *arg)
{
	static uint64_t id = 0x5a5a000000000000;
	const struct tagged *t = arg;

	id++;
	send_tagged(t->wire, id);
	return (xmt_pkt_wait(t->tap, &id, sizeof(id), 100, NULL, NULL) == 1) == t->reaches;
}

static void vlan(void)
{
	struct tagged t = {.reaches = true};

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s address " M_E0, net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
	nt_wait_operstate(&net.host);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"), "the parent is found");
	t.wire = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), 0);
	t.tap = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], "e0"), ETH_P_ALL);
	xmt_check(daemon_within_a_second(tagged_reaches, &t), "VID 7 of nobody reaches the endpoint");
	xmt_must("ip -n %s link add link p0 name p0.7 type vlan id 7", net.host.name);
	t.reaches = false;
	xmt_check(daemon_within_a_second(tagged_reaches, &t), "a VLAN device was made: it no longer does");
	xmt_must("ip -n %s link del p0.7", net.host.name);
	t.reaches = true;
	xmt_check(daemon_within_a_second(tagged_reaches, &t), "and was deleted: it does again");
}

static const struct nt_case cases[] = {
	{"failover", 60, failover},
	{"vlan", 60, vlan},
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
