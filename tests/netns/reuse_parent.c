// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Another device gets the ifindex of a deleted parent. It receives no frame of the endpoints, is
 * not taken for a parent, and no command changes it.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "leftovers.h"
#include "pkt.h"
#include "reuse_fixture.h"

#define net reuse_net
#define tx  reuse_tx

#define M_P9 "06:00:00:00:00:90"
#define M_W9 "06:00:00:00:00:91"

/* Deletes p0 and adds p9 with its ifindex, and with the flags and filter entries that p0 had. */
static void replace_parent(void)
{
	unsigned int ifindex = xmt_ifindex(&net.host, "p0");
	const char *host = net.host.name;
	const struct device pair[] = { { &net.host, "p9" }, { &net.wire, "w9" } };

	xmt_pkt_close(tx, SENDERS);
	xmt_must("ip -n %s link del p0", host);
	xmt_must("ip -n %s link add p9 index %u address " M_P9 " type veth peer name w9 "
		 "address " M_W9 " netns %s",
		 host, ifindex, net.wire.name);
	xmt_must("ip -n %s link set p9 addrgenmode none allmulticast on promisc on up && "
		 "ip -n %s link set w9 addrgenmode none up && "
		 "bridge -n %s fdb add " M_OLD " dev p9 self permanent",
		 host, net.wire.name, host);
	reuse_save_devices(pair, 2);
}

/* Frames to and from the endpoints of the deleted parent */
static void check_orphans(const char *when)
{
	enum { W9 = 1, P9 = 2, E0 = 4, E1 = 8 };
	static const struct reuse_row rows[] = {
		{ "wire to an orphan", TX_WIRE, M_OLD, M_W9, P9 },
		{ "wire to all", TX_WIRE, M_ALL, M_W9, P9 },
		{ "host to an orphan", TX_HOST, M_OLD, M_P9, W9 },
		{ "host to all", TX_HOST, M_ALL, M_P9, W9 },
		{ "orphan to its sibling", TX_E0, M_E1, M_OLD, 0 },
		{ "orphan to all", TX_E0, M_ALL, M_OLD, 0 },
		{ "orphan to the wire", TX_E0, M_W9, M_OLD, 0 },
		{ "orphan to the host", TX_E0, M_P9, M_OLD, 0 },
		{ "orphan to the former host", TX_E0, NT_HOST_MAC, M_OLD, 0 },
	};
	char end[2][16];
	const int on = 1;

	for (unsigned int i = 0; i < 2; i++) {
		snprintf(end[i], sizeof(end[i]), "xm%x-%x", xmt_ifindex(&net.host, "p9"), i + 1);
		tx[TX_F0 + i] = probe_sender(&net.host, end[i]);
		/* past endpoint_tx, which drops what the host sends on a host end */
		if (setsockopt(tx[TX_F0 + i], SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
			xmt_die("PACKET_QDISC_BYPASS");
		tx[TX_E0 + i] = probe_sender(&net.peer[i], i ? "e1" : "e0");
	}
	tx[TX_WIRE] = probe_sender(&net.wire, "w9");
	tx[TX_HOST] = probe_sender(&net.host, "p9");
	/* frames at a host end have been handled when a later frame is received there */
	reuse_flush = (struct flush){ tx[TX_E0], -1, M_ELSE, M_ELSE };
	reuse_flush.rx = xmt_pkt_open(&net.host, xmt_ifindex(&net.host, end[0]), ETH_P_ALL);
	reuse_add_receiver("w9", &net.wire, "w9", ETH_P_ALL,
			   (struct sentinel){ TX_HOST, M_W9, M_P9 });
	reuse_add_receiver("p9", &net.host, "p9", ETH_P_ALL,
			   (struct sentinel){ TX_WIRE, M_P9, M_W9 });
	reuse_add_receiver("e0", &net.peer[0], "e0", ETH_P_ALL,
			   (struct sentinel){ TX_F0, M_OLD, M_ELSE });
	reuse_add_receiver("e1", &net.peer[1], "e1", ETH_P_ALL,
			   (struct sentinel){ TX_F1, M_E1, M_ELSE });
	reuse_check_rows(when, rows, sizeof(rows) / sizeof(rows[0]));
	reuse_close_receivers();
	xmt_pkt_close(tx, SENDERS);
	xmt_pkt_close(&reuse_flush.rx, 1);
}

static void check_replaced_parent(const char *attach)
{
	reuse_make_net(attach);
	reuse_add_endpoint("e0", 0, M_OLD, "host on");
	reuse_add_endpoint("e1", 1, M_E1, "host on");
	replace_parent();
	check_orphans("parent deleted");
	xmt_check(!reuse_shown_endpoints(), "no endpoint is shown");
	reuse_check_devices("sync");
	xmt_check(!leftovers_pins() && !leftovers_host_ends(&net.host),
		  "no pin and no host end is left");
	nt_xm_must(&net.host, "add e0 link p9 address " M_ELSE " netns %s", net.peer[0].name);
	xmt_check(reuse_shown_endpoints() == 1 && !nt_xm(&net.host, "del e0"),
		  "p9 can be a parent");
	reuse_check_devices("p9 as a parent");
	xmt_check(!leftovers_pins() && !leftovers_host_ends(&net.host),
		  "after del nothing is left");
}

static void parent_replaced(void)
{
	check_replaced_parent("xdp off");
}

static void parent_replaced_skb(void)
{
	check_replaced_parent("xdp skb");
}

/*
 * The first command after the parent was replaced finds its pins; with a bridge or passthru
 * endpoint
 */
static void first_commands_after_parent(void)
{
	static const struct {
		const char *line;
		int code;
	} rows[] = {
		{ "sync", 0 },
		{ "del e0", 2 },
		{ "set e0 host on", 2 },
		{ "add n0 link p9", 0 },
		{ "attach p9", 0 },
		{ "detach p9", 2 },
		{ "detach p9 force", 2 },
	};
	int code;

	for (unsigned int i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		if (!i)
			reuse_make_net(NULL);
		else
			xmt_veth(&net.wire, "w0", NT_WIRE_MAC, &net.host, "p0", NT_HOST_MAC);
		nt_xm_must(&net.host, "add e0 link p0 netns %s %s", net.peer[0].name,
			   i & 1 ? "mode passthru" : "address " M_OLD);
		if (i & 1)
			nt_xm_must(&net.host, "set e0 address " M_ELSE);
		replace_parent();
		code = nt_xm(&net.host, "%s", rows[i / 2].line);
		xmt_check(code == rows[i / 2].code, "%s: code %d, %s", rows[i / 2].line, code,
			  xmt_output());
		nt_xm(&net.host, "detach p9 force");
		reuse_check_devices(rows[i / 2].line);
		xmt_check(!leftovers_pins() && !leftovers_host_ends(&net.host) &&
				  !nt_exists(&net.peer[0], "e0"),
			  "nothing is left");
		xmt_must("ip -n %s link del p9", net.host.name);
	}
}

static const struct nt_case cases[] = {
	{ "parent replaced", 40, parent_replaced },
	{ "parent replaced, skb", 40, parent_replaced_skb },
	{ "parent replaced, first commands", 60, first_commands_after_parent },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
