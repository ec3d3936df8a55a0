// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reused numbers. Unrelated devices get the ifindexes of a former endpoint: its device was deleted
 * and its record exists, or the endpoint was deleted. Another endpoint gets its slot while a hint
 * is out of date. No unrelated device receives a frame or
 * is taken for an endpoint, and no command changes it.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../../include/mac.h"
#include "reuse_fixture.h"
#include "leftovers.h"
#include "pkt.h"

#define net reuse_net
#define tx  reuse_tx

static void save_pair(void)
{
	const struct device pair[] = { { &net.host, "f0" }, { &net.peer[0], "f1" } };

	reuse_save_devices(pair, 2);
}

/* The flush frame is sent by the wire to e1 */
static void flush_by_e1(void)
{
	tx[TX_E1] = probe_sender(&net.peer[1], "e1");
	reuse_flush = (struct flush){ tx[TX_WIRE], -1, M_E1, NT_WIRE_MAC };
	reuse_flush.rx = xmt_pkt_open(&net.peer[1], xmt_ifindex(&net.peer[1], "e1"), ETH_P_ALL);
}

/* Frames to and from the former endpoint e0, whose ifindexes f0 and f1 have */
static void check_frames(const char *when)
{
	enum { WIRE = 1, HOST = 2, E1 = 4, F0 = 8, F1 = 16 };
	static const struct reuse_row rows[] = {
		{ "wire to the old MAC", TX_WIRE, M_OLD, NT_WIRE_MAC, HOST },
		{ "wire to all", TX_WIRE, M_ALL, NT_WIRE_MAC, HOST | E1 },
		{ "host to the old MAC", TX_HOST, M_OLD, NT_HOST_MAC, WIRE },
		{ "host to all", TX_HOST, M_ALL, NT_HOST_MAC, WIRE | E1 },
		{ "sibling to the old MAC", TX_E1, M_OLD, M_E1, WIRE },
		{ "sibling to all", TX_E1, M_ALL, M_E1, WIRE | HOST },
		{ "f1, from the old MAC, to a sibling", TX_F1, M_E1, M_OLD, F0 },
		{ "f1, from the old MAC, to all", TX_F1, M_ALL, M_OLD, F0 },
		{ "f1, from the old MAC, to the host", TX_F1, NT_HOST_MAC, M_OLD, F0 },
		{ "f1, from the old MAC, to the wire", TX_F1, NT_WIRE_MAC, M_OLD, F0 },
		{ "f0, from the old MAC, to a sibling", TX_F0, M_E1, M_OLD, F1 },
	};

	flush_by_e1();
	reuse_add_receiver("w0", &net.wire, "w0", ETH_P_ALL,
			   (struct sentinel){ TX_E1, NT_WIRE_MAC, M_E1 });
	reuse_add_receiver("p0", &net.host, "p0", ETH_P_IP,
			   (struct sentinel){ TX_WIRE, NT_HOST_MAC, NT_WIRE_MAC });
	reuse_add_receiver("e1", &net.peer[1], "e1", ETH_P_ALL,
			   (struct sentinel){ TX_WIRE, M_E1, NT_WIRE_MAC });
	reuse_add_receiver("f0", &net.host, "f0", ETH_P_ALL,
			   (struct sentinel){ TX_F1, M_F0, M_F1 });
	reuse_add_receiver("f1", &net.peer[0], "f1", ETH_P_ALL,
			   (struct sentinel){ TX_F0, M_F1, M_F0 });
	reuse_check_rows(when, rows, sizeof(rows) / sizeof(rows[0]));
	reuse_close_receivers();
	xmt_pkt_close(&tx[TX_E1], 1);
	xmt_pkt_close(&reuse_flush.rx, 1);
}

static void check_reused_ifindexes(const char *attach, bool device_only)
{
	struct veth_pair p;

	reuse_make_net(attach);
	reuse_add_endpoint("e0", 0, M_OLD, "host on");
	reuse_add_endpoint("e1", 1, M_E1, "host on");
	p = reuse_pair_of("e0", &net.peer[0]);
	if (device_only)
		xmt_must("ip -n %s link del e0", net.peer[0].name);
	else
		nt_xm_must(&net.host, "del e0");
	reuse_add_pair(p);
	save_pair();
	check_frames(device_only ? "device deleted" : "endpoint deleted");
	xmt_check(reuse_shown_endpoints() == 1, "one endpoint is shown");
	reuse_check_devices("sync");
	check_frames("after sync");
	reuse_check_end("reused ifindexes");
}

static void device_deleted(void)
{
	check_reused_ifindexes("xdp off", true);
}

static void device_deleted_skb(void)
{
	check_reused_ifindexes("xdp skb", true);
}

static void endpoint_deleted(void)
{
	check_reused_ifindexes("xdp off", false);
}

static void endpoint_deleted_skb(void)
{
	check_reused_ifindexes("xdp skb", false);
}

/* The first command after the ifindexes were reused finds the record of e0 */
static void first_commands(void)
{
	static const struct {
		const char *line;
		int code;
		unsigned int shown;
	} rows[] = {
		{ "set e0 address 02:00:00:00:00:99", 2, 1 },
		{ "set e0 mode vepa host off", 2, 1 },
		{ "del e0", 2, 1 },
		{ "add e2 link p0 address " M_OLD, 0, 2 },
		{ "add e0 link p0 address " M_OLD " host on", 0, 2 },
		{ "attach p0 xdp native", 0, 1 },
		{ "detach p0 force", 0, 0 },
	};
	int code;

	reuse_make_net(NULL);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reuse_add_endpoint("e0", 0, M_OLD, "host on");
		reuse_add_endpoint("e1", 1, M_E1, "");
		struct veth_pair p = reuse_pair_of("e0", &net.peer[0]);
		xmt_must("ip -n %s link del e0", net.peer[0].name);
		reuse_add_pair(p);
		save_pair();
		code = nt_xm(&net.host, "%s", rows[i].line);
		xmt_check(code == rows[i].code && reuse_shown_endpoints() == rows[i].shown,
			  "%s: code %d, %s", rows[i].line, code, xmt_output());
		reuse_check_devices(rows[i].line);
		xmt_pkt_close(&tx[TX_F0], 2);
		nt_xm(&net.host, "detach p0 force");
		xmt_must("ip -n %s link del f0", net.host.name);
	}
	reuse_check_end("commands");
}

/* A device with the ifindex of the host end becomes a parent while the record of e0 exists */
static void reused_device_as_parent(void)
{
	struct veth_pair p;

	reuse_make_net(NULL);
	reuse_add_endpoint("e0", 0, M_OLD, "host on");
	reuse_add_endpoint("e1", 1, M_E1, "");
	p = reuse_pair_of("e0", &net.peer[0]);
	xmt_must("ip -n %s link del e0", net.peer[0].name);
	reuse_add_pair(p);
	nt_xm_must(&net.host, "add y0 link f0 address " M_OLD " netns %s", net.peer[2].name);
	xmt_must("ip -n %s link set y0 up", net.peer[2].name);
	reuse_flush.rx = xmt_pkt_open(&net.peer[2], xmt_ifindex(&net.peer[2], "y0"), ETH_P_ALL);
	xmt_check(probe_arrives(tx[TX_F1], reuse_flush.rx, M_OLD, M_F1),
		  "an endpoint of f0 receives");
	xmt_check(reuse_shown_endpoints() == 2, "two endpoints are shown, one of each parent");
	nt_xm_must(&net.host, "del y0");
	reuse_check_end("device as parent");
}

/* Finds an address with the same hint as `mac` */
static void find_twin(const char *mac, char ret[18])
{
	uint8_t first[6], other[6] = { 0x02, 0x55 };
	uint32_t hint;

	xmt_mac_parse(mac, first);
	hint = xm_mac_hint(xm_mac_bits(first));
	for (uint32_t i = 1; i < 1u << 24; i++) {
		memcpy(other + 2, &i, 4);
		if (xm_mac_hint(xm_mac_bits(other)) != hint)
			continue;
		snprintf(ret, 18, "%s", xmt_mac_text(other));
		return;
	}
	xmt_die("no address with the hint of %s", mac);
}

/*
 * Checks a frame to `mac` from the wire and from a sibling. The device receives both if `mac` is
 * its MAC; else the host receives the first and the wire the second.
 */
static void check_hint(const char *what, const char *mac, const char *dev, unsigned int peer,
		       const char *devs_mac)
{
	uint32_t wire, host, device = 0;

	wire = reuse_add_receiver("w0", &net.wire, "w0", ETH_P_ALL,
				  (struct sentinel){ TX_E1, NT_WIRE_MAC, M_E1 });
	host = reuse_add_receiver("p0", &net.host, "p0", ETH_P_IP,
				  (struct sentinel){ TX_WIRE, NT_HOST_MAC, NT_WIRE_MAC });
	device = reuse_add_receiver(dev, &net.peer[peer], dev, ETH_P_ALL,
				    (struct sentinel){ TX_WIRE, devs_mac, NT_WIRE_MAC });
	device = strcmp(mac, devs_mac) ? 0 : device;
	reuse_check_frame(what, TX_WIRE, mac, NT_WIRE_MAC, device ?: host);
	reuse_check_frame(what, TX_E1, mac, M_E1, device ?: wire);
	reuse_close_receivers();
}

static unsigned int slot_of(const char *name, unsigned int peer)
{
	unsigned int parent, slot;
	struct veth_pair p = reuse_pair_of(name, &net.peer[peer]);

	xmt_must("ip -n %s -o link 2>/dev/null | grep '^%u: '", net.host.name, p.host);
	if (sscanf(xmt_output(), "%*u: xm%x-%x", &parent, &slot) != 2)
		xmt_die("no name of a host end in: %s", xmt_output());
	return slot;
}

static void stale_hint(void)
{
	char twin[18];
	unsigned int slot;

	find_twin(M_OLD, twin);
	reuse_make_net("xdp off");
	reuse_add_endpoint("e1", 1, M_E1, "");
	flush_by_e1();
	reuse_add_endpoint("e0", 0, M_OLD, "");
	check_hint("the hint of its own MAC", M_OLD, "e0", 0, M_OLD);
	slot = slot_of("e0", 0);
	nt_xm_must(&net.host, "del e0");
	reuse_add_endpoint("n0", 0, M_ELSE, "");
	xmt_check(slot_of("n0", 0) == slot, "another endpoint has the slot");
	check_hint("the hint is the slot of another endpoint", M_OLD, "n0", 0, M_ELSE);
	reuse_add_endpoint("n2", 2, twin, "");
	check_hint("the hint is the slot of a twin", twin, "n2", 2, twin);
	check_hint("no endpoint has the MAC, the hint is the slot of a twin", M_OLD, "n2", 2, twin);
	nt_xm_must(&net.host, "set n0 address " M_OLD);
	check_hint("the hint of the twin is the slot of another endpoint", twin, "n2", 2, twin);
	check_hint("the hint is the slot of the newest endpoint", M_OLD, "n0", 0, M_OLD);
	nt_xm_must(&net.host, "del n0");
	check_hint("the hint is a free slot", twin, "n2", 2, twin);
	check_hint("the hint is a free slot, no endpoint has the MAC", M_OLD, "n2", 2, twin);
	reuse_check_end("stale hint");
}

static const struct nt_case cases[] = {
	{ "device deleted", 40, device_deleted },
	{ "device deleted, skb", 40, device_deleted_skb },
	{ "endpoint deleted", 40, endpoint_deleted },
	{ "endpoint deleted, skb", 40, endpoint_deleted_skb },
	{ "first commands", 60, first_commands },
	{ "reused device as parent", 40, reused_device_as_parent },
	{ "stale hint", 40, stale_hint },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
