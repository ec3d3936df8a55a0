// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The receivers of each frame: the tables of docs/macvlan-behaviour.md with four modes on one
 * parent, peer ends in namespaces and beside the parent, TC and XDP. The frames are UDP in IPv4,
 * because XDP redirects those. table_passthru.c: mode passthru.
 */
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"
#include "tap_fixture.h"

enum station { WIRE, HOST, P1, P2, V1, V2, B1, B2, S1, STATIONS };

#define FIRST P1

static const char *const names[STATIONS] = {
	"wire", "host", "p1", "p2", "v1", "v2", "b1", "b2", "s1",
};

static const char *const modes[STATIONS] = {
	[P1] = "private",
	[P2] = "private",
	[V1] = "vepa",
	[V2] = "vepa",
	[B1] = "bridge",
	[B2] = "bridge",
	[S1] = "source macaddr add 02:00:00:00:00:99",
};

#define BIT(x)	(1u << (x))
#define M_WIRE	NT_WIRE_MAC
#define M_HOST	NT_HOST_MAC
#define M_P1	"02:00:00:00:00:12"
#define M_P2	"02:00:00:00:00:13"
#define M_V1	"02:00:00:00:00:14"
#define M_B1	"02:00:00:00:00:16"
#define M_B2	"02:00:00:00:00:17"
#define M_V2	"02:00:00:00:00:15"
#define M_S1	"02:00:00:00:00:18"
#define M_LIST	"02:00:00:00:00:99" /* listed by s1 */
#define M_ELSE	"02:00:00:00:00:77" /* of no device */
#define M_ALL	"ff:ff:ff:ff:ff:ff"
#define M_GROUP "01:00:5e:01:02:03"

#define PRIVATES (BIT(P1) | BIT(P2))
#define VEPAS	 (BIT(V1) | BIT(V2))
#define BRIDGES	 (BIT(B1) | BIT(B2))
#define ALL_EPS	 (PRIVATES | VEPAS | BRIDGES)

struct row {
	const char *name;
	unsigned int from; /* index of the sender */
	const char *dst, *src;
	uint32_t to;
};

static const struct row rows[] = {
	{ "broadcast from the wire", WIRE, M_ALL, M_WIRE, ALL_EPS | BIT(HOST) },
	{ "multicast from the wire", WIRE, M_GROUP, M_WIRE, ALL_EPS | BIT(HOST) },
	{ "broadcast from the wire, listed source", WIRE, M_ALL, M_LIST,
	  ALL_EPS | BIT(HOST) | BIT(S1) },
	{ "multicast from the wire, listed source", WIRE, M_GROUP, M_LIST,
	  ALL_EPS | BIT(HOST) | BIT(S1) },
	{ "reflected broadcast of a vepa endpoint", WIRE, M_ALL, M_V1,
	  BIT(V2) | BRIDGES | BIT(HOST) },
	{ "reflected broadcast of a private endpoint", WIRE, M_ALL, M_P1, BIT(P1) },
	{ "reflected broadcast of a source endpoint", WIRE, M_ALL, M_S1, BIT(S1) },
	{ "reflected multicast of a private endpoint", WIRE, M_GROUP, M_P1, BIT(P1) },
	{ "unicast from the wire to private", WIRE, M_P1, M_WIRE, BIT(P1) },
	{ "unicast from the wire to vepa", WIRE, M_V1, M_WIRE, BIT(V1) },
	{ "unicast from the wire to bridge", WIRE, M_B1, M_WIRE, BIT(B1) },
	{ "unicast from the wire to source, unlisted", WIRE, M_S1, M_WIRE, BIT(HOST) },
	{ "unicast from the wire to source, listed", WIRE, M_S1, M_LIST, BIT(HOST) | BIT(S1) },
	{ "unicast from the wire to bridge, listed", WIRE, M_B1, M_LIST, BIT(B1) | BIT(S1) },
	{ "unicast from the wire to the parent", WIRE, M_HOST, M_WIRE, BIT(HOST) },
	{ "unicast from the wire to an unknown MAC", WIRE, M_ELSE, M_WIRE, BIT(HOST) },
	{ "reflected unicast between private endpoints", WIRE, M_P2, M_P1, BIT(P2) },
	{ "reflected unicast between vepa endpoints", WIRE, M_V2, M_V1, BIT(V2) },
	{ "bridge to bridge", B1, M_B2, M_B1, BIT(B2) },
	{ "bridge to itself", B1, M_B1, M_B1, BIT(B1) },
	{ "bridge to vepa", B1, M_V1, M_B1, BIT(WIRE) },
	{ "bridge to private", B1, M_P1, M_B1, BIT(WIRE) },
	{ "bridge to source", B1, M_S1, M_B1, BIT(WIRE) },
	{ "bridge to the parent", B1, M_HOST, M_B1, BIT(WIRE) },
	{ "bridge to the wire", B1, M_WIRE, M_B1, BIT(WIRE) },
	{ "vepa to vepa", V1, M_V2, M_V1, BIT(WIRE) },
	{ "vepa to bridge", V1, M_B1, M_V1, BIT(WIRE) },
	{ "vepa to the parent", V1, M_HOST, M_V1, BIT(WIRE) },
	{ "private to private", P1, M_P2, M_P1, BIT(WIRE) },
	{ "private to bridge", P1, M_B1, M_P1, BIT(WIRE) },
	{ "private to the parent", P1, M_HOST, M_P1, BIT(WIRE) },
	{ "source to bridge", S1, M_B1, M_S1, BIT(WIRE) },
	{ "broadcast by bridge", B1, M_ALL, M_B1, BIT(B2) | BIT(WIRE) },
	{ "multicast by bridge", B1, M_GROUP, M_B1, BIT(B2) | BIT(WIRE) },
	{ "broadcast by vepa", V1, M_ALL, M_V1, BIT(WIRE) },
	{ "broadcast by private", P1, M_ALL, M_P1, BIT(WIRE) },
	{ "broadcast by source", S1, M_ALL, M_S1, BIT(WIRE) },
	{ "broadcast by the host", HOST, M_ALL, M_HOST, BIT(WIRE) },
	{ "multicast by the host", HOST, M_GROUP, M_HOST, BIT(WIRE) },
	{ "host to bridge", HOST, M_B1, M_HOST, BIT(WIRE) },
	{ "host to private", HOST, M_P1, M_HOST, BIT(WIRE) },
	{ "host to source", HOST, M_S1, M_HOST, BIT(WIRE) },
};

/* Before Linux 7.2, and since then */
static const struct row reflect_rows[] = {
	{ "reflected broadcast of a bridge endpoint", WIRE, M_ALL, M_B1, VEPAS | BIT(HOST) },
	{ "reflected broadcast of a bridge endpoint", WIRE, M_ALL, M_B1,
	  VEPAS | BRIDGES | BIT(HOST) },
};

/* s1 with nodst */
static const struct row nodst_rows[] = {
	{ "nodst: listed broadcast", WIRE, M_ALL, M_LIST, BIT(S1) },
	{ "nodst: listed unicast to bridge", WIRE, M_B1, M_LIST, BIT(S1) },
	{ "nodst: listed unicast to the parent", WIRE, M_HOST, M_LIST, BIT(S1) },
	{ "nodst: unlisted broadcast", WIRE, M_ALL, M_WIRE, ALL_EPS | BIT(HOST) },
};

/* b2 is down */
static const struct row down_rows[] = {
	{ "down: unicast from the wire", WIRE, M_B2, M_WIRE, BIT(HOST) },
	{ "down: unicast from a sibling", B1, M_B2, M_B1, BIT(WIRE) },
	{ "down: broadcast from a sibling", B1, M_ALL, M_B1, BIT(WIRE) },
	{ "down: broadcast with its source from the wire", WIRE, M_ALL, M_B2,
	  (ALL_EPS & ~BIT(B2)) | BIT(HOST) },
};

struct table {
	struct nt_net net;
	const struct xmt_ns *at[STATIONS]; /* namespaces of the devices */
	const char *dev[STATIONS];
	int tap[STATIONS]; /* descriptors of endpoints of type tap; 0: a veth */
	struct probe_set set;
	int send[STATIONS];
};

static void table_send_sentinels(void *arg, uint64_t id)
{
	struct table *t = arg;

	probe_send(t->send[WIRE], M_ALL, M_ELSE, id);
	probe_send(t->send[WIRE], M_ALL, M_LIST, id);
	probe_send(t->send[HOST], M_ELSE, M_HOST, id);
}

static void table_open_sockets(struct table *t)
{
	t->set.sentinels = table_send_sentinels;
	t->set.arg = t;
	for (int i = 0; i < STATIONS; i++) {
		if (t->tap[i]) {
			probe_add_tap(&t->set, names[i], t->tap[i]);
			t->send[i] = dup(t->tap[i]);
			continue;
		}
		probe_add(&t->set, names[i], t->at[i], t->dev[i], i == HOST ? ETH_P_IP : ETH_P_ALL);
		t->send[i] = probe_sender(t->at[i], t->dev[i]);
	}
}

static void table_close_sockets(struct table *t)
{
	probe_close(&t->set);
	xmt_pkt_close(t->send, STATIONS);
}

static void table_check_rows(struct table *t, const char *what, const struct row *row,
			     unsigned int n)
{
	for (; n; n--, row++) {
		uint64_t id = probe_next();
		bool twice;
		uint32_t got;

		probe_send(t->send[row->from], row->dst, row->src, id);
		got = probe_collect(&t->set, id, row->to, &twice);
		xmt_check(got == row->to && !twice, "%s: %s -> %s%s%s%s", what, row->name,
			  probe_text(&t->set, row->to), got == row->to ? "" : ", but it reached ",
			  got == row->to ? "" : probe_text(&t->set, got), twice ? ", twice" : "");
	}
}

#define CHECK_ROWS(t, what, rows) table_check_rows(t, what, rows, sizeof(rows) / sizeof((rows)[0]))

static void table_check_traffic(struct table *t, const char *what)
{
	CHECK_ROWS(t, what, rows);
	table_check_rows(t, what, &reflect_rows[xmt_kernel() >= XMT_KERNEL(7, 2)], 1);
}

static void table_set_s1(struct table *t, const char *option)
{
	nt_xm_must(&t->net.host, "set s1 %s", option);
}

static void table_check_all_rows(struct table *t, const char *what)
{
	table_open_sockets(t);
	table_check_traffic(t, what);
	table_set_s1(t, "nodst");
	CHECK_ROWS(t, what, nodst_rows);
	table_set_s1(t, "dst");
	xmt_must("ip -n %s link set b2 down", t->at[B2]->name);
	t->set.rx[B2].off = true;
	CHECK_ROWS(t, what, down_rows);
	xmt_must("ip -n %s link set b2 up", t->at[B2]->name);
	nt_wait_net(&t->net);
	t->set.rx[B2].off = false;
	table_close_sockets(t);
}

static void table_add_tap(struct table *t, int i)
{
	t->at[i] = &t->net.host;
	nt_xm_must(&t->net.host, "add %s link p0 type tap address 02:00:00:00:00:%02x mode %s",
		   names[i], 0x10 + i, modes[i]);
	t->tap[i] = tap_must_open(&t->net.host, names[i], 0);
}

/*
 * Seven endpoints, each in its own namespace, or all beside the parent. taps: the bits of those
 * that are taps.
 */
static void table_make_net(struct table *t, bool beside, uint32_t taps)
{
	nt_one_cpu();
	nt_net(&t->net, STATIONS - FIRST, 0);
	t->at[WIRE] = &t->net.wire;
	t->dev[WIRE] = "w0";
	t->at[HOST] = &t->net.host;
	t->dev[HOST] = "p0";
	for (int i = FIRST; i < STATIONS; i++) {
		t->dev[i] = names[i];
		if (taps & BIT(i)) {
			table_add_tap(t, i);
			continue;
		}
		t->at[i] = beside ? &t->net.host : &t->net.peer[i - FIRST];
		nt_xm_must(&t->net.host,
			   "add %s link p0 address 02:00:00:00:00:%02x netns %s mode %s", names[i],
			   0x10 + i, t->at[i]->name, modes[i]);
		xmt_must("ip -n %s link set %s addrgenmode none up", t->at[i]->name, names[i]);
	}
	nt_wait_net(&t->net);
}

static void peers_in_namespaces(void)
{
	struct table t = {};

	table_make_net(&t, false, 0);
	table_check_all_rows(&t, "netns");
}

static void peers_beside_parent(void)
{
	struct table t = {};

	table_make_net(&t, true, 0);
	table_check_all_rows(&t, "beside");
}

static void table_move_peers(struct table *t, bool back)
{
	for (int i = FIRST; i < STATIONS; i++) {
		const struct xmt_ns *to = back ? &t->net.host : &t->net.peer[i - FIRST];

		xmt_must("ip -n %s link set %s netns %s", t->at[i]->name, names[i], to->name);
		xmt_must("ip -n %s link set %s addrgenmode none up", to->name, names[i]);
		t->at[i] = to;
	}
	nt_wait_net(&t->net);
}

/*
 * Endpoints that are moved to another namespace work at once. Endpoints that are moved back beside
 * the parent work after the next command, here `sync`.
 */
static void peers_moved(void)
{
	struct table t = {};

	table_make_net(&t, true, 0);
	table_move_peers(&t, false);
	table_open_sockets(&t);
	table_check_traffic(&t, "moved out");
	table_close_sockets(&t);
	nt_xm_must(&t.net.host, "sync");
	table_check_all_rows(&t, "moved out, after sync");
	table_move_peers(&t, true);
	nt_xm_must(&t.net.host, "sync");
	table_check_all_rows(&t, "moved back, after sync");
}

static void check_with_xdp(const char *mode)
{
	struct table t = {};

	table_make_net(&t, false, 0);
	nt_xm_must(&t.net.host, "attach p0 xdp %s", mode);
	table_check_all_rows(&t, mode);
	nt_xm_must(&t.net.host, "attach p0 xdp off");
	table_open_sockets(&t);
	table_check_traffic(&t, "xdp off again");
	table_close_sockets(&t);
}

static void xdp_native(void)
{
	check_with_xdp("native");
}

static void xdp_skb(void)
{
	check_with_xdp("skb");
}

static void with_clsact(void)
{
	struct table t = {};

	setenv("XMACVLAN_TC", "clsact", 1);
	table_make_net(&t, false, 0);
	table_check_all_rows(&t, "clsact");
	xmt_run("tc -n %s filter show dev p0 ingress", t.net.host.name);
	xmt_check(strstr(xmt_output(), "parent_rx") != NULL, "clsact: parent_rx is a filter of p0");
}

#define TAPS (BIT(P1) | BIT(V2) | BIT(B1) | BIT(S1))

static void all_taps(void)
{
	struct table t = {};

	table_make_net(&t, false, ~0);
	table_check_all_rows(&t, "taps");
}

static void check_taps_and_veths(const char *what, const char *xdp, uint32_t taps)
{
	struct table t = {};

	table_make_net(&t, false, taps);
	nt_xm_must(&t.net.host, "attach p0 xdp %s", xdp);
	table_check_all_rows(&t, what);
}

static void taps_and_veths(void)
{
	check_taps_and_veths("taps p1 v2 b1 s1", "off", TAPS);
}

static void veths_and_taps(void)
{
	check_taps_and_veths("taps p2 v1 b2", "off", ~TAPS);
}

static void taps_xdp_native(void)
{
	check_taps_and_veths("taps, native", "native", TAPS);
}

static void taps_xdp_skb(void)
{
	check_taps_and_veths("taps, skb", "skb", ~TAPS);
}

static void taps_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_taps_and_veths("taps, clsact", "off", TAPS);
}

static const struct nt_case cases[] = {
	{ "peers in namespaces", 60, peers_in_namespaces },
	{ "peers beside the parent", 60, peers_beside_parent },
	{ "peers moved", 90, peers_moved },
	{ "xdp native", 60, xdp_native },
	{ "xdp skb", 60, xdp_skb },
	{ "clsact", 60, with_clsact },
	{ "all taps", 60, all_taps },
	{ "taps and veths", 60, taps_and_veths },
	{ "veths and taps", 60, veths_and_taps },
	{ "taps, xdp native", 60, taps_xdp_native },
	{ "taps, xdp skb", 60, taps_xdp_skb },
	{ "taps, clsact", 60, taps_clsact },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
