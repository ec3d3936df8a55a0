// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernel macvlans and endpoints on one parent: each frame from the wire reaches every receiver of
 * its kind once, both send to the wire, and with `host on` they reach each other.
 */
#include <linux/if_ether.h>

#include "probe.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_ELSE "02:00:00:00:00:77"
#define M_E0   "02:00:00:00:00:10"
#define M_E1   "02:00:00:00:00:11"
#define M_K0   "02:00:00:00:00:20"
#define M_K1   "02:00:00:00:00:21"

/* e0 has host access, e1 does not; k0 and k1 are macvlans, k1 in another namespace */
enum who { WIRE, HOST, E0, E1, K0, K1, WHO_COUNT };

#define BIT(x) (1u << (x))
#define LOCAL  (BIT(HOST) | BIT(E0) | BIT(E1) | BIT(K0) | BIT(K1))

static const char *const names[] = { "wire", "host", "e0", "e1", "k0", "k1" };

static const struct row {
	const char *name;
	enum who from;
	const char *dst, *src;
	uint32_t to;
} rows[] = {
	{ "wire to e0", WIRE, M_E0, NT_WIRE_MAC, BIT(E0) },
	{ "wire to k0", WIRE, M_K0, NT_WIRE_MAC, BIT(K0) },
	{ "wire to k1", WIRE, M_K1, NT_WIRE_MAC, BIT(K1) },
	{ "wire to the host", WIRE, NT_HOST_MAC, NT_WIRE_MAC, BIT(HOST) },
	{ "wire to all", WIRE, M_ALL, NT_WIRE_MAC, LOCAL },
	{ "e0 to wire", E0, NT_WIRE_MAC, M_E0, BIT(WIRE) },
	{ "k0 to wire", K0, NT_WIRE_MAC, M_K0, BIT(WIRE) },
	{ "e1 to k0 (host off)", E1, M_K0, M_E1, BIT(WIRE) },
	{ "k0 to e1 (host off)", K0, M_E1, M_K0, BIT(WIRE) },
	{ "e0 to k0", E0, M_K0, M_E0, BIT(K0) },
	{ "e0 to k1", E0, M_K1, M_E0, BIT(K1) },
	{ "k0 to e0", K0, M_E0, M_K0, BIT(E0) },
	{ "k1 to e0", K1, M_E0, M_K1, BIT(E0) },
	{ "e0 to e1", E0, M_E1, M_E0, BIT(E1) },
	{ "k0 to k1", K0, M_K1, M_K0, BIT(K1) },
	{ "e0 to all", E0, M_ALL, M_E0, BIT(WIRE) | BIT(HOST) | BIT(E1) | BIT(K0) | BIT(K1) },
	{ "e1 to all (host off)", E1, M_ALL, M_E1, BIT(WIRE) | BIT(E0) },
	{ "k0 to all", K0, M_ALL, M_K0, BIT(WIRE) | BIT(E0) | BIT(K1) },
	{ "e0 to the host", E0, NT_HOST_MAC, M_E0, BIT(HOST) },
	{ "host to e0", HOST, M_E0, NT_HOST_MAC, BIT(E0) },
};

static struct nt_net net;
static struct probe_set set;
static int senders[WHO_COUNT];

static void send_sentinels(void *arg, uint64_t id)
{
	(void)arg;
	probe_send(senders[WIRE], M_ALL, M_ELSE, id);
	probe_send(senders[HOST], M_ELSE, NT_HOST_MAC, id);
}

static void add_receiver(enum who who, const struct xmt_ns *ns, const char *dev, uint16_t proto)
{
	probe_add(&set, names[who], ns, dev, proto);
	senders[who] = probe_sender(ns, dev);
}

static void add_macvlan(const char *dev, const char *mac, const struct xmt_ns *ns)
{
	xmt_must("ip -n %s link add %s link p0 address %s netns %s type macvlan mode bridge && "
		 "ip -n %s link set %s addrgenmode none up",
		 net.host.name, dev, mac, ns->name, ns->name, dev);
}

static void make(void)
{
	nt_one_cpu();
	nt_net(&net, 4, 0);
	set.sentinels = send_sentinels;
	add_macvlan("k0", M_K0, &net.peer[2]);
	for (int i = 0; i < 2; i++) {
		nt_xm_must(&net.host, "add e%d link p0 address 02:00:00:00:00:1%d netns %s", i, i,
			   net.peer[i].name);
		xmt_must("ip -n %s link set e%d addrgenmode none up", net.peer[i].name, i);
	}
	nt_wait_net(&net);
}

static void open_all(void)
{
	add_receiver(WIRE, &net.wire, "w0", ETH_P_ALL);
	add_receiver(HOST, &net.host, "p0", ETH_P_IP);
	add_receiver(E0, &net.peer[0], "e0", ETH_P_ALL);
	add_receiver(E1, &net.peer[1], "e1", ETH_P_ALL);
	add_receiver(K0, &net.peer[2], "k0", ETH_P_ALL);
	add_receiver(K1, &net.peer[3], "k1", ETH_P_ALL);
}

static void check_rows(const char *what)
{
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		uint64_t id = probe_next();
		uint32_t got;
		bool twice;

		probe_send(senders[row->from], row->dst, row->src, id);
		got = probe_collect(&set, id, row->to, &twice);
		xmt_check(got == row->to && !twice, "%s: %s: %s%s%s%s", what, row->name,
			  probe_text(&set, row->to), got == row->to ? "" : ", but it reached ",
			  got == row->to ? "" : probe_text(&set, got),
			  twice ? ", one of them twice" : "");
	}
}

/* k1 is made when e0 has host access already: the next command sees it */
static void frames(void)
{
	make();
	nt_xm_must(&net.host, "set e0 host on");
	add_macvlan("k1", M_K1, &net.peer[3]);
	nt_xm_must(&net.host, "set e1 spoofchk on");
	open_all();
	check_rows("frames");
	nt_xm_must(&net.host, "set e0 mode vepa");
	xmt_check(probe_arrives(senders[E0], set.rx[K0].fd, M_K0, M_E0), "vepa: e0 to k0");
	nt_xm_must(&net.host, "set e0 mode bridge");
	xmt_must("ip -n %s link del k1", net.peer[3].name);
	nt_xm_must(&net.host, "set e1 spoofchk on");
	xmt_check(probe_arrives(senders[E0], set.rx[WIRE].fd, M_K1, M_E0),
		  "k1 is deleted: its MAC is on the wire");
	nt_xm_must(&net.host, "set e0 host off");
	xmt_check(probe_arrives(senders[E0], set.rx[WIRE].fd, M_K0, M_E0),
		  "host off: e0 to k0 goes to the wire");
}

static const struct nt_case cases[] = {
	{ "frames", 60, frames },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
