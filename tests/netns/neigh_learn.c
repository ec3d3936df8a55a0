// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `attach PARENT neigh direct`: what teaches an address to be an endpoint's, and what forgets it */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../../include/abi.h"
#include "ip.h"
#include "neigh_fixture.h"
#include "pkt.h"
#include "plugin.h"

static void announce(struct neigh_world *w, int family, int from, unsigned int id,
		     unsigned int expected)
{
	uint8_t frame[128];
	size_t len = family == AF_INET ? neigh_fill_arp(&w->station[from], 1, id, id, frame)
				       : neigh_fill_nd(&w->station[from], 136, id, id, frame);
	unsigned int got = neigh_send_frame(w, from, frame, len);

	xmt_check(got == expected, "an announcement is flooded: endpoints %x, expected %x", got,
		  expected);
}

static void check_takeover(int family)
{
	struct neigh_world w;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, family, 0);
	announce(&w, family, 1, NEIGH_ID(0), 5);
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), 2, "e1 has announced it");
	announce(&w, family, 0, NEIGH_ID(0), 6);
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), 1,
			    "e0 has announced it again");
	announce(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), NEIGH_ALL);
	neigh_check_request(&w, family, 1, NEIGH_ID(0), 5, "the wire has announced it");
}

static void takeover(void)
{
	check_takeover(AF_INET);
}

static void takeover_nd(void)
{
	check_takeover(AF_INET6);
}

/* The address moves without an announcement: a stack asks again after a second */
static void moved_silently(void)
{
	struct neigh_world w;
	int ok;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, AF_INET, 0);
	neigh_teach(&w, AF_INET6, 0);
	xmt_must("ip -n %s addr del 10.9.0.%u/24 dev e0 && ip -n %s addr add 10.9.0.%u/24 dev e1",
		 w.net.peer[0].name, NEIGH_ID(0), w.net.peer[1].name, NEIGH_ID(0));
	xmt_must("ip -n %s addr del fd09::%x/64 dev e0 && ip -n %s addr add fd09::%x/64 dev e1 "
		 "nodad",
		 w.net.peer[0].name, NEIGH_ID(0), w.net.peer[1].name, NEIGH_ID(0));
	xmt_must("ip -n %s neigh flush dev w0", w.net.wire.name);
	ok = ip_ping(&w.station[NEIGH_FROM_WIRE], &w.station[0], AF_INET, 4000);
	xmt_check(ok, "IPv4: the wire finds the address at e1");
	ok = ip_ping(&w.station[NEIGH_FROM_WIRE], &w.station[0], AF_INET6, 4000);
	xmt_check(ok, "IPv6: the wire finds the address at e1");
	neigh_wait_taught(AF_INET, NEIGH_ID(0), 1);
	neigh_wait_taught(AF_INET6, NEIGH_ID(0), 1);
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), 2, "it is e1's");
}

static void deleted(void)
{
	struct neigh_world w;
	unsigned int before;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, AF_INET, 0);
	neigh_teach(&w, AF_INET, 1);
	before = neigh_count_entries("neigh_taught");
	xmt_pkt_close(&w.rx[0], 1);
	nt_xm_must(&w.net.host, "del e0");
	xmt_check(!neigh_slot_of(AF_INET, NEIGH_ID(0)) &&
			  neigh_count_entries("neigh_taught") == before - 1,
		  "del forgets the addresses of the endpoint");
	xmt_check(neigh_slot_of(AF_INET, NEIGH_ID(1)) == 2, "those of e1 stay");
	nt_endpoint(&w.net, &w.station[0], &w.net.peer[0], "e0", 40, "");
	nt_wait_net(&w.net);
	w.rx[0] = xmt_pkt_open(&w.net.peer[0], xmt_ifindex(&w.net.peer[0], "e0"), ETH_P_ALL);
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), NEIGH_ALL,
			    "slot 1 is another endpoint's");
	/* The device goes without the command */
	xmt_must("ip -n %s link del e1", w.net.peer[1].name);
	nt_xm_must(&w.net.host, "sync");
	xmt_check(!neigh_slot_of(AF_INET, NEIGH_ID(1)),
		  "sync forgets those of an endpoint that has gone");
}

/* One endpoint teaches many addresses: the others keep theirs */
static void many_addresses(void)
{
	uint8_t frame[128];
	struct neigh_world w;
	unsigned int n;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, AF_INET, 1);
	neigh_teach(&w, AF_INET6, 2);
	for (unsigned int i = 0; i < 4096; i++) {
		int family = i % 2 ? AF_INET : AF_INET6;

		xmt_pkt_send(w.tx[0], frame,
			     neigh_fill_request(&w, family, 0, 1000 + i, NEIGH_NOBODY, frame));
	}
	neigh_frame_arrived(&w, w.rx[0], frame, 60);
	n = neigh_count_entries("neigh_owners");
	xmt_check(n >= XM_NEIGH_PLACES && n <= XM_NEIGH_PLACES + 12, "%u addresses are known", n);
	xmt_check(neigh_slot_of(AF_INET, 1000 + 4095) == 1 &&
			  neigh_slot_of(AF_INET6, 1000 + 4094) == 1 &&
			  neigh_slot_of(AF_INET6, 1000 + 4096 - XM_NEIGH_PLACES) == 1,
		  "the last %u of e0 are", XM_NEIGH_PLACES);
	xmt_check(!neigh_slot_of(AF_INET6, 1000 + 4096 - XM_NEIGH_PLACES - 2),
		  "those before are not");
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(1), 2, "e1 keeps its address");
	neigh_check_request(&w, AF_INET6, NEIGH_FROM_WIRE, NEIGH_ID(2), 4, "e2 keeps its address");
}

static void check_spoofed(struct neigh_world *w, const struct nt_station *as, bool passes)
{
	uint8_t frame[128];
	size_t len = neigh_fill_arp(as, 1, NEIGH_ID(0), NEIGH_NOBODY, frame);
	unsigned int got = neigh_send_frame(w, 1, frame, len);

	xmt_check(got == (passes ? 5 : 0), "the frame reaches %x", got);
	xmt_check(neigh_slot_of(AF_INET, NEIGH_ID(0)) == 1, "e1 has not taught e0's address");
}

static void spoofed(void)
{
	struct nt_station nobody;
	struct neigh_world w;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, AF_INET, 0);
	nobody = w.station[1];
	nobody.mac[5] = 0x77;
	check_spoofed(&w, &w.station[0], false);
	check_spoofed(&w, &nobody, false);
	nt_xm_must(&w.net.host, "set e1 spoofchk off");
	check_spoofed(&w, &w.station[0], true);
	check_spoofed(&w, &nobody, true);
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), 1, "it is still e0's");
	nt_xm_must(&w.net.host, "set e1 address add 02:00:00:00:00:77");
	xmt_pkt_send(w.tx[1], (uint8_t[128]){}, 60);
	{
		uint8_t frame[128];
		size_t len = neigh_fill_arp(&nobody, 1, 77, NEIGH_NOBODY, frame);

		neigh_send_frame(&w, 1, frame, len);
	}
	xmt_check(neigh_slot_of(AF_INET, 77) == 2,
		  "with an additional address of its own it teaches");
}

/* The plugin announces what IPAM gave: the address is known when ADD ends */
static void cni_teaches(void)
{
	struct nt_net net;

	plugin_net(&net, 1, XMT_NS_IPV6);
	nt_xm_must(&net.host, "attach p0 neigh direct");
	plugin_check_success("ADD", PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net','type':"
						  "'xmacvlan','master':'p0'" PLUGIN_STATIC6));
	neigh_wait_taught(AF_INET, 3, 0);
	neigh_wait_taught(AF_INET6, 3, 0);
	plugin_check_success("DEL", PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net','type':"
						  "'xmacvlan','master':'p0'" PLUGIN_STATIC6));
	xmt_check(!neigh_slot_of(AF_INET, 3) && !neigh_slot_of(AF_INET6, 3),
		  "DEL forgets the addresses");
}

static const struct nt_case cases[] = {
	{ "takeover", 60, takeover },	 { "takeover_nd", 60, takeover_nd },
	{ "moved", 60, moved_silently }, { "deleted", 60, deleted },
	{ "many", 60, many_addresses },	 { "spoofed", 60, spoofed },
	{ "cni", 60, cni_teaches },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
