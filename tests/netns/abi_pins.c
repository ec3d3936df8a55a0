// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What each version of the ABI does with pins of another: the next minor version adds a map, a
 * field and a drop reason; 2.0 has other layouts (tests/abi_versions/abi_next.h). Each version
 * keeps what it does not know, or refuses the pins, or takes them over.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "abi_fixture.h"
#include "ip.h"
#include "leftovers.h"
#include "pkt.h"
#include "plugin.h"

/* tests/abi_versions/abi_next.h */
#define NEXT_NUMBER    0x4e455854
#define NEXT_NUMBER_AT 164
#define NEXT_ETHERTYPE 0x88b5

/* Whether a frame of e0 with the EtherType arrives at the wire */
static bool ethertype_passes(void)
{
	uint8_t frame[64] = { 0 };
	struct xmt_pkt pkt;
	int rx = xmt_pkt_open(&abi_net.wire, xmt_ifindex(&abi_net.wire, "w0"), NEXT_ETHERTYPE);
	int tx = xmt_pkt_open(&abi_net.peer[0], xmt_ifindex(&abi_net.peer[0], "e0"), ETH_P_ALL);
	bool passes;

	memcpy(frame, abi_wire.mac, 6);
	memcpy(frame + 6, abi_e0.mac, 6);
	frame[12] = NEXT_ETHERTYPE >> 8;
	frame[13] = NEXT_ETHERTYPE & 255;
	passes = !xmt_pkt_send(tx, frame, sizeof(frame)) && xmt_pkt_recv(rx, &pkt, 300) == 1;
	xmt_pkt_close(&rx, 1);
	xmt_pkt_close(&tx, 1);
	return passes;
}

static uint32_t next_number(uint32_t slot)
{
	uint8_t value[256];
	uint32_t number = 0;
	int fd = bpf_obj_get(abi_pin_path("endpoints"));

	if (fd < 0 || bpf_map_lookup_elem(fd, &slot, value))
		xmt_die("no record %u: %s", slot, strerror(errno));
	close(fd);
	memcpy(&number, value + NEXT_NUMBER_AT, sizeof(number));
	return number;
}

static bool has_pin(const char *name)
{
	return !access(abi_pin_path(name), F_OK);
}

static void check_next_works(const char *what, bool works)
{
	long long before = nt_number(&abi_net.host, "e0", "drops.next");
	bool passes = ethertype_passes();

	xmt_check(passes == !works, "%s: frames of EtherType 0x88b5 are %s", what,
		  passes ? "sent" : "dropped");
	if (works)
		xmt_check(nt_number(&abi_net.host, "e0", "drops.next") == before + 1,
			  "%s: the drop is counted", what);
}

static void minor_added(void)
{
	abi_make_net(V_THIS, "off");
	abi_use(V_NEXT);
	nt_xm_must(&abi_net.host, "show");
	xmt_check(!has_pin("next_counts"), ABI_NEXT " reads pins of " ABI_THIS);
	nt_xm_must(&abi_net.host, "add n0 link p0");
	nt_xm_must(&abi_net.host, "set e1 mode private");
	xmt_check(!has_pin("next_counts") && next_number(1) == 0 && next_number(3) == NEXT_NUMBER,
		  ABI_NEXT " works on pins of " ABI_THIS ": the field is set in what it makes");
	check_next_works(ABI_NEXT " before the upgrade", false);
	abi_check_version(&abi_net.host, ABI_NEXT " before the upgrade", ABI_THIS, ABI_THIS);
	nt_xm_must(&abi_net.host, "upgrade");
	xmt_check(has_pin("next_counts"), "the upgrade makes the map");
	abi_check_version(&abi_net.host, ABI_NEXT, ABI_NEXT, ABI_NEXT);
	check_next_works(ABI_NEXT, true);
	abi_use(V_THIS);
	nt_xm_must(&abi_net.host, "set n0 mode private address 02:00:00:00:00:99 spoofchk off");
	nt_xm_must(&abi_net.host, "add o0 link p0");
	xmt_check(next_number(3) == NEXT_NUMBER && !next_number(4),
		  ABI_THIS " works on pins of " ABI_NEXT
			   ": it keeps the field, and leaves it 0 in what it makes");
	abi_check_version(&abi_net.host, ABI_THIS " on pins of " ABI_NEXT, ABI_NEXT, ABI_NEXT);
	nt_xm_must(&abi_net.host, "set e1 host on");
	abi_check_version(&abi_net.host, ABI_THIS " has done nothing but a set", ABI_NEXT,
			  ABI_NEXT);
	nt_xm_must(&abi_net.host, "upgrade p0");
	xmt_check(has_pin("next_counts"), "the downgrade leaves the map");
	abi_check_version(&abi_net.host, "downgrade", ABI_NEXT, ABI_THIS);
	xmt_check(ethertype_passes(), "downgrade: frames of EtherType 0x88b5 are sent");
	nt_xm_must(&abi_net.host, "attach p0 xdp skb");
	abi_use(V_NEXT);
	nt_xm_must(&abi_net.host, "upgrade");
	check_next_works(ABI_NEXT " again", true);
	abi_use(V_THIS);
	nt_xm_must(&abi_net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&abi_net.host) && !leftovers_pins(),
		  ABI_THIS " removes pins of " ABI_NEXT ": nothing is left");
}

/* A command loads a program of the next minor version before `upgrade` was run: it makes the map */
static void minor_on_demand(void)
{
	abi_make_net(V_THIS, "off");
	nt_xm_must(&abi_net.host, "set e0 host off");
	abi_use(V_NEXT);
	nt_xm_must(&abi_net.host, "set e0 host on");
	xmt_check(has_pin("next_counts"), "parent_tx of " ABI_NEXT " is attached: the map is made");
	abi_check_version(&abi_net.host, "parent_tx of " ABI_NEXT, ABI_NEXT, ABI_THIS);
	ip_check_ping("programs of " ABI_THIS " and " ABI_NEXT, &abi_host, &abi_e0);
	abi_use(V_THIS);
	nt_xm_must(&abi_net.host, "show");
}

/* Pins in which a newer minor version uses something that older ones would break (needs_minor) */
static void minor_needed(void)
{
	struct xm_parent_record rec;
	uint32_t key = 0;
	int fd;

	abi_make_net(V_THIS, "off");
	fd = bpf_obj_get(abi_pin_path("parent"));
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &rec))
		xmt_die("parent: %s", strerror(errno));
	rec.abi_minor = rec.needs_minor = XM_ABI_MINOR + 1;
	bpf_map_update_elem(fd, &key, &rec, BPF_ANY);
	xmt_check(
		nt_xm(&abi_net.host, "set e0 mode private") == 2 &&
			strstr(xmt_output(), "needs ABI " ABI_NEXT ", this xmacvlan has " ABI_THIS),
		"refused: %s", xmt_output());
	abi_use(V_NEXT);
	xmt_check(!nt_xm(&abi_net.host, "set e0 mode private"), ABI_NEXT " may");
}

/* Readers change nothing; this version leaves pins of 2.0 alone. */
static void major_taken_over(void)
{
	static const struct ip_flow flow = { .count = 1000, .size = 400, .burst = 32 };

	abi_make_net(V_THIS, "off");
	abi_use(V2_0);
	xmt_check(!nt_xm(&abi_net.host, "show") &&
			  strstr(xmt_output(), "'xmacvlan upgrade' takes it"),
		  "show names the remedy: %s", xmt_output());
	xmt_check(abi_major() == 1, "show changes nothing");
	nt_xm_must(&abi_net.host, "set e0 mode private");
	xmt_check(abi_major() == 2, "`set` takes over");
	abi_check_version(&abi_net.host, "2.0", "2.0", "2.0");
	check_next_works("2.0", true);
	nt_xm_must(&abi_net.host, "add n0 link p0");
	abi_use(V_THIS);
	xmt_check(nt_xm(&abi_net.host, "del e0") == 2 && strstr(xmt_output(), "a newer xmacvlan"),
		  ABI_THIS ": %s", xmt_output());
	xmt_check(nt_xm(&abi_net.host, "upgrade") == 2, ABI_THIS " does not take over: %s",
		  xmt_output());
	xmt_check(!ip_udp(&abi_wire, &abi_e0, AF_INET, &flow), "frames flow");
	abi_use(V2_0);
	nt_xm_must(&abi_net.host, "del e0");
	nt_xm_must(&abi_net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&abi_net.host) && !leftovers_pins(), "nothing is left");
}

/* 2.0 removes pins of this version whose namespace has ended */
static void major_dead_namespace(void)
{
	abi_make_net(V_THIS, "off");
	xmt_ns_del(&abi_net.host);
	xmt_ns_del(&abi_net.peer[0]);
	xmt_ns_del(&abi_net.peer[1]);
	abi_use(V2_0);
	for (int i = 0; i < 50 && leftovers_pins(); i++) {
		nt_xm(&abi_net.wire, "upgrade");
		usleep(100000);
	}
	xmt_check(!leftovers_pins(), "the pins are removed");
}

#define INSIDE	 "{'cniVersion':'1.1.0','name':'in','master':'q0','linkInContainer':true"
#define NO_VALID ",'cni.dev/valid-attachments':[]}"

static void plugin_add_inside(void)
{
	abi_use(V_THIS);
	plugin_check_success("ADD by " ABI_THIS, PLUGIN("ADD", INSIDE "}"));
}

static bool has_inside(void)
{
	return nt_exists(&abi_net.peer[0], "eth0");
}

/* DEL without a namespace, and GC, find endpoints of an older version, none of a newer one */
static void major_elsewhere(void)
{
	struct plugin_call del = { .command = "DEL", .netns = "" };
	struct plugin_call gc = { .command = "GC" };

	plugin_net(&abi_net, 1, 0);
	xmt_must("ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up && "
		 "ip -n %s link set q1 up",
		 abi_net.peer[0].name, abi_net.peer[0].name, abi_net.peer[0].name);
	plugin_add_inside();
	abi_use(V2_0);
	plugin_check_success("DEL by 2.0", plugin_run(&del, INSIDE "}"));
	xmt_check(!has_inside(), "DEL by 2.0 without a namespace: the endpoint is deleted");
	plugin_add_inside();
	abi_use(V2_0);
	plugin_check_success("GC by 2.0", plugin_run(&gc, INSIDE NO_VALID));
	xmt_check(!has_inside(), "GC by 2.0: the endpoint is deleted");
	plugin_check_success("ADD by 2.0", PLUGIN("ADD", INSIDE "}"));
	abi_use(V_THIS);
	gc.warning = del.warning = "has ABI 2.0, this xmacvlan has " ABI_THIS;
	plugin_check_success("GC by " ABI_THIS, plugin_run(&gc, INSIDE NO_VALID));
	plugin_check_success("DEL by " ABI_THIS, plugin_run(&del, INSIDE "}"));
	xmt_check(has_inside(), "DEL and GC by " ABI_THIS ": an endpoint of 2.0 stays");
	abi_use(V2_0);
	plugin_check_success("DEL by 2.0 again", PLUGIN("DEL", INSIDE "}"));
	xmt_check(!has_inside() && !leftovers_pins(), "nothing is left");
}

static const struct nt_case cases[] = {
	{ "major, elsewhere", 60, major_elsewhere },
	{ "major, taken over", 60, major_taken_over },
	{ "major, dead namespace", 60, major_dead_namespace },
	{ "minor, what it adds", 60, minor_added },
	{ "minor, on demand", 60, minor_on_demand },
	{ "minor, needed", 60, minor_needed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
