// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The receivers of each frame with mode passthru, as docs/macvlan-behaviour.md has them: its peer
 * end in a namespace and beside the parent, TC and XDP. table.c: the other modes.
 */
#include <linux/if_ether.h>

#include "probe.h"

#define BIT(x) (1u << (x))
#define M_ELSE "02:00:00:00:00:77" /* of no device */
#define M_ALL  "ff:ff:ff:ff:ff:ff"

struct passthru {
	struct nt_net net;
	struct probe_set set;
	int wire, host, ep;
};

enum { WIRE, HOST, ENDPOINT };

static void passthru_send_sentinels(void *arg, uint64_t id)
{
	struct passthru *p = arg;

	probe_send(p->wire, M_ALL, M_ELSE, id);
	probe_send(p->host, M_ELSE, NT_HOST_MAC, id);
}

static const struct row {
	const char *name;
	unsigned int from; /* the sender */
	const char *dst, *src;
	uint32_t to;
} rows[] = {
	{ "unicast from the wire to the parent's MAC", WIRE, NT_HOST_MAC, NT_WIRE_MAC,
	  BIT(ENDPOINT) },
	{ "unicast from the wire to another MAC", WIRE, M_ELSE, NT_WIRE_MAC, BIT(ENDPOINT) },
	{ "broadcast from the wire", WIRE, M_ALL, NT_WIRE_MAC, BIT(ENDPOINT) | BIT(HOST) },
	{ "its own broadcast, reflected", WIRE, M_ALL, NT_HOST_MAC, BIT(ENDPOINT) },
	{ "unicast by the endpoint", ENDPOINT, NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE) },
	{ "unicast by the endpoint, another source", ENDPOINT, NT_WIRE_MAC, M_ELSE, BIT(WIRE) },
	{ "broadcast by the endpoint", ENDPOINT, M_ALL, NT_HOST_MAC, BIT(WIRE) },
	{ "broadcast by the host", HOST, M_ALL, NT_HOST_MAC, BIT(WIRE) },
	{ "unicast by the host", HOST, NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE) },
};

static void check_passthru(const char *what, bool beside, const char *xdp)
{
	struct passthru p = {};
	const struct xmt_ns *at;

	nt_one_cpu();
	nt_net(&p.net, 1, 0);
	at = beside ? &p.net.host : &p.net.peer[0];
	nt_xm_must(&p.net.host, "attach p0 xdp %s", xdp);
	nt_xm_must(&p.net.host, "add e0 link p0 netns %s mode passthru", at->name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", at->name);
	nt_wait_net(&p.net);
	p.set.sentinels = passthru_send_sentinels;
	p.set.arg = &p;
	probe_add(&p.set, "wire", &p.net.wire, "w0", ETH_P_ALL);
	probe_add(&p.set, "host", &p.net.host, "p0", ETH_P_IP);
	probe_add(&p.set, "endpoint", at, "e0", ETH_P_ALL);
	p.wire = probe_sender(&p.net.wire, "w0");
	p.host = probe_sender(&p.net.host, "p0");
	p.ep = probe_sender(at, "e0");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		int fd = row->from == WIRE ? p.wire : row->from == HOST ? p.host : p.ep;
		uint64_t id = probe_next();
		bool twice;
		uint32_t got;

		probe_send(fd, row->dst, row->src, id);
		got = probe_collect(&p.set, id, row->to, &twice);
		xmt_check(got == row->to && !twice, "passthru %s: %s -> %s%s%s", what, row->name,
			  probe_text(&p.set, row->to), got == row->to ? "" : ", but it reached ",
			  got == row->to ? "" : probe_text(&p.set, got));
	}
	probe_close(&p.set);
}

static void passthru_netns(void)
{
	check_passthru("netns", false, "off");
}

static void passthru_beside(void)
{
	check_passthru("beside", true, "off");
}

static void passthru_native(void)
{
	check_passthru("native", false, "native");
}

static const struct nt_case cases[] = {
	{ "passthru in a namespace", 30, passthru_netns },
	{ "passthru beside the parent", 30, passthru_beside },
	{ "passthru with native xdp", 30, passthru_native },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
