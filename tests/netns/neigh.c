// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `attach PARENT neigh direct`: which endpoints receive a request for an address */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "ip.h"
#include "leftovers.h"
#include "neigh_fixture.h"
#include "pkt.h"

static void check_direct(int family)
{
	struct neigh_world w;

	neigh_world_make(&w, "neigh direct", "host on");
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), NEIGH_ALL,
			    "not known yet, from the wire");
	neigh_wait_taught(family, NEIGH_ID(0), 0);
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), 1, "known, from the wire");
	neigh_check_request(&w, family, NEIGH_FROM_HOST, NEIGH_ID(0), 1, "known, from the host");
	neigh_check_request(&w, family, 1, NEIGH_ID(0), 1, "known, from a sibling");
	neigh_check_request(&w, family, 1, NEIGH_ID(2), 5, "not known yet, from a sibling");
	neigh_wait_taught(family, NEIGH_ID(2), 2);
	neigh_check_request(&w, family, 1, NEIGH_ID(2), 4, "known now");
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_NOBODY, NEIGH_ALL, "nobody's");
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(1), 2,
			    "taught by its own requests");
	ip_check_ping("wire and e0", &w.station[NEIGH_FROM_WIRE], &w.station[0]);
	ip_check_ping("host and e1", &w.station[NEIGH_FROM_HOST], &w.station[1]);
	ip_check_ping("e0 and e2", &w.station[0], &w.station[2]);
	nt_xm_must(&w.net.host, "attach p0 neigh flood");
	xmt_check(!neigh_count_entries("neigh_owners") && !neigh_count_entries("neigh_taught"),
		  "neigh flood forgets all addresses");
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), NEIGH_ALL, "neigh flood");
}

static void arp_direct(void)
{
	check_direct(AF_INET);
}

static void nd_direct(void)
{
	check_direct(AF_INET6);
}

/* The default, and what `attach` without the option keeps */
static void default_floods(void)
{
	struct neigh_world w;

	neigh_world_make(&w, "", "");
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), NEIGH_ALL, "default");
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), NEIGH_ALL, "default, again");
	xmt_check(!neigh_count_entries("neigh_owners"), "nothing is learned");
	xmt_check(!nt_xm(&w.net.host, "-j show p0") && strstr(xmt_output(), "\"neigh\":\"flood\""),
		  "JSON: flood");
	nt_xm_must(&w.net.host, "attach p0 neigh direct");
	xmt_check(!nt_xm(&w.net.host, "-j show p0") && strstr(xmt_output(), "\"neigh\":\"direct\""),
		  "JSON: direct");
	xmt_check(!nt_xm(&w.net.host, "show") && strstr(xmt_output(), " neigh direct,"), "show: %s",
		  xmt_output());
	nt_xm_must(&w.net.host, "attach p0 xdp off");
	neigh_teach(&w, AF_INET, 0);
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), 1,
			    "attach without the option keeps it");
}

static void check_modes(const char *options, unsigned int from_sibling)
{
	struct neigh_world w;

	neigh_world_make(&w, "neigh direct", options);
	neigh_teach(&w, AF_INET, 0);
	neigh_teach(&w, AF_INET6, 0);
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), 1, options);
	neigh_check_request(&w, AF_INET6, NEIGH_FROM_WIRE, NEIGH_ID(0), 1, options);
	neigh_check_request(&w, AF_INET, 1, NEIGH_ID(0), from_sibling, options);
	neigh_check_request(&w, AF_INET, NEIGH_FROM_WIRE, NEIGH_ID(0), 1, options);
}

static void mode_private(void)
{
	check_modes("mode private", 0);
}

static void mode_vepa(void)
{
	check_modes("mode vepa", 0);
}

/* A request of which the known owner gets no copy is flooded: another endpoint may answer */
static void check_owner_without_copy(int family)
{
	struct neigh_world w;
	uint8_t frame[128];
	size_t len;

	neigh_world_make(&w, "neigh direct", "host on");
	neigh_teach(&w, family, 0);
	len = neigh_fill_request(&w, family, 0, 77, NEIGH_ID(0), frame);
	xmt_check(neigh_send_frame(&w, 0, frame, len) == 6, "the owner asks: it has it no longer");
	nt_xm_must(&w.net.host, "set e0 host off");
	neigh_teach(&w, family, 0);
	neigh_check_request(&w, family, NEIGH_FROM_HOST, NEIGH_ID(0), 6, "the owner has host off");
	nt_xm_must(&w.net.host, "set e0 mode private");
	neigh_check_request(&w, family, 1, NEIGH_ID(0), 4, "the owner is private");
	neigh_check_request(&w, family, NEIGH_FROM_WIRE, NEIGH_ID(0), 1, "from the wire");
}

static void owner_without_copy(void)
{
	check_owner_without_copy(AF_INET);
}

static void owner_without_copy_nd(void)
{
	check_owner_without_copy(AF_INET6);
}

/* The kernel of e1 detects that e0 has the address */
static void check_dad(struct neigh_world *w)
{
	xmt_must("ip -n %s addr add fd09::%x/64 dev e1", w->net.peer[1].name, NEIGH_ID(0));
	for (int i = 0; i < 300; i++) {
		xmt_run("ip -n %s -6 addr show dev e1 to fd09::%x", w->net.peer[1].name,
			NEIGH_ID(0));
		if (strstr(xmt_output(), "dadfailed"))
			break;
		usleep(20000);
	}
	xmt_check(!!strstr(xmt_output(), "dadfailed"), "e1 finds the duplicate: %s", xmt_output());
	xmt_check(neigh_slot_of(AF_INET6, NEIGH_ID(0)) == 1, "the address stays e0's");
}

static void probes_flooded(void)
{
	uint8_t frame[128];
	struct neigh_world w;
	size_t len;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, AF_INET, 0);
	neigh_teach(&w, AF_INET6, 0);
	len = neigh_fill_arp(&w.station[NEIGH_FROM_WIRE], 1, 0, NEIGH_ID(0), frame);
	xmt_check(neigh_send_frame(&w, NEIGH_FROM_WIRE, frame, len) == NEIGH_ALL,
		  "ARP probe, from the wire");
	len = neigh_fill_arp(&w.station[1], 1, 0, NEIGH_ID(0), frame);
	xmt_check(neigh_send_frame(&w, 1, frame, len) == 5, "ARP probe, from a sibling");
	len = neigh_fill_nd(&w.station[1], 135, 0, NEIGH_ID(0), frame);
	xmt_check(neigh_send_frame(&w, 1, frame, len) == 5, "duplicate address detection");
	xmt_check(neigh_slot_of(AF_INET, NEIGH_ID(0)) == 1 &&
			  neigh_slot_of(AF_INET6, NEIGH_ID(0)) == 1,
		  "probes teach nothing");
	check_dad(&w);
}

/* A frame for an endpoint that is down goes nowhere, until it is unanswered for half a second */
static void down(void)
{
	uint8_t frame[128];
	struct neigh_world w;
	size_t len;

	neigh_world_make(&w, "neigh direct", "");
	neigh_teach(&w, AF_INET, 0);
	xmt_pkt_close(&w.rx[0], 1);
	xmt_must("ip -n %s link set e0 down", w.net.peer[0].name);
	len = neigh_fill_request(&w, AF_INET, NEIGH_FROM_WIRE, NT_ID_WIRE, NEIGH_ID(0), frame);
	xmt_pkt_send(w.tx[NEIGH_FROM_WIRE], frame, len);
	xmt_check(!neigh_frame_arrived(&w, w.rx[1], frame, len),
		  "e0 is down: e1 does not receive it");
	usleep(600000);
	len = neigh_fill_request(&w, AF_INET, NEIGH_FROM_WIRE, NT_ID_WIRE, NEIGH_ID(0), frame);
	xmt_pkt_send(w.tx[NEIGH_FROM_WIRE], frame, len);
	xmt_check(neigh_frame_arrived(&w, w.rx[1], frame, len),
		  "unanswered: e1 receives the next one");
}

/* Pins and programs of ABI 1.0: refused until `upgrade` */
static void forget_version(struct xm_parent_record *rec)
{
	rec->abi_minor = rec->programs_minor = 0;
}

static void older_pins(void)
{
	struct neigh_world w;

	neigh_world_make(&w, "", "");
	nt_edit_record(&w.net.host, forget_version);
	xmt_must("rm /sys/fs/bpf/xmacvlan/n[0-9]*/neigh_*");
	nt_xm_must(&w.net.host, "set e0 mode private");
	nt_xm_must(&w.net.host, "set e0 mode bridge");
	xmt_check(nt_xm(&w.net.host, "attach p0 neigh direct") == 2 &&
			  strstr(xmt_output(), "xmacvlan upgrade"),
		  "ABI 1.0: %s", xmt_output());
	nt_xm_must(&w.net.host, "attach p0 neigh flood");
	nt_xm_must(&w.net.host, "del e2");
	nt_xm_must(&w.net.host, "upgrade");
	nt_xm_must(&w.net.host, "attach p0 neigh direct");
	neigh_teach(&w, AF_INET, 0);
	nt_xm_must(&w.net.host, "upgrade");
	xmt_check(neigh_slot_of(AF_INET, NEIGH_ID(0)) == 1, "upgrade keeps what is known");
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&w.net.host) && !leftovers_pins(), "nothing is left");
}

static const struct nt_case cases[] = {
	{ "arp", 60, arp_direct },
	{ "nd", 60, nd_direct },
	{ "default", 60, default_floods },
	{ "private", 60, mode_private },
	{ "vepa", 60, mode_vepa },
	{ "owner without a copy", 60, owner_without_copy },
	{ "owner without a copy, nd", 60, owner_without_copy_nd },
	{ "probes", 60, probes_flooded },
	{ "down", 60, down },
	{ "older_pins", 60, older_pins },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
