// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Additional addresses of endpoints: who gets which frame in every mode; another macvlan on top,
 * beside that on the kernel's macvlan; moves; the lists of devices that are followed
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reach_fixture.h"

#define M_VRRP "00:00:5e:00:01:33"

static uint32_t send_once(struct reach *w, int from, const char *dst, const char *src,
			  uint32_t expected)
{
	bool twice;
	uint32_t got = reach_send(w, from, dst, src, expected, &twice);

	xmt_check(!twice, "%s from %s: once", dst, src);
	return got;
}

static void check_reach(struct reach *w, const char *what, int from, const char *dst,
			const char *src, uint32_t to)
{
	uint32_t got = send_once(w, from, dst, src, to);

	xmt_check(got == to, "%s: %s from %s reaches %s, expected %s", what, dst, src,
		  probe_text(&w->set, got), probe_text(&w->set, to));
}

/* What happens to the frames of an additional address of e0 beside e1, which is in mode bridge */
static const struct mode {
	const char *name, *options;
	uint32_t from_wire, from_sibling, to_sibling, broadcast, reflected;
} modes[] = {
	{ "private", "mode private", BIT(E0), BIT(WIRE), BIT(WIRE), BIT(WIRE) | BIT(HOST),
	  BIT(E0) },
	{ "vepa", "mode vepa", BIT(E0), BIT(WIRE), BIT(WIRE), BIT(WIRE) | BIT(HOST),
	  BIT(E1) | BIT(HOST) },
	/* reflected: Linux 7.2 has another rule (tests/netns/table.c) */
	{ "bridge", "mode bridge", BIT(E0), BIT(E0), BIT(E1), BIT(WIRE) | BIT(HOST) | BIT(E1), 0 },
	{ "source", "mode source macaddr add " M_LIST, BIT(HOST), BIT(WIRE), BIT(WIRE),
	  BIT(WIRE) | BIT(HOST), BIT(E0) },
};

static void check_mode(struct reach *w, const struct mode *m)
{
	check_reach(w, m->name, WIRE, M_VRRP, NT_WIRE_MAC, m->from_wire);
	check_reach(w, m->name, E1, M_VRRP, M_E1, m->from_sibling);
	check_reach(w, m->name, HOST, M_VRRP, NT_HOST_MAC, BIT(E0));
	check_reach(w, m->name, E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	check_reach(w, m->name, E0, NT_HOST_MAC, M_VRRP, BIT(HOST));
	check_reach(w, m->name, E0, M_E1, M_VRRP, m->to_sibling);
	check_reach(w, m->name, E0, M_ALL, M_VRRP, m->broadcast);
	check_reach(w, m->name, E1, NT_WIRE_MAC, M_VRRP, 0);
	check_reach(w, m->name, E0, NT_WIRE_MAC, M_ELSE, 0);
	if (m->reflected)
		check_reach(w, m->name, WIRE, M_ALL, M_VRRP, m->reflected);
}

static void check_without(struct reach *w, const char *what)
{
	check_reach(w, what, WIRE, M_VRRP, NT_WIRE_MAC, BIT(HOST));
	check_reach(w, what, E0, NT_WIRE_MAC, M_VRRP, 0);
	check_reach(w, what, E0, NT_WIRE_MAC, M_E0, BIT(WIRE));
}

static void run_mode(const struct mode *m)
{
	struct reach w;
	char options[128];

	reach_make(&w);
	snprintf(options, sizeof(options), "address " M_E0 " host on %s", m->options);
	reach_add_endpoint(&w, E0, "e0", options);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	check_without(&w, "before");
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	check_mode(&w, m);
	nt_xm_must(&w.net.host, "set e0 address del " M_VRRP);
	check_without(&w, "afterwards");
}

static void mode_private(void)
{
	run_mode(&modes[0]);
}

static void mode_vepa(void)
{
	run_mode(&modes[1]);
}

static void mode_bridge(void)
{
	run_mode(&modes[2]);
}

static void mode_source(void)
{
	run_mode(&modes[3]);
}

static void mode_passthru(void)
{
	struct reach w;

	reach_make(&w);
	reach_add_endpoint(&w, E0, "e0", "mode passthru spoofchk on");
	check_reach(&w, "before", E0, NT_WIRE_MAC, M_VRRP, 0);
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	check_reach(&w, "passthru", E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	check_reach(&w, "passthru", E0, NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE));
	check_reach(&w, "passthru", WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0));
	xmt_check(!xmt_run("bridge -n %s fdb show dev p0 | grep -q " M_VRRP, w.net.host.name),
		  "passthru: the parent's filter has the address");
	nt_xm_must(&w.net.host, "set e0 address del " M_VRRP);
	check_reach(&w, "afterwards", E0, NT_WIRE_MAC, M_VRRP, 0);
	/* It becomes the parent's own, and with it that of the endpoint */
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	xmt_must("ip -n %s link set p0 address " M_VRRP, w.net.host.name);
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "the parent's", E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	xmt_must("ip -n %s link set p0 address " NT_HOST_MAC, w.net.host.name);
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "not the parent's any more", E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	xmt_must("ip -n %s link set p0 address " M_VRRP, w.net.host.name);
	nt_xm_must(&w.net.host, "sync");
	nt_xm_must(&w.net.host, "set e0 address del " M_VRRP);
	check_reach(&w, "only the parent's", E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	xmt_must("bpftool map dump pinned /sys/fs/bpf/xmacvlan/n*-%u/mac_table",
		 xmt_ifindex(&w.net.host, "p0"));
	xmt_check(!!strstr(xmt_output(), "mac"), "mac_table has it: %s", xmt_output());
}

static void xdp(void)
{
	struct reach w;

	reach_make(&w);
	nt_xm_must(&w.net.host, "attach p0 xdp skb guard on");
	reach_add_endpoint(&w, E0, "e0", "address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	check_reach(&w, "guard, before", WIRE, M_VRRP, NT_WIRE_MAC, 0);
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	check_reach(&w, "guard", WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0));
}

/* A macvlan with the address M_VRRP on top of m0, which is the kernel's macvlan or an endpoint */
static const struct nested_row {
	const char *name;
	int from;
	const char *dst, *src;
	uint32_t ignore; /* receivers in which they differ: docs/differences.md */
} nested_rows[] = {
	{ "wire to it", WIRE, M_VRRP, NT_WIRE_MAC, 0 },
	{ "sibling to it", E1, M_VRRP, M_E1, 0 },
	{ "it to the wire", V0, NT_WIRE_MAC, M_VRRP, 0 },
	{ "it to a sibling", V0, M_E1, M_VRRP, 0 },
	{ "it to the device below", V0, M_E0, M_VRRP, 0 },
	{ "the device below to it", E0, M_VRRP, M_E0, 0 },
	{ "it to all", V0, M_ALL, M_VRRP, BIT(E0) },
	{ "the device below to all", E0, M_ALL, M_E0, BIT(V0) },
	{ "wire to all", WIRE, M_ALL, NT_WIRE_MAC, 0 },
	{ "sibling to all", E1, M_ALL, M_E1, 0 },
};

#define NESTED_ROWS (sizeof(nested_rows) / sizeof(*nested_rows))

static void nested_run(struct reach *w, uint32_t ret[NESTED_ROWS])
{
	/* E0 and E1 without what an rx_handler takes */
	reach_use(w, E0, "m0", ETH_P_IP);
	reach_use(w, E1, "m1", ETH_P_IP);
	xmt_must("ip -n %s link add v0 link m0 address " M_VRRP " type macvlan mode bridge",
		 w->net.peer[0].name);
	reach_use(w, V0, "v0", ETH_P_IP);
	for (size_t i = 0; i < NESTED_ROWS; i++) {
		const struct nested_row *row = &nested_rows[i];

		ret[i] = send_once(w, row->from, row->dst, row->src, 0) & ~row->ignore;
	}
}

/* The devices of the kernel's macvlan go, and the receivers on them */
static void nested_clear(struct reach *w)
{
	xmt_must("ip -n %s link del v0 && ip -n %s link del m0", w->net.peer[0].name,
		 w->net.peer[0].name);
	xmt_must("ip -n %s link del m1", w->net.peer[1].name);
	for (unsigned int i = E0; i < w->set.n; i++)
		xmt_pkt_close(&w->set.rx[i].fd, 1);
	w->set.n = E0;
}

static void nested(void)
{
	uint32_t kernel[NESTED_ROWS], ours[NESTED_ROWS];
	struct reach w;

	reach_make(&w);
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link add m%d link p0 netns %s address %s type macvlan mode "
			 "bridge",
			 w.net.host.name, i, w.net.peer[i].name, i ? M_E1 : M_E0);
	nested_run(&w, kernel);
	nested_clear(&w);
	nt_xm_must(&w.net.host, "add m0 link p0 netns %s address " M_E0, w.net.peer[0].name);
	nt_xm_must(&w.net.host, "add m1 link p0 netns %s address " M_E1, w.net.peer[1].name);
	nt_xm_must(&w.net.host, "set m0 address add " M_VRRP);
	nested_run(&w, ours);
	for (size_t i = 0; i < NESTED_ROWS; i++)
		xmt_check(kernel[i] == ours[i], "%s: %s, with the kernel's macvlan %s",
			  nested_rows[i].name, probe_text(&w.set, ours[i]),
			  probe_text(&w.set, kernel[i]));
}

/* VRRP: the address of the master moves to the backup */
static void vrrp(void)
{
	struct reach w;

	reach_make(&w);
	reach_add_endpoint(&w, E0, "e0", "address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	for (int i = 0; i < 4; i++) {
		int is = E0 + i % 2, was = E0 + E1 - is;

		if (i)
			nt_xm_must(&w.net.host, "set e%d address del " M_VRRP, was - E0);
		nt_xm_must(&w.net.host, "set e%d address add " M_VRRP, is - E0);
		check_reach(&w, "master", WIRE, M_VRRP, NT_WIRE_MAC, BIT(is));
		check_reach(&w, "master", is, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
		check_reach(&w, "backup", was, NT_WIRE_MAC, M_VRRP, 0);
	}
}

/* A bridge takes no filter entries for it: it is promiscuous, with passthru too */
static void bridge(void)
{
	struct reach w;

	reach_make(&w);
	xmt_must("ip -n %s link add br0 address 02:00:00:00:00:03 type bridge && "
		 "ip -n %s link set p0 master br0 && ip -n %s link set br0 up && "
		 "ip -n %s link set p0 up",
		 w.net.host.name, w.net.host.name, w.net.host.name, w.net.host.name);
	nt_xm_must(&w.net.host, "add e0 link br0 mode passthru nopromisc netns %s",
		   w.net.peer[0].name);
	reach_use(&w, E0, "e0", ETH_P_ALL);
	w.set.rx[HOST].off = true; /* a port of a bridge passes nothing to its own stack */
	xmt_check(xmt_run("ip -n %s link show br0 | grep -q PROMISC", w.net.host.name),
		  "passthru nopromisc on a bridge");
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	xmt_check(!xmt_run("ip -n %s link show br0 | grep -q PROMISC", w.net.host.name),
		  "with an additional address it is promiscuous");
	xmt_check(send_once(&w, WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0)) & BIT(E0), "it is reached");
	nt_xm_must(&w.net.host, "set e0 address del " M_VRRP);
	xmt_check(xmt_run("ip -n %s link show br0 | grep -q PROMISC", w.net.host.name),
		  "and not without");
}

/* Whether additional addresses of the endpoint are in the order of `text`, as JSON */
static bool follow_shows(const struct xmt_ns *host, const char *name, const char *text)
{
	json_t *doc = nt_xm_json(host, "show %s", name);
	char *list = json_dumps(json_object_get(json_array_get(doc, 0), "addresses"), 0);
	bool same = list && !strcmp(list, text);

	if (!same)
		fprintf(stderr, "%s has %s\n", name, list ? list : "nothing");
	free(list);
	json_decref(doc);
	return same;
}

/* Without a watcher: sync and set follow */
static void follow_sync(void)
{
	struct reach w;
	const char *in0;

	reach_make(&w);
	reach_add_endpoint(&w, E0, "e0", "addresses follow address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	in0 = w.net.peer[0].name;
	xmt_must("bridge -n %s fdb add " M_VRRP " dev e0 self", in0);
	xmt_must("bridge -n %s fdb add " M_VRRP " dev e1 self", w.net.peer[1].name);
	check_without(&w, "follow, before");
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "sync", WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0));
	check_reach(&w, "sync", E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	nt_xm_must(&w.net.host, "set e1 addresses follow");
	check_reach(&w, "e0 still has it", WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0));
	xmt_must("bridge -n %s fdb del " M_VRRP " dev e0 self", in0);
	nt_xm_must(&w.net.host, "set e0 bclim 2");
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "e1 has it", WIRE, M_VRRP, NT_WIRE_MAC, BIT(E1));
	nt_xm_must(&w.net.host, "set e1 address add " M_ELSE);
	nt_xm_must(&w.net.host, "set e1 addresses own");
	check_without(&w, "own");
	xmt_check(follow_shows(&w.net.host, "e1", "[\"" M_ELSE "\"]"),
		  "own: only what the administrator has added stays");
	nt_xm_must(&w.net.host, "set e0 addresses own");
	xmt_must("bridge -n %s fdb add " M_VRRP " dev e0 self", in0);
	nt_xm_must(&w.net.host, "sync");
	check_without(&w, "own, sync");
}

/* More than the limit, and addresses that are refused: the others are followed */
static void follow_limit(void)
{
	struct reach w;
	json_t *doc;
	size_t n;

	reach_make(&w);
	reach_add_endpoint(&w, E0, "e0", "addresses follow address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	xmt_must("bridge -n %s fdb add " M_E1 " dev e0 self", w.net.peer[0].name);
	xmt_must("bridge -n %s fdb add " NT_HOST_MAC " dev e0 self", w.net.peer[0].name);
	xmt_must("bridge -n %s fdb add " M_VRRP " dev e0 self", w.net.peer[0].name);
	nt_xm_must(&w.net.host, "sync");
	xmt_check(follow_shows(&w.net.host, "e0", "[\"" M_VRRP "\"]"),
		  "what others have is not taken");
	check_reach(&w, "e1 keeps it", WIRE, M_E1, NT_WIRE_MAC, BIT(E1));
	for (int i = 0; i < 100; i++)
		xmt_must("bridge -n %s fdb add 02:00:00:00:03:%02x dev e0 self", w.net.peer[0].name,
			 i);
	nt_xm_must(&w.net.host, "sync");
	doc = nt_xm_json(&w.net.host, "show e0");
	n = json_array_size(json_object_get(json_array_get(doc, 0), "addresses"));
	json_decref(doc);
	xmt_check(n == XM_MAX_ADDITIONAL_MACS, "101 in the list of e0: %zu are followed", n);
	nt_xm_must(&w.net.host, "del e0");
	xmt_check(xmt_run("bridge -n %s fdb show dev p0 | grep -q 02:00:00:00:03", w.net.host.name),
		  "nothing is left in the parent's filter");
}

static const struct nt_case cases[] = {
	{ "private", 60, mode_private },    { "vepa", 60, mode_vepa },
	{ "bridge", 60, mode_bridge },	    { "source", 60, mode_source },
	{ "passthru", 60, mode_passthru },  { "xdp", 60, xdp },
	{ "nested", 60, nested },	    { "vrrp", 60, vrrp },
	{ "follow sync", 60, follow_sync }, { "follow limit", 60, follow_limit },
	{ "bridge parent", 60, bridge },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
