// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counters of endpoints are those of macvlans in their place: the same frames, plain and GSO, from
 * the wire, between siblings and to the wire, unicast and to groups. They survive `upgrade` and a
 * watcher that is stopped and started.
 */
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "gso_frame.h"
#include "pkt.h"
#include "tap_fixture.h"

#define MAC_0	"02:00:00:00:00:10"
#define MAC_1	"02:00:00:00:00:11"
#define M_ALL	"ff:ff:ff:ff:ff:ff"
#define M_GROUP "01:00:5e:01:02:03"

enum { WIRE, D0, D1, SENDERS };

/* What is counted of a device, in the order of the words in `attributes` */
enum { RX_PACKETS, RX_BYTES, MULTICAST, TX_PACKETS, TX_BYTES, NUMBERS };

static const struct {
	const char *device, *endpoint; /* in /sys/class/net/DEV, in `show -s -j` */
} attributes[NUMBERS] = {
	{ "statistics/rx_packets", "stats64.rx.packets" },
	{ "statistics/rx_bytes", "stats64.rx.bytes" },
	{ "statistics/multicast", "stats64.rx.multicast" },
	{ "statistics/tx_packets", "stats64.tx.packets" },
	{ "statistics/tx_bytes", "stats64.tx.bytes" },
};

struct numbers {
	long long n[NUMBERS];
};

static struct world {
	struct nt_net net;
	bool endpoints; /* else macvlans */
	const char *mode;
	struct gso_end end[SENDERS];
} world;

static const struct gso_spec plain[] = {
	{ AF_INET, true, 7, 0, false },
	{ AF_INET6, true, 1001, 0, true },
	{ AF_INET, false, 1400, 0, true },
};

static const struct gso_spec gso[] = {
	{ AF_INET, false, 64000, 1448, true },
	{ AF_INET6, false, 5000, 1428, true },
};

static void send_spec(int from, const char *dst, const struct gso_spec *spec)
{
	static const char *const macs[SENDERS] = { NT_WIRE_MAC, MAC_0, MAC_1 };
	static struct gso_frame f;
	uint8_t to[6], src[6];
	int err;

	xmt_mac_parse(dst, to);
	xmt_mac_parse(macs[from], src);
	gso_frame_build(&f, spec, to, src);
	err = gso_end_send(&world.end[from], &f.hdr, f.data, f.len);
	if (err)
		xmt_die("a frame was not sent: %s", strerror(-err));
}

static void send_specs(int from, const char *dst, const struct gso_spec *specs, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		send_spec(from, dst, &specs[i]);
}

/* Whether d1 receives what d0 sends */
static bool has_siblings(void)
{
	return !strcmp(world.mode, "bridge");
}

/* Sends everything; returns how many frames d0 and d1 have to receive and to send */
static void send_all(bool with_gso, struct numbers ret[2])
{
	const struct {
		int from;
		const char *dst;
	} ways[] = { { WIRE, MAC_0 },
		     { WIRE, MAC_1 },
		     { D0, NT_WIRE_MAC },
		     { D0, MAC_1 },
		     { D1, NT_WIRE_MAC } };
	const unsigned int plains = sizeof(plain) / sizeof(*plain);
	const unsigned int gsos = with_gso ? sizeof(gso) / sizeof(*gso) : 0;
	const unsigned int all = plains + gsos;

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		send_specs(ways[i].from, ways[i].dst, plain, plains);
		send_specs(ways[i].from, ways[i].dst, gso, gsos);
	}
	send_specs(WIRE, M_ALL, plain, plains);
	send_specs(WIRE, M_GROUP, plain, plains);
	send_specs(D0, M_ALL, plain, plains);
	memset(ret, 0, 2 * sizeof(*ret));
	ret[0].n[RX_PACKETS] = ret[1].n[RX_PACKETS] = all + 2 * plains;
	if (has_siblings())
		ret[1].n[RX_PACKETS] += all + plains;
	ret[0].n[TX_PACKETS] = 2 * all + plains;
	ret[1].n[TX_PACKETS] = all;
}

static void read_numbers(int device, struct numbers *ret)
{
	const char *name = device ? "d1" : "d0";

	for (int i = 0; i < NUMBERS; i++)
		ret->n[i] = world.endpoints
				    ? nt_number(&world.net.host, name, attributes[i].endpoint)
				    : xmt_link_attr(&world.net.peer[device], name,
						    attributes[i].device);
}

/* Waits until the devices have counted as many frames; macvlan copies group frames later */
static void wait_numbers(const struct numbers want[2], struct numbers ret[2])
{
	const uint64_t end = nt_now_ms() + 5000 * xmt_slow();

	do {
		usleep(10000);
		for (int d = 0; d < 2; d++)
			read_numbers(d, &ret[d]);
	} while (nt_now_ms() < end && (ret[0].n[RX_PACKETS] < want[0].n[RX_PACKETS] ||
				       ret[1].n[RX_PACKETS] < want[1].n[RX_PACKETS] ||
				       ret[0].n[TX_PACKETS] < want[0].n[TX_PACKETS]));
}

static void open_device(int device, bool tap)
{
	const char *name = device ? "d1" : "d0", *mac = device ? MAC_1 : MAC_0;
	const struct xmt_ns *ns = &world.net.peer[device];
	struct gso_end *end = &world.end[D0 + device];

	if (tap) {
		gso_end_tap(end, name, tap_must_open(&world.net.host, name, IFF_VNET_HDR), mac);
		tap_set_offloads(end->fd, tap_offloads());
		return;
	}
	xmt_must("ip -n %s link set %s addrgenmode none up && ip -n %s maddr add %s dev %s",
		 ns->name, name, ns->name, M_GROUP, name);
	gso_end_open(end, name, ns, name, 0);
}

static void close_devices(void)
{
	for (int i = 0; i < SENDERS; i++)
		close(world.end[i].fd);
}

/*
 * What macvlans count of the frames. macvlan counts the header of a sibling's group frame twice:
 * docs/differences.md, group-octets.
 */
static void count_macvlans(bool with_gso, struct numbers ret[2])
{
	struct numbers want[2];

	world.endpoints = false;
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link add d%d link p0 address %s netns %s type macvlan mode "
			 "%s",
			 world.net.host.name, i, i ? MAC_1 : MAC_0, world.net.peer[i].name,
			 world.mode);
	gso_end_open(&world.end[WIRE], "wire", &world.net.wire, "w0", 0);
	open_device(0, false);
	open_device(1, false);
	send_all(with_gso, want);
	wait_numbers(want, ret);
	for (int d = 0; d < 2; d++)
		xmt_check(ret[d].n[RX_PACKETS] == want[d].n[RX_PACKETS] &&
				  ret[d].n[TX_PACKETS] == want[d].n[TX_PACKETS],
			  "macvlan %d: %lld frames received, %lld sent", d, ret[d].n[RX_PACKETS],
			  ret[d].n[TX_PACKETS]);
	if (has_siblings())
		ret[1].n[RX_BYTES] -= (long long)ETH_HLEN * (sizeof(plain) / sizeof(*plain));
	close_devices();
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link del d%d", world.net.peer[i].name, i);
}

static void check_same(const char *what, const struct numbers want[2], const struct numbers got[2])
{
	for (int d = 0; d < 2; d++)
		for (int i = 0; i < NUMBERS; i++)
			xmt_check(got[d].n[i] == want[d].n[i], "%s: d%d %s is %lld, wanted %lld",
				  what, d, attributes[i].endpoint, got[d].n[i], want[d].n[i]);
}

/* options: of `add`; "type tap" for taps */
static void add_endpoints(const char *attach, const char *options)
{
	bool tap = strstr(options, "tap") != NULL;
	char place[80] = "";

	world.endpoints = true;
	nt_xm_must(&world.net.host, "attach p0 %s", attach);
	for (int i = 0; i < 2; i++) {
		if (!tap)
			snprintf(place, sizeof(place), "netns %s", world.net.peer[i].name);
		nt_xm_must(&world.net.host, "add d%d link p0 %s %s mode %s address %s", i, place,
			   options, world.mode, i ? MAC_1 : MAC_0);
	}
	gso_end_open(&world.end[WIRE], "wire", &world.net.wire, "w0", 0);
	open_device(0, tap);
	open_device(1, tap);
	nt_wait_net(&world.net);
}

static void check_counters(const char *mode, const char *attach, const char *options, bool with_gso)
{
	struct numbers macvlan[2], endpoints[2], want[2];

	world.mode = mode;
	nt_one_cpu();
	nt_net(&world.net, 2, 0);
	count_macvlans(with_gso, macvlan);
	add_endpoints(attach, options);
	send_all(with_gso, want);
	wait_numbers(want, endpoints);
	check_same(options[0] ? options : attach, macvlan, endpoints);
}

static void counters_veth(void)
{
	check_counters("bridge", "xdp off", "", true);
}

static void counters_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_counters("bridge", "xdp off", "", true);
}

static void counters_skb(void)
{
	check_counters("bridge", "xdp skb", "", true);
}

/* A veth splits GSO for native XDP on its other end, for a macvlan too, which has none here */
static void counters_native(void)
{
	check_counters("bridge", "xdp native", "", false);
}

static void counters_tap(void)
{
	check_counters("bridge", "xdp off", "type tap", true);
}

static void counters_vepa(void)
{
	check_counters("vepa", "xdp off", "", true);
}

static void counters_private(void)
{
	check_counters("private", "xdp off", "", true);
}

static void counters_fanout(void)
{
	check_counters("bridge", "fanout on", "", true);
}

static void counters_netkit(void)
{
	nt_need_netkit();
	check_counters("bridge", "xdp off", "type netkit", true);
}

/* More frames, after something that must not change what was counted */
static void check_kept(const char *what, struct numbers now[2])
{
	struct numbers got[2], want[2], after[2];

	for (int d = 0; d < 2; d++)
		read_numbers(d, &got[d]);
	check_same(what, now, got);
	send_all(true, want);
	for (int d = 0; d < 2; d++) {
		want[d].n[RX_PACKETS] += now[d].n[RX_PACKETS];
		want[d].n[TX_PACKETS] += now[d].n[TX_PACKETS];
	}
	wait_numbers(want, after);
	for (int d = 0; d < 2; d++)
		xmt_check(after[d].n[RX_PACKETS] == want[d].n[RX_PACKETS] &&
				  after[d].n[TX_PACKETS] == want[d].n[TX_PACKETS],
			  "%s: d%d has counted on: %lld received, %lld sent", what, d,
			  after[d].n[RX_PACKETS], after[d].n[TX_PACKETS]);
	memcpy(now, after, sizeof(after));
}

static void counters_kept(void)
{
	struct numbers now[2], want[2];

	world.mode = "bridge";
	nt_one_cpu();
	nt_net(&world.net, 2, 0);
	add_endpoints("xdp off", "");
	send_all(true, want);
	wait_numbers(want, now);
	nt_xm_must(&world.net.host, "upgrade p0");
	check_kept("upgrade", now);
	daemon_start();
	check_kept("a watcher", now);
	daemon_end(SIGTERM);
	check_kept("a watcher that has ended", now);
	daemon_start();
	daemon_end(SIGKILL);
	daemon_start();
	check_kept("a watcher that was killed and started", now);
}

static const struct nt_case cases[] = {
	{ "veth", 40, counters_veth },	   { "clsact", 40, counters_clsact },
	{ "xdp skb", 40, counters_skb },   { "xdp native", 40, counters_native },
	{ "tap", 40, counters_tap },	   { "netkit", 40, counters_netkit },
	{ "vepa", 40, counters_vepa },	   { "private", 40, counters_private },
	{ "fanout", 40, counters_fanout }, { "kept", 60, counters_kept },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
