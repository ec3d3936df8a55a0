// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvland with bonds and VLAN devices, which need modules of the kernel: it announces addresses
 * after a failover, and a new VLAN device gets the frames of its VID.
 */
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

/* Octets that a frame at `tap` must contain */
struct expected_frame {
	int tap;
	const uint8_t *bytes;
	size_t size;
};

static bool frame_seen(const void *arg)
{
	const struct expected_frame *f = arg;

	return xmt_pkt_wait(f->tap, f->bytes, f->size, 10, NULL, NULL) == 1;
}

/* Gratuitous ARP of e0 up to the sender's address: source MAC, ethertype, ARP header, sender */
static const uint8_t garp[] = { 2, 0, 0, 0, 0, 0x10, 8, 6, 0,	 1,  8, 0, 6,
				4, 0, 1, 2, 0, 0,    0, 0, 0x10, 10, 9, 0, 16 };
/* Neighbour advertisement with the override flag for fd09::10, then the option with e0's MAC */
static const uint8_t advertisement[] = { 0x20, 0, 0, 0, 0xfd, 9,    0, 0, 0, 0, 0, 0, 0, 0,
					 0,    0, 0, 0, 0,    0x10, 2, 1, 2, 0, 0, 0, 0, 0x10 };

/*
 * Header of the advertisement from the ethertype on: version 6, 32 octets of ICMPv6, hop limit 255,
 * from fd09::10 to ff02::1
 */
static const uint8_t header[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255, 0xfd, 9,	 0,    0,
				  0,	0,    0,    0, 0, 0, 0, 0,  0,	0,   0,	   0x10, 0xff, 2,
				  0,	0,    0,    0, 0, 0, 0, 0,  0,	0,   0,	   0,	 0,    1 };

static void check_seen(const char *what, int tap, const uint8_t *bytes, size_t size)
{
	struct expected_frame f = { tap, bytes, size };

	xmt_check(daemon_within_a_second(frame_seen, &f), "%s", what);
}

static void make_bond(void)
{
	nt_net(&net, 1, XMT_NS_IPV6);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "p1", NULL);
	xmt_must("ip -n %s link add b0 type bond mode active-backup miimon 50", net.host.name);
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link set p%d down && ip -n %s link set p%d master b0",
			 net.host.name, i, net.host.name, i);
	xmt_must("ip -n %s link set b0 addrgenmode none up", net.host.name);
	xmt_must("ip -n %s link set b0 type bond active_slave p0", net.host.name);
}

static void test_failover(void)
{
	struct nt_station e0;
	int tap, arp, ip;

	make_bond();
	nt_xm_must(&net.host, "add e0 link b0 netns %s address " M_E0, net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
	nt_station(&e0, &net.peer[0], "e0", 16);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "b0: watched"),
		  "the watcher finds the bond");
	tap = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	ip = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	arp = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w1"), ETH_P_ALL);
	xmt_must("ip -n %s link set b0 type bond active_slave p1", net.host.name);
	check_seen("failover: a gratuitous ARP for e0's address", arp, garp, sizeof(garp));
	check_seen("failover: an unsolicited advertisement for e0's IPv6 address", tap,
		   advertisement, sizeof(advertisement));
	check_seen("failover: the IPv6 header of the advertisement", ip, header, sizeof(header));
	xmt_must("ip -n %s link set w1 down", net.wire.name);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "b0: carrier lost"),
		  "both links down: the watcher follows the bond's lost carrier");
	daemon_end(SIGTERM);
	nt_xm_must(&net.host, "del e0");
}

/* Send a broadcast with the tag of VID 7 and `id` as its payload. */
static void send_tagged(int wire, uint64_t id)
{
	uint8_t frame[64] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,	   0,
			      0,    0,	  0x77, 0x81, 0,    0,	  7, 0x88, 0xb5 };

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

static void test_vlan(void)
{
	struct tagged t = { .reaches = true };

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s address " M_E0, net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
	nt_wait_net(&net);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: watched"),
		  "the watcher finds the parent");
	t.wire = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), 0);
	t.tap = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], "e0"), ETH_P_ALL);
	xmt_check(daemon_within_a_second(tagged_reaches, &t),
		  "without a VLAN device frames of VID 7 reach the endpoint");
	xmt_must("ip -n %s link add link p0 name p0.7 type vlan id 7", net.host.name);
	t.reaches = false;
	xmt_check(daemon_within_a_second(tagged_reaches, &t),
		  "p0.7 added: frames of VID 7 do not reach the endpoint");
	xmt_must("ip -n %s link del p0.7", net.host.name);
	t.reaches = true;
	xmt_check(daemon_within_a_second(tagged_reaches, &t),
		  "p0.7 deleted: frames of VID 7 reach the endpoint again");
}

static const struct nt_case cases[] = {
	{ "failover", 60, test_failover },
	{ "vlan", 60, test_vlan },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
