// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A VLAN device on the parent owns the frames of its VID. The same rows run with the kernel's
 * macvlan and with xmacvlan, where the VLAN device is added before and after the attach.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "probe.h"

enum who { WIRE, HOST, VLAN, E0, E1, WHO_COUNT };

#define BIT(x) (1u << (x))
#define M_E0   "02:00:00:00:00:10"
#define M_E1   "02:00:00:00:00:11"
#define M_ELSE "02:00:00:00:00:77"
#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define VID    100
#define OTHER  101
#define ALL    (BIT(HOST) | BIT(E0) | BIT(E1))

/* HOST is a socket for IPv4 on p0. It also sees frames of a VID that no VLAN device owns. */
static const struct row {
	const char *name;
	enum who from;
	const char *dst, *src;
	uint16_t vid;
	uint32_t with_vlan, without_vlan; /* receivers, with and without the VLAN device */
} rows[] = {
	{ "owned VID, to e0", WIRE, M_E0, NT_WIRE_MAC, VID, BIT(VLAN), BIT(E0) },
	{ "owned VID, to the parent", WIRE, NT_HOST_MAC, NT_WIRE_MAC, VID, BIT(VLAN), BIT(HOST) },
	{ "owned VID, broadcast", WIRE, M_ALL, NT_WIRE_MAC, VID, BIT(VLAN), ALL },
	{ "other VID, to e0", WIRE, M_E0, NT_WIRE_MAC, OTHER, BIT(E0), BIT(E0) },
	{ "other VID, broadcast", WIRE, M_ALL, NT_WIRE_MAC, OTHER, ALL, ALL },
	{ "no tag, to e0", WIRE, M_E0, NT_WIRE_MAC, 0, BIT(E0), BIT(E0) },
	{ "no tag, broadcast", WIRE, M_ALL, NT_WIRE_MAC, 0, ALL, ALL },
	{ "owned VID, e0 to e1", E0, M_E1, M_E0, VID, BIT(VLAN), BIT(E1) },
	{ "other VID, e0 to e1", E0, M_E1, M_E0, OTHER, BIT(E1), BIT(E1) },
	{ "owned VID, e0 to the wire", E0, NT_WIRE_MAC, M_E0, VID, BIT(WIRE), BIT(WIRE) },
	{ "owned VID, e0 broadcasts", E0, M_ALL, M_E0, VID, BIT(WIRE) | BIT(E1),
	  BIT(WIRE) | BIT(E1) },
};

struct net {
	struct nt_net nt;
	struct probe_set set;
	int send[WHO_COUNT];
};

static void send_tagged(int fd, const char *dst, const char *src, uint16_t vid, uint64_t id)
{
	uint16_t tag[2] = { htons(ETH_P_8021Q), htons(vid) };
	uint8_t frame[104];
	int err;

	probe_frame(frame, 100, dst, src, id);
	if (vid) {
		memmove(frame + 16, frame + 12, 88);
		memcpy(frame + 12, tag, 4);
	}
	err = xmt_pkt_send(fd, frame, vid ? 104 : 100);
	if (err)
		xmt_die("send to %s: %s", dst, strerror(-err));
}

static void send_sentinels(void *arg, uint64_t id)
{
	struct net *n = arg;

	send_tagged(n->send[WIRE], M_ALL, M_ELSE, 0, id);
	if (!n->set.rx[VLAN].off)
		send_tagged(n->send[WIRE], M_ALL, M_ELSE, VID, id);
	send_tagged(n->send[HOST], M_ELSE, NT_HOST_MAC, 0, id);
}

static void open_sockets(struct net *n)
{
	const struct xmt_ns *host = &n->nt.host;

	n->set.sentinels = send_sentinels;
	n->set.arg = n;
	probe_add(&n->set, "wire", &n->nt.wire, "w0", ETH_P_ALL);
	probe_add(&n->set, "host", host, "p0", ETH_P_IP);
	if (xmt_ifindex(host, "vlan"))
		probe_add(&n->set, "vlan", host, "vlan", ETH_P_ALL);
	else
		n->set.rx[n->set.n++] = (struct probe_rx){ .name = "vlan", .fd = -1, .off = true };
	probe_add(&n->set, "e0", &n->nt.peer[0], "e0", ETH_P_ALL);
	probe_add(&n->set, "e1", &n->nt.peer[1], "e1", ETH_P_ALL);
	n->send[WIRE] = probe_sender(&n->nt.wire, "w0");
	n->send[HOST] = probe_sender(host, "p0");
	n->send[E0] = probe_sender(&n->nt.peer[0], "e0");
}

static void close_sockets(struct net *n)
{
	int fds[] = { n->send[WIRE], n->send[HOST], n->send[E0] };

	probe_close(&n->set);
	xmt_pkt_close(fds, 3);
}

static void run_rows(struct net *n, const char *what)
{
	bool vlan = xmt_ifindex(&n->nt.host, "vlan"), twice;

	open_sockets(n);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		uint32_t want = vlan ? r->with_vlan : r->without_vlan, got;
		uint64_t id = probe_next();

		send_tagged(n->send[r->from], r->dst, r->src, r->vid, id);
		got = probe_collect(&n->set, id, want, &twice);
		xmt_check(got == want && !twice, "%s: %s -> %s%s%s", what, r->name,
			  probe_text(&n->set, want), got == want ? "" : ", but it reached ",
			  got == want ? "" : probe_text(&n->set, got));
	}
	close_sockets(n);
}

static void make_net(struct net *n)
{
	memset(n, 0, sizeof(*n));
	nt_one_cpu();
	nt_net(&n->nt, 2, 0);
	if (!xmt_run("ip -n %s link add link p0 name probe type vlan id 9", n->nt.host.name))
		xmt_must("ip -n %s link del probe", n->nt.host.name);
	else
		xmt_die("cannot add VLAN devices: %s", xmt_output());
}

static void add_vlan(struct net *n)
{
	xmt_must("ip -n %s link add link p0 name vlan type vlan id %u && "
		 "ip -n %s link set vlan addrgenmode none up",
		 n->nt.host.name, VID, n->nt.host.name);
}

static void set_endpoints_up(struct net *n)
{
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link set e%d addrgenmode none up", n->nt.peer[i].name, i);
	nt_wait_operstate(&n->nt.host);
}

static void add_endpoints(struct net *n)
{
	nt_xm_must(&n->nt.host, "add e0 link p0 address " M_E0 " netns %s", n->nt.peer[0].name);
	nt_xm_must(&n->nt.host, "add e1 link p0 address " M_E1 " netns %s", n->nt.peer[1].name);
	set_endpoints_up(n);
}

static void test_macvlan(void)
{
	static const char *const macs[] = { M_E0, M_E1 };
	struct net n;

	make_net(&n);
	add_vlan(&n);
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link add e%d link p0 address %s netns %s "
			 "type macvlan mode bridge",
			 n.nt.host.name, i, macs[i], n.nt.peer[i].name);
	set_endpoints_up(&n);
	run_rows(&n, "macvlan");
}

static void test_vlan_before_attach(void)
{
	struct net n;

	make_net(&n);
	add_vlan(&n);
	add_endpoints(&n);
	run_rows(&n, "VLAN device added before the attach");
}

static void test_vlan_after_attach(void)
{
	struct net n;

	make_net(&n);
	add_endpoints(&n);
	run_rows(&n, "no VLAN device");
	add_vlan(&n);
	nt_xm_must(&n.nt.host, "sync");
	run_rows(&n, "VLAN device added after the attach, then sync");
	xmt_must("ip -n %s link del vlan", n.nt.host.name);
	nt_xm_must(&n.nt.host, "sync");
	run_rows(&n, "VLAN device deleted, then sync");
}

static const struct nt_case cases[] = {
	{ "macvlan", 60, test_macvlan },
	{ "vlan-before-attach", 60, test_vlan_before_attach },
	{ "vlan-after-attach", 90, test_vlan_after_attach },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
