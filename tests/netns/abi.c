// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Later versions (tests/abi/abi_next.h) take over endpoints of this one, and this one takes them
 * back: 1.1 adds a map, a field and a drop reason; 2.0 has other layouts. During upgrades and
 * downgrades each datagram of every flow arrives once, and counters stay. XMT_FULL=1: a thousand
 * rounds. abi_kill.c kills upgrades at each step.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "abi_fixture.h"
#include "ip.h"
#include "leftovers.h"
#include "pkt.h"
#include "plugin.h"
#include "probe.h"

#define SHORT_RUN 16 /* rounds; an even number, so that the last one ends with 1.0 */
#define FULL_RUN  1000
/* tests/abi/abi_next.h */
#define NEXT_NUMBER    0x4e455854
#define NEXT_NUMBER_AT 164
#define NEXT_ETHERTYPE 0x88b5

static struct nt_net net;
static struct nt_station wire, host, e0, e1;

static unsigned int round_count(void)
{
	return getenv("XMT_FULL") ? FULL_RUN : SHORT_RUN;
}

static void make_net(enum abi_version v, const char *xdp)
{
	abi_use(v);
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	/*
	 * Without IPv6 the host's stack sends nothing on the host ends: no program counts such
	 * frames
	 */
	xmt_must("ip netns exec %s sysctl -qw net.ipv6.conf.default.disable_ipv6=1", net.host.name);
	nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "host on");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
}

/* The programs' counters agree with those of the devices, frame for frame */
static void check_counters(const char *what)
{
	long long zero = abi_count_difference(&net.host, e0.ns, "e0");
	long long one = abi_count_difference(&net.host, e1.ns, "e1");

	xmt_check(!zero && !one, "%s: the counters have %lld and %lld frames less than e0 and e1",
		  what, zero, one);
}

/* --- upgrades during traffic --- */

static pid_t run_in_background(int (*fn)(unsigned int))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (unsigned int i = 0; i < round_count(); i++)
		if (fn(i)) {
			fprintf(stderr, "round %u: %s\n", i, xmt_output());
			_exit(1);
		}
	_exit(0);
}

static void check_flows_during(const char *what, int (*fn)(unsigned int))
{
	const struct nt_station *const pairs[][2] = {
		{ &wire, &e0 }, { &e0, &wire }, { &e0, &e1 }, { &host, &e0 }, { &e0, &host }
	};
	unsigned long datagrams = 0;
	pid_t pid = run_in_background(fn);
	int status = 0, bad = ip_udp_until_exit(what, pid, pairs, 5, &datagrams, &status);

	xmt_check(!status, "%s: %u rounds", what, round_count());
	xmt_check(!bad, "%s: none of %lu datagrams was lost", what, datagrams);
}

static int upgrade_or_downgrade(unsigned int round)
{
	abi_use(round % 2 ? V1_0 : V1_1);
	return nt_xm(&net.host, "upgrade%s", round % 4 < 2 ? " p0" : "");
}

static void check_minor_rounds(const char *xdp)
{
	char what[32];

	snprintf(what, sizeof(what), "1.0 and 1.1, xdp %s", xdp);
	make_net(V1_0, xdp);
	abi_check_version(&net.host, what, "1.0", "1.0");
	check_flows_during(what, upgrade_or_downgrade);
	abi_use(V1_0);
	abi_check_version(&net.host, what, "1.1", "1.0");
	check_counters(what);
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "%s: nothing is left", what);
}

static void minor_rounds(void)
{
	check_minor_rounds("off");
}

static void minor_rounds_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_minor_rounds("off");
}

static void minor_rounds_xdp(void)
{
	check_minor_rounds("native");
}

static int upgrade_to_2_0(unsigned int round)
{
	static const char *const lines[] = { "upgrade p0", "set e1 bclim 3", "upgrade",
					     "add o0 link p0" };

	abi_use(V2_0);
	return nt_xm(&net.host, "%s", lines[round % 4]);
}

static unsigned int round_number;

static int upgrade_once(unsigned int round)
{
	return round ? 0 : upgrade_to_2_0(round_number);
}

/* 2.0 cannot be undone: each round begins with endpoints of 1.0 */
static void major_round(const char *what)
{
	abi_use(V1_0);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "host on");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
	check_flows_during(what, upgrade_once);
	abi_use(V2_0);
	if (strcmp(abi_parent_text(&net.host, "programs"), "2.0") || abi_major() != 2)
		xmt_fail("%s: pins and programs do not have ABI 2.0", what);
	check_counters(what);
	nt_xm_must(&net.host, "detach p0 force");
	if (leftovers_on_parent(&net.host) || leftovers_pins())
		xmt_fail("%s: left: %s", what, leftovers_on_parent(&net.host) ?: "pins");
}

static void major_rounds_of(const char *xdp)
{
	char what[40];

	make_net(V1_0, xdp);
	nt_xm_must(&net.host, "detach p0 force");
	for (round_number = 0; round_number < round_count(); round_number++) {
		snprintf(what, sizeof(what), "round %u, 1.0 to 2.0, xdp %s", round_number, xdp);
		abi_use(V1_0);
		nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
		major_round(what);
	}
}

static void major_rounds(void)
{
	major_rounds_of("off");
}

static void major_rounds_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	major_rounds_of("off");
}

static void major_rounds_xdp(void)
{
	major_rounds_of("native");
}

/* --- what 1.1 adds --- */

/* Whether a frame of e0 with the EtherType arrives at the wire */
static bool ethertype_passes(void)
{
	uint8_t frame[64] = { 0 };
	struct xmt_pkt pkt;
	int rx = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), NEXT_ETHERTYPE);
	int tx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], "e0"), ETH_P_ALL);
	bool passes;

	memcpy(frame, wire.mac, 6);
	memcpy(frame + 6, e0.mac, 6);
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
	long long before = nt_number(&net.host, "e0", "drops.next");
	bool passes = ethertype_passes();

	xmt_check(passes == !works, "%s: frames of EtherType 0x88b5 are %s", what,
		  passes ? "sent" : "dropped");
	if (works)
		xmt_check(nt_number(&net.host, "e0", "drops.next") == before + 1,
			  "%s: the drop is counted", what);
}

static void minor_added(void)
{
	make_net(V1_0, "off");
	abi_use(V1_1);
	nt_xm_must(&net.host, "show");
	xmt_check(!has_pin("next_counts"), "1.1 reads pins of 1.0");
	nt_xm_must(&net.host, "add n0 link p0");
	nt_xm_must(&net.host, "set e1 mode private");
	xmt_check(!has_pin("next_counts") && next_number(1) == 0 && next_number(3) == NEXT_NUMBER,
		  "1.1 works on pins of 1.0: the field is set in what it makes");
	check_next_works("1.1 before the upgrade", false);
	abi_check_version(&net.host, "1.1 before the upgrade", "1.0", "1.0");
	nt_xm_must(&net.host, "upgrade");
	xmt_check(has_pin("next_counts"), "the upgrade makes the map");
	abi_check_version(&net.host, "1.1", "1.1", "1.1");
	check_next_works("1.1", true);
	abi_use(V1_0);
	nt_xm_must(&net.host, "set n0 mode private address 02:00:00:00:00:99 spoofchk off");
	nt_xm_must(&net.host, "add o0 link p0");
	xmt_check(next_number(3) == NEXT_NUMBER && !next_number(4),
		  "1.0 works on pins of 1.1: it keeps the field, and leaves it 0 in what it makes");
	abi_check_version(&net.host, "1.0 on pins of 1.1", "1.1", "1.1");
	nt_xm_must(&net.host, "set e1 host on");
	abi_check_version(&net.host, "1.0 has done nothing but a set", "1.1", "1.1");
	nt_xm_must(&net.host, "upgrade p0");
	xmt_check(has_pin("next_counts"), "the downgrade leaves the map");
	abi_check_version(&net.host, "downgrade", "1.1", "1.0");
	xmt_check(ethertype_passes(), "downgrade: frames of EtherType 0x88b5 are sent");
	nt_xm_must(&net.host, "attach p0 xdp skb");
	abi_use(V1_1);
	nt_xm_must(&net.host, "upgrade");
	check_next_works("1.1 again", true);
	abi_use(V1_0);
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host) && !leftovers_pins(),
		  "1.0 removes pins of 1.1: nothing is left");
}

/* A command loads a program of 1.1 before `upgrade` was run: it makes the map */
static void minor_on_demand(void)
{
	make_net(V1_0, "off");
	nt_xm_must(&net.host, "set e0 host off");
	abi_use(V1_1);
	nt_xm_must(&net.host, "set e0 host on");
	xmt_check(has_pin("next_counts"), "parent_tx of 1.1 is attached: the map is made");
	abi_check_version(&net.host, "parent_tx of 1.1", "1.1", "1.0");
	ip_check_ping("programs of 1.0 and 1.1", &host, &e0);
	abi_use(V1_0);
	nt_xm_must(&net.host, "show");
}

/* Pins in which a newer minor version uses something that older ones would break (needs_minor) */
static void minor_needed(void)
{
	struct xm_parent_record rec;
	uint32_t key = 0;
	int fd;

	make_net(V1_0, "off");
	fd = bpf_obj_get(abi_pin_path("parent"));
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &rec))
		xmt_die("parent: %s", strerror(errno));
	rec.abi_minor = rec.needs_minor = 1;
	bpf_map_update_elem(fd, &key, &rec, BPF_ANY);
	xmt_check(nt_xm(&net.host, "set e0 mode private") == 2 &&
			  strstr(xmt_output(), "needs ABI 1.1, this xmacvlan has 1.0"),
		  "refused: %s", xmt_output());
	abi_use(V1_1);
	xmt_check(!nt_xm(&net.host, "set e0 mode private"), "1.1 may");
}

/* Readers change nothing; 1.0 leaves pins of 2.0 alone. */
static void major_taken_over(void)
{
	static const struct ip_flow flow = { .count = 1000, .size = 400, .burst = 32 };

	make_net(V1_0, "off");
	abi_use(V2_0);
	xmt_check(!nt_xm(&net.host, "show") && strstr(xmt_output(), "'xmacvlan upgrade' takes it"),
		  "show names the remedy: %s", xmt_output());
	xmt_check(abi_major() == 1, "show changes nothing");
	nt_xm_must(&net.host, "set e0 mode private");
	xmt_check(abi_major() == 2, "`set` takes over");
	abi_check_version(&net.host, "2.0", "2.0", "2.0");
	check_next_works("2.0", true);
	nt_xm_must(&net.host, "add n0 link p0");
	abi_use(V1_0);
	xmt_check(nt_xm(&net.host, "del e0") == 2 && strstr(xmt_output(), "a newer xmacvlan"),
		  "1.0: %s", xmt_output());
	xmt_check(nt_xm(&net.host, "upgrade") == 2, "1.0 does not take over: %s", xmt_output());
	xmt_check(!ip_udp(&wire, &e0, AF_INET, &flow), "frames flow");
	abi_use(V2_0);
	nt_xm_must(&net.host, "del e0");
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host) && !leftovers_pins(), "nothing is left");
}

/* 2.0 removes pins of 1.0 whose namespace has ended */
static void major_dead_namespace(void)
{
	make_net(V1_0, "off");
	xmt_ns_del(&net.host);
	xmt_ns_del(&net.peer[0]);
	xmt_ns_del(&net.peer[1]);
	abi_use(V2_0);
	for (int i = 0; i < 50 && leftovers_pins(); i++) {
		nt_xm(&net.wire, "upgrade");
		usleep(100000);
	}
	xmt_check(!leftovers_pins(), "the pins are removed");
}

/* --- pins of before endpoint_tx --- */

static int upgrade_this(unsigned int round)
{
	(void)round;
	abi_use(V1_0);
	return nt_xm(&net.host, "upgrade");
}

static void check_silence(const char *what, int tx, int rx, bool silent)
{
	bool is = abi_host_end_is_silent(&net.host, "e0", "02:00:00:00:00:10", tx, rx);

	xmt_check(is == silent, "%s: frames of the host's stack %s e0", what,
		  silent ? "do not reach" : "reach");
}

/* endpoint_tx is put on host ends that a version without it has made, under traffic */
static void check_adopted(const char *what)
{
	char host_end[16];
	int tx, rx;

	make_net(V_FIRST, "off");
	abi_forget_endpoint_tx(&net.host);
	abi_host_end_name(&net.host, 1, host_end);
	tx = probe_sender(&net.host, host_end);
	rx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], "e0"), ETH_P_ALL);
	check_silence(what, tx, rx, false);
	check_flows_during(what, upgrade_this);
	abi_use(V1_0);
	check_silence(what, tx, rx, true);
	xmt_must("tc -n %s qdisc show dev %s", net.host.name, host_end);
	xmt_check(!!strstr(xmt_output(), "egress_block"), "%s: qdisc of the host end: %s", what,
		  xmt_output());
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "%s: nothing is left", what);
}

static void adopted(void)
{
	check_adopted("no endpoint_tx");
}

static void adopted_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_adopted("no endpoint_tx, clsact");
}

/* --- pins of another major version in a container --- */

#define INSIDE	 "{'cniVersion':'1.1.0','name':'in','master':'q0','linkInContainer':true"
#define NO_VALID ",'cni.dev/valid-attachments':[]}"

static void plugin_add_inside(void)
{
	abi_use(V1_0);
	plugin_check_success("ADD by 1.0", PLUGIN("ADD", INSIDE "}"));
}

static bool has_inside(void)
{
	return nt_exists(&net.peer[0], "eth0");
}

/* DEL without a namespace, and GC, find endpoints of an older version, none of a newer one */
static void major_elsewhere(void)
{
	struct plugin_call del = { .command = "DEL", .netns = "" };
	struct plugin_call gc = { .command = "GC" };

	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up && "
		 "ip -n %s link set q1 up",
		 net.peer[0].name, net.peer[0].name, net.peer[0].name);
	plugin_add_inside();
	abi_use(V2_0);
	plugin_check_success("DEL by 2.0", plugin_run(&del, INSIDE "}"));
	xmt_check(!has_inside(), "DEL by 2.0 without a namespace: the endpoint is deleted");
	plugin_add_inside();
	abi_use(V2_0);
	plugin_check_success("GC by 2.0", plugin_run(&gc, INSIDE NO_VALID));
	xmt_check(!has_inside(), "GC by 2.0: the endpoint is deleted");
	plugin_check_success("ADD by 2.0", PLUGIN("ADD", INSIDE "}"));
	abi_use(V1_0);
	gc.warning = del.warning = "has ABI 2.0, this xmacvlan has 1.0";
	plugin_check_success("GC by 1.0", plugin_run(&gc, INSIDE NO_VALID));
	plugin_check_success("DEL by 1.0", plugin_run(&del, INSIDE "}"));
	xmt_check(has_inside(), "DEL and GC by 1.0: an endpoint of 2.0 stays");
	abi_use(V2_0);
	plugin_check_success("DEL by 2.0 again", PLUGIN("DEL", INSIDE "}"));
	xmt_check(!has_inside() && !leftovers_pins(), "nothing is left");
}

static const struct nt_case cases[] = {
	{ "major, elsewhere", 60, major_elsewhere },
	{ "no endpoint_tx", 60, adopted },
	{ "no endpoint_tx, clsact", 60, adopted_clsact },
	{ "major, taken over", 60, major_taken_over },
	{ "major, dead namespace", 60, major_dead_namespace },
	{ "major rounds", 3000, major_rounds },
	{ "major rounds, clsact", 3000, major_rounds_clsact },
	{ "major rounds, xdp", 3000, major_rounds_xdp },
	{ "minor rounds", 1200, minor_rounds },
	{ "minor rounds, clsact", 1200, minor_rounds_clsact },
	{ "minor rounds, xdp", 1200, minor_rounds_xdp },
	{ "minor, what it adds", 60, minor_added },
	{ "minor, on demand", 60, minor_on_demand },
	{ "minor, needed", 60, minor_needed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
