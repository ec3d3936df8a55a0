// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Endpoints of this version taken over by later ones (tests/abi/abi_next.h), and given back: 1.1
 * adds a map, a field and a drop reason; 2.0 has other layouts. During upgrades and downgrades each
 * datagram of every flow arrives once; counters stay. Then the upgrade is killed at each step.
 * XMT_FULL=1: a thousand rounds, and every step.
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
#include "ip.h"
#include "leftovers.h"
#include "pkt.h"
#include "probe.h"
#include "tracer.h"

#define SHORT_RUN 16 /* even: it ends with 1.0 */
#define FULL_RUN  1000
/* tests/abi/abi_next.h */
#define NEXT_NUMBER    0x4e455854
#define NEXT_NUMBER_AT 164
#define NEXT_ETHERTYPE 0x88b5

enum version { V1_0, V1_1, V2_0 };

/* Beside the command under test */
static const char *const bins[] = { "xmacvlan", "abi-minor/xmacvlan", "abi-major/xmacvlan" };

static struct nt_net net;
static struct nt_station wire, host, e0, e1;

static unsigned int round_count(void)
{
	return getenv("XMT_FULL") ? FULL_RUN : SHORT_RUN;
}

static void use(enum version v)
{
	static char build[512];
	char path[600];

	if (!build[0])
		snprintf(build, sizeof(build), "%.*s", (int)(strrchr(nt_bin(), '/') - nt_bin()),
			 nt_bin());
	snprintf(path, sizeof(path), "%s/%s", build, bins[v]);
	nt_use_bin(path);
}

static void make_net(enum version v, const char *xdp)
{
	use(v);
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "host on");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
}

/* The path of a pin of the only parent */
static const char *pin_path(const char *name)
{
	static char path[512];

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*");
	snprintf(path, sizeof(path), "%s/%s", xmt_output(), name);
	return path;
}

/* A text of `show` about p0 */
static const char *parent_text(const char *key)
{
	static char text[32];
	json_t *doc = nt_xm_json(&net.host, "show p0"), *o;
	size_t i;

	text[0] = '\0';
	json_array_foreach(doc, i, o)
		if (json_object_get(o, "parent"))
			snprintf(text, sizeof(text), "%s",
				 json_string_value(json_object_get(o, key)) ?: "");
	json_decref(doc);
	return text;
}

static void check_version(const char *what, const char *abi, const char *programs)
{
	const char *is = parent_text("abi");

	xmt_check(!strcmp(is, abi), "%s: the pins have ABI %s: %s", what, abi, is);
	is = parent_text("programs");
	xmt_check(!strcmp(is, programs), "%s: the programs have ABI %s: %s", what, programs, is);
}

/* What the kernel counted on the peer end, and what the programs counted */
static void check_counters(const char *what, const struct nt_station *s)
{
	long long is = nt_number(&net.host, s->dev, "stats64.rx.packets"), want;

	xmt_must("ip netns exec %s cat /sys/class/net/%s/statistics/rx_packets", s->ns->name,
		 s->dev);
	want = atoll(xmt_output());
	xmt_check(is == want && want > 0, "%s: %s has received %lld frames, counted are %lld", what,
		  s->dev, want, is);
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
	static const struct ip_flow flow = { .count = 2000, .size = 400, .burst = 32 };
	const struct nt_station *pairs[][2] = {
		{ &wire, &e0 }, { &e0, &wire }, { &e0, &e1 }, { &host, &e0 }, { &e0, &host }
	};
	unsigned long datagrams = 0;
	pid_t pid = run_in_background(fn);
	int status = 0, bad = 0;

	while (!bad && !waitpid(pid, &status, WNOHANG))
		for (int i = 0; i < 5 && !bad; i++, datagrams += flow.count) {
			bad = ip_udp(pairs[i][0], pairs[i][1], i % 2 ? AF_INET6 : AF_INET, &flow);
			if (bad)
				xmt_fail("%s: %s to %s: %s", what, pairs[i][0]->dev,
					 pairs[i][1]->dev, ip_error());
		}
	if (bad)
		waitpid(pid, &status, 0);
	xmt_check(!status, "%s: %u rounds", what, round_count());
	xmt_check(!bad, "%s: none of %lu datagrams was lost", what, datagrams);
}

static int upgrade_or_downgrade(unsigned int round)
{
	use(round % 2 ? V1_0 : V1_1);
	return nt_xm(&net.host, "upgrade%s", round % 4 < 2 ? " p0" : "");
}

static void check_minor_rounds(const char *xdp)
{
	char what[32];

	snprintf(what, sizeof(what), "1.0 and 1.1, xdp %s", xdp);
	make_net(V1_0, xdp);
	check_version(what, "1.0", "1.0");
	check_flows_during(what, upgrade_or_downgrade);
	use(V1_0);
	check_version(what, "1.1", "1.0");
	check_counters(what, &e0);
	check_counters(what, &e1);
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
	int fd = bpf_obj_get(pin_path("endpoints"));

	if (fd < 0 || bpf_map_lookup_elem(fd, &slot, value))
		xmt_die("no record %u: %s", slot, strerror(errno));
	close(fd);
	memcpy(&number, value + NEXT_NUMBER_AT, sizeof(number));
	return number;
}

static bool has_pin(const char *name)
{
	return !access(pin_path(name), F_OK);
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
	use(V1_1);
	nt_xm_must(&net.host, "show");
	xmt_check(!has_pin("next_counts"), "1.1 reads pins of 1.0");
	nt_xm_must(&net.host, "add n0 link p0");
	nt_xm_must(&net.host, "set e1 mode private");
	xmt_check(!has_pin("next_counts") && next_number(1) == 0 && next_number(3) == NEXT_NUMBER,
		  "1.1 works on pins of 1.0: the field is set in what it makes");
	check_next_works("1.1 before the upgrade", false);
	check_version("1.1 before the upgrade", "1.0", "1.0");
	nt_xm_must(&net.host, "upgrade");
	xmt_check(has_pin("next_counts"), "the upgrade makes the map");
	check_version("1.1", "1.1", "1.1");
	check_next_works("1.1", true);
	use(V1_0);
	nt_xm_must(&net.host, "set n0 mode private address 02:00:00:00:00:99 spoofchk off");
	nt_xm_must(&net.host, "add o0 link p0");
	xmt_check(next_number(3) == NEXT_NUMBER && !next_number(4),
		  "1.0 works on pins of 1.1: it keeps the field, and leaves it 0 in what it makes");
	check_version("1.0 on pins of 1.1", "1.1", "1.1");
	nt_xm_must(&net.host, "set e1 host on");
	check_version("1.0 has done nothing but a set", "1.1", "1.1");
	nt_xm_must(&net.host, "upgrade p0");
	xmt_check(has_pin("next_counts"), "the downgrade leaves the map");
	check_version("downgrade", "1.1", "1.0");
	xmt_check(ethertype_passes(), "downgrade: frames of EtherType 0x88b5 are sent");
	nt_xm_must(&net.host, "attach p0 xdp skb");
	use(V1_1);
	nt_xm_must(&net.host, "upgrade");
	check_next_works("1.1 again", true);
	use(V1_0);
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host) && !leftovers_pins(),
		  "1.0 removes pins of 1.1: nothing is left");
}

/* A program of 1.1 is needed before `upgrade`: the map is made */
static void minor_on_demand(void)
{
	make_net(V1_0, "off");
	nt_xm_must(&net.host, "set e0 host off");
	use(V1_1);
	nt_xm_must(&net.host, "set e0 host on");
	xmt_check(has_pin("next_counts"), "parent_tx of 1.1 is attached: the map is made");
	check_version("parent_tx of 1.1", "1.1", "1.0");
	ip_check_ping("programs of 1.0 and 1.1", &host, &e0);
	use(V1_0);
	nt_xm_must(&net.host, "show");
}

/* Pins that a still newer minor version has made, and says that older ones do not understand */
static void minor_needed(void)
{
	struct xm_parent_record rec;
	uint32_t key = 0;
	int fd;

	make_net(V1_0, "off");
	fd = bpf_obj_get(pin_path("parent"));
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &rec))
		xmt_die("parent: %s", strerror(errno));
	rec.abi_minor = rec.needs_minor = 1;
	bpf_map_update_elem(fd, &key, &rec, BPF_ANY);
	xmt_check(nt_xm(&net.host, "set e0 mode private") == 2 &&
			  strstr(xmt_output(), "needs ABI 1.1, this xmacvlan has 1.0"),
		  "refused: %s", xmt_output());
	use(V1_1);
	xmt_check(!nt_xm(&net.host, "set e0 mode private"), "1.1 may");
}

static const struct nt_case cases[] = {
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
