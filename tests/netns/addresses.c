// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Additional addresses of endpoints: who gets which frame in every mode; another macvlan on top,
 * beside that on the kernel's macvlan; limits, refusals, moves
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "refusal.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_ELSE "02:00:00:00:00:77"
#define M_E0   "02:00:00:00:00:10"
#define M_E1   "02:00:00:00:00:11"
#define M_VRRP "00:00:5e:00:01:33"
#define M_LIST "02:00:00:00:00:99" /* listed by e0 in mode source */

enum { WIRE, HOST, E0, E1, V0, COUNT };

struct world {
	struct nt_net net;
	struct probe_set set;
	int send[COUNT];
};

static void world_send_sentinels(void *arg, uint64_t id)
{
	struct world *w = arg;

	probe_send(w->send[WIRE], M_ALL, M_LIST, id);
	probe_send(w->send[HOST], M_ELSE, NT_HOST_MAC, id);
}

static void world_make(struct world *w)
{
	memset(w, 0, sizeof(*w));
	nt_one_cpu();
	nt_net(&w->net, 2, 0);
	w->set.sentinels = world_send_sentinels;
	w->set.arg = w;
	probe_add(&w->set, "wire", &w->net.wire, "w0", ETH_P_ALL);
	probe_add(&w->set, "host", &w->net.host, "p0", ETH_P_IP);
	w->send[WIRE] = probe_sender(&w->net.wire, "w0");
	w->send[HOST] = probe_sender(&w->net.host, "p0");
}

/* The receiver and sender number `i` on a device that is there. */
static void world_use(struct world *w, int i, const char *dev, uint16_t proto)
{
	const struct xmt_ns *ns = &w->net.peer[i == E1];

	xmt_must("ip -n %s link set %s addrgenmode none up", ns->name, dev);
	nt_wait_operstate(&w->net.host);
	probe_add(&w->set, dev, ns, dev, proto);
	w->send[i] = probe_sender(ns, dev);
}

static void world_add_endpoint(struct world *w, int i, const char *dev, const char *options)
{
	nt_xm_must(&w->net.host, "add %s link p0 netns %s %s", dev, w->net.peer[i - E0].name,
		   options);
	world_use(w, i, dev, ETH_P_ALL);
}

static uint32_t world_reach(struct world *w, int from, const char *dst, const char *src,
			    uint32_t expected)
{
	uint64_t id = probe_next();
	uint32_t got;
	bool twice;

	probe_send(w->send[from], dst, src, id);
	got = probe_collect(&w->set, id, expected, &twice);
	xmt_check(!twice, "%s from %s: once", dst, src);
	return got;
}

#define BIT(x) (1u << (x))

static void check_reach(struct world *w, const char *what, int from, const char *dst,
			const char *src, uint32_t to)
{
	uint32_t got = world_reach(w, from, dst, src, to);

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

static void check_mode(struct world *w, const struct mode *m)
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

static void check_without(struct world *w, const char *what)
{
	check_reach(w, what, WIRE, M_VRRP, NT_WIRE_MAC, BIT(HOST));
	check_reach(w, what, E0, NT_WIRE_MAC, M_VRRP, 0);
	check_reach(w, what, E0, NT_WIRE_MAC, M_E0, BIT(WIRE));
}

static void run_mode(const struct mode *m)
{
	struct world w;
	char options[128];

	world_make(&w);
	snprintf(options, sizeof(options), "address " M_E0 " host on %s", m->options);
	world_add_endpoint(&w, E0, "e0", options);
	world_add_endpoint(&w, E1, "e1", "address " M_E1);
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
	struct world w;

	world_make(&w);
	world_add_endpoint(&w, E0, "e0", "mode passthru spoofchk on");
	check_reach(&w, "before", E0, NT_WIRE_MAC, M_VRRP, 0);
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	check_reach(&w, "passthru", E0, NT_WIRE_MAC, M_VRRP, BIT(WIRE));
	check_reach(&w, "passthru", E0, NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE));
	check_reach(&w, "passthru", WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0));
	xmt_check(!xmt_run("bridge -n %s fdb show dev p0 | grep -q " M_VRRP, w.net.host.name),
		  "passthru: the parent's filter has the address");
	nt_xm_must(&w.net.host, "set e0 address del " M_VRRP);
	check_reach(&w, "afterwards", E0, NT_WIRE_MAC, M_VRRP, 0);
}

static void xdp(void)
{
	struct world w;

	world_make(&w);
	nt_xm_must(&w.net.host, "attach p0 xdp skb guard on");
	world_add_endpoint(&w, E0, "e0", "address " M_E0);
	world_add_endpoint(&w, E1, "e1", "address " M_E1);
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

static void nested_run(struct world *w, uint32_t ret[NESTED_ROWS])
{
	/* E0 and E1 without what an rx_handler takes */
	world_use(w, E0, "m0", ETH_P_IP);
	world_use(w, E1, "m1", ETH_P_IP);
	xmt_must("ip -n %s link add v0 link m0 address " M_VRRP " type macvlan mode bridge",
		 w->net.peer[0].name);
	world_use(w, V0, "v0", ETH_P_IP);
	for (size_t i = 0; i < NESTED_ROWS; i++) {
		const struct nested_row *row = &nested_rows[i];

		ret[i] = world_reach(w, row->from, row->dst, row->src, 0) & ~row->ignore;
	}
}

/* The devices of the kernel's macvlan go, and the receivers on them */
static void nested_clear(struct world *w)
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
	struct world w;

	world_make(&w);
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
	struct world w;

	world_make(&w);
	world_add_endpoint(&w, E0, "e0", "address " M_E0);
	world_add_endpoint(&w, E1, "e1", "address " M_E1);
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

static void check_set(int want, const char *text, const char *line)
{
	int code = nt_xm(&refusal_net.host, "%s", line);

	refusal_check(line, code, want, text, NULL);
	refusal_check_unchanged(line);
}

static void refusals(void)
{
	refusal_make_net();
	for (unsigned int i = 1; i < XM_MAX_ADDRESSES; i++)
		nt_xm_must(&refusal_net.host, "set e0 address add 02:00:00:00:02:%02x", i);
	nt_xm_must(&refusal_net.host, "set e0 address add " M_VRRP);
	refusal_save_state();
	check_set(2, "8 additional addresses, which is the limit",
		  "set e0 address add 02:00:00:00:02:77");
	check_set(2, "has the additional address " M_VRRP " already", "set e0 address add " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "set s0 address add " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "set s0 address " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "set e0 address " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "add e2 link p0 address " M_VRRP);
	check_set(2, "that of the endpoint e0", "set s0 address add 02:00:00:00:00:10");
	check_set(2, "that of the endpoint s0", "set s0 address add 02:00:00:00:00:11");
	check_set(2, "that of the parent p0", "set s0 address add " NT_HOST_MAC);
	check_set(2, "no additional address " M_ELSE, "set e0 address del " M_ELSE);
	check_set(2, "no additional address 02:00:00:00:00:10",
		  "set e0 address del 02:00:00:00:00:10");
	check_set(1, "multicast", "set e0 address add " M_ALL);
	check_set(1, "multicast", "set e0 address add 01:00:5e:00:00:01");
	check_set(1, "zero", "set e0 address del 00:00:00:00:00:00");
	check_set(1, "needs a value", "set e0 address add");
	check_set(1, "'set NAME address add MAC'", "add e2 link p0 address add " M_ELSE);
	nt_xm_must(&refusal_net.host, "del e0");
	nt_xm_must(&refusal_net.host, "set s0 address add " M_VRRP);
	nt_xm_must(&refusal_net.host, "detach p0 force");
	xmt_check(xmt_run("bridge -n %s fdb show dev p0 | grep -q 02:00:00:00:02",
			  refusal_net.host.name),
		  "nothing is left in the parent's filter");
}

/* Who has an address must exist: an endpoint whose namespace has ended does not */
static void ended(void)
{
	struct nt_net net;

	nt_net(&net, 2, 0);
	nt_xm_must(&net.host, "add e1 link p0 netns %s", net.peer[1].name);
	for (int i = 0; i < 5; i++) {
		xmt_must("ip netns add %s-x", net.peer[0].name);
		nt_xm_must(&net.host, "add e0 link p0 netns %s-x", net.peer[0].name);
		nt_xm_must(&net.host, "set e0 address add " M_VRRP);
		xmt_must("ip netns del %s-x", net.peer[0].name);
		xmt_check(!nt_xm(&net.host, "set e1 address add " M_VRRP), "ended: %s",
			  xmt_output());
		nt_xm_must(&net.host, "set e1 address del " M_VRRP);
	}
}

/* A bridge takes no filter entries for it: it is promiscuous, with passthru too */
static void bridge(void)
{
	struct world w;

	world_make(&w);
	xmt_must("ip -n %s link add br0 address 02:00:00:00:00:03 type bridge && "
		 "ip -n %s link set p0 master br0 && ip -n %s link set br0 up && "
		 "ip -n %s link set p0 up",
		 w.net.host.name, w.net.host.name, w.net.host.name, w.net.host.name);
	nt_xm_must(&w.net.host, "add e0 link br0 mode passthru nopromisc netns %s",
		   w.net.peer[0].name);
	world_use(&w, E0, "e0", ETH_P_ALL);
	w.set.rx[HOST].off = true; /* a port of a bridge passes nothing to its own stack */
	xmt_check(xmt_run("ip -n %s link show br0 | grep -q PROMISC", w.net.host.name),
		  "passthru nopromisc on a bridge");
	nt_xm_must(&w.net.host, "set e0 address add " M_VRRP);
	xmt_check(!xmt_run("ip -n %s link show br0 | grep -q PROMISC", w.net.host.name),
		  "with an additional address it is promiscuous");
	xmt_check(world_reach(&w, WIRE, M_VRRP, NT_WIRE_MAC, BIT(E0)) & BIT(E0), "it is reached");
	nt_xm_must(&w.net.host, "set e0 address del " M_VRRP);
	xmt_check(xmt_run("ip -n %s link show br0 | grep -q PROMISC", w.net.host.name),
		  "and not without");
}

/* Without the records mac_table says what is in the parent's filter */
static void force(void)
{
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s", net.peer[0].name);
	nt_xm_must(&net.host, "set e0 address add " M_VRRP);
	xmt_must("rm /sys/fs/bpf/xmacvlan/*/endpoints");
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(xmt_run("bridge -n %s fdb show dev p0 | grep -q " M_VRRP, net.host.name),
		  "nothing is left in the parent's filter");
}

/* What `show` prints, in text and JSON; what is kept by an upgrade and a restart of all programs */
static void shown(void)
{
	json_t *doc, *list;
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s", net.peer[0].name);
	nt_xm_must(&net.host, "set e0 mode vepa bclim 2 address add " M_VRRP);
	nt_xm_must(&net.host, "-b - <<END\nset e0 address add " M_ELSE
			      "\nset e0 address del " M_ELSE "\nset e0 addr add 2:0:0:0:0:78\nEND");
	nt_xm_must(&net.host, "upgrade");
	nt_xm_must(&net.host, "show e0");
	xmt_check(!!strstr(xmt_output(), " addresses own (2) " M_VRRP " 02:00:00:00:00:78"),
		  "show: %s", xmt_output());
	doc = nt_xm_json(&net.host, "show e0");
	list = json_object_get(json_array_get(doc, 0), "addresses");
	xmt_check(json_array_size(list) == 2 &&
			  !strcmp(json_string_value(json_array_get(list, 0)), M_VRRP),
		  "show -j: addresses");
	json_decref(doc);
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
	struct world w;
	const char *in0;

	world_make(&w);
	world_add_endpoint(&w, E0, "e0", "addresses follow address " M_E0);
	world_add_endpoint(&w, E1, "e1", "address " M_E1);
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
	struct world w;
	json_t *doc;
	size_t n;

	world_make(&w);
	world_add_endpoint(&w, E0, "e0", "addresses follow address " M_E0);
	world_add_endpoint(&w, E1, "e1", "address " M_E1);
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
	xmt_check(n == XM_MAX_ADDRESSES, "101 in the list of e0: %zu are followed", n);
	nt_xm_must(&w.net.host, "del e0");
	xmt_check(xmt_run("bridge -n %s fdb show dev p0 | grep -q 02:00:00:00:03", w.net.host.name),
		  "nothing is left in the parent's filter");
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "private", 60, mode_private },
		{ "vepa", 60, mode_vepa },
		{ "bridge", 60, mode_bridge },
		{ "source", 60, mode_source },
		{ "passthru", 60, mode_passthru },
		{ "xdp", 60, xdp },
		{ "nested", 60, nested },
		{ "vrrp", 60, vrrp },
		{ "follow sync", 60, follow_sync },
		{ "follow limit", 60, follow_limit },
		{ "ended", 60, ended },
		{ "bridge parent", 60, bridge },
		{ "force", 60, force },
		{ "refusals", 60, refusals },
		{ "show", 60, shown },
	};

	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
