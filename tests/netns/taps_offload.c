// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * GSO frames and partial checksums between guests, containers, host and wire, by descriptors: every
 * octet is compared, every checksum is checked, and GSO is kept where the receiver takes it.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gso_frame.h"
#include "tap_fixture.h"

enum end { WIRE, HOST, C0, T0, T1, ENDS };

#define MAC_C0 "02:00:00:00:00:10"
#define MAC_T0 "02:00:00:00:00:11"
#define MAC_T1 "02:00:00:00:00:12"

#define CSUM TUN_F_CSUM
#define TSO  (CSUM | TUN_F_TSO4 | TUN_F_TSO6)

struct world {
	struct nt_net net;
	unsigned int mtu;
	bool wire_splits; /* w0 is a veth: it splits GSO while p0 has native XDP */
	struct gso_end end[ENDS], host6; /* host6: of the host, for IPv6 */
};

static void world_make(struct world *w, unsigned int mtu, const char *attach)
{
	const char *host;

	nt_one_cpu();
	nt_net(&w->net, 1, 0);
	host = w->net.host.name;
	w->mtu = mtu;
	w->wire_splits = strstr(attach, "native") != NULL;
	xmt_must("ip -n %s link set w0 mtu %u && ip -n %s link set p0 mtu %u", w->net.wire.name,
		 mtu, host, mtu);
	nt_xm_must(&w->net.host, "attach p0 %s", attach);
	nt_xm_must(&w->net.host, "add c0 link p0 netns %s host on address " MAC_C0,
		   w->net.peer[0].name);
	nt_xm_must(&w->net.host, "add t0 link p0 type tap host on address " MAC_T0);
	nt_xm_must(&w->net.host, "add t1 link p0 type tap host on address " MAC_T1);
	xmt_must("ip -n %s link set c0 addrgenmode none up", w->net.peer[0].name);
	nt_wait_net(&w->net);
	gso_end_open(&w->end[WIRE], "wire", &w->net.wire, "w0", ETH_P_ALL);
	gso_end_open(&w->end[HOST], "host", &w->net.host, "p0", ETH_P_IP);
	gso_end_open(&w->host6, "host", &w->net.host, "p0", ETH_P_IPV6);
	gso_end_open(&w->end[C0], "container", &w->net.peer[0], "c0", ETH_P_ALL);
	gso_end_tap(&w->end[T0], "tap", tap_must_open(&w->net.host, "t0", IFF_VNET_HDR), MAC_T0);
	gso_end_tap(&w->end[T1], "sibling tap", tap_must_open(&w->net.host, "t1", IFF_VNET_HDR),
		    MAC_T1);
}

static void world_set(struct world *w, unsigned int offloads, int header)
{
	for (int i = T0; i <= T1; i++) {
		tap_set_offloads(w->end[i].fd, offloads);
		tap_set_header(w->end[i].fd, header);
		w->end[i].header = header;
	}
}

/* The offload that a reader needs to get the frame as it is */
static unsigned int needs(const struct gso_spec *s)
{
	if (!s->gso_size)
		return s->partial ? CSUM : 0;
	if (s->udp)
		return s->family == AF_INET ? TUN_F_USO4 : TUN_F_USO6;
	return s->family == AF_INET ? TUN_F_TSO4 : TUN_F_TSO6;
}

static bool is_kept(const struct world *w, int from, int to, const struct gso_spec *s,
		    unsigned int offloads)
{
	if (from == WIRE && w->wire_splits)
		return false;
	return !w->end[to].tap || (offloads & needs(s)) == needs(s);
}

static const char *spec_text(const struct gso_spec *s)
{
	static char text[80];

	snprintf(text, sizeof(text), "%s in IPv%d, %u octets%s%s", s->udp ? "UDP" : "TCP",
		 s->family == AF_INET ? 4 : 6, s->payload, s->gso_size ? ", GSO" : "",
		 s->partial ? ", partial checksum" : "");
	return text;
}

static const struct gso_end *end_of(const struct world *w, int end, const struct gso_spec *s)
{
	return end == HOST && s->family == AF_INET6 ? &w->host6 : &w->end[end];
}

static void check_frame(struct world *w, int from, int to, const struct gso_spec *s,
			unsigned int offloads)
{
	const struct gso_end *rx = end_of(w, to, s), *tx = end_of(w, from, s);
	unsigned int n = s->gso_size && !is_kept(w, from, to, s, offloads)
				 ? (s->payload + s->gso_size - 1) / s->gso_size
				 : 1;
	static struct gso_frame f;
	struct gso_arrival a;
	int err;

	gso_frame_build(&f, s, rx->mac, tx->mac);
	err = gso_end_send(tx, &f.hdr, f.data, f.len);
	gso_frame_collect(&f, rx, w->mtu + ETH_HLEN, &a);
	xmt_check(!err && !a.error && a.octets == s->payload && a.frames == n,
		  "%s -> %s, offloads %#x, header %d: %s: %u octets in %u frames of %u%s%s%s",
		  tx->name, rx->name, offloads, w->end[T0].header, spec_text(s), a.octets, a.frames,
		  n, a.error ? ": " : "", a.error ?: "", err ? ": not sent" : "");
}

/* Virtio-net headers have UDP GSO since Linux 6.2 */
static bool can_be_sent(const struct gso_spec *s)
{
	return !s->udp || !s->gso_size || (tap_offloads() & TUN_F_USO4);
}

static void check_all_pairs(struct world *w, const struct gso_spec *s, unsigned int offloads)
{
	if (!can_be_sent(s))
		return;
	for (int from = 0; from < ENDS; from++)
		for (int to = 0; to < ENDS; to++)
			if (from != to && (from >= T0 || to >= T0))
				check_frame(w, from, to, s, offloads);
}

static const struct gso_spec specs[] = {
	{ AF_INET, false, 64000, 1448, true }, { AF_INET6, false, 64000, 1428, true },
	{ AF_INET, true, 58880, 1472, true },  { AF_INET6, true, 58080, 1452, true },
	{ AF_INET, false, 5000, 1448, true },  { AF_INET6, true, 2905, 1452, true },
	{ AF_INET, false, 1400, 0, true },     { AF_INET6, true, 1399, 0, true },
	{ AF_INET, true, 7, 0, true },	       { AF_INET6, false, 1, 0, true },
	{ AF_INET, false, 1460, 0, false },    { AF_INET6, true, 1001, 0, false },
};

#define SPECS (sizeof(specs) / sizeof(specs[0]))

static void check_specs(struct world *w, unsigned int offloads, int header)
{
	world_set(w, offloads, header);
	for (unsigned int i = 0; i < SPECS; i++)
		check_all_pairs(w, &specs[i], offloads);
}

static void check_world(const char *attach)
{
	unsigned int all = tap_offloads();
	struct world w;

	world_make(&w, 1500, attach);
	check_specs(&w, all, 12);
	check_specs(&w, all, 10);
	check_specs(&w, TSO, 12);
	check_specs(&w, CSUM, 12);
	check_specs(&w, 0, 10);
}

static void offloads_tc(void)
{
	check_world("xdp off");
}

static void offloads_native(void)
{
	check_world("xdp native");
}

static const struct gso_spec jumbo_specs[] = {
	{ AF_INET, false, 8948, 0, true },     { AF_INET6, true, 8952, 0, true },
	{ AF_INET, true, 8972, 0, false },     { AF_INET, false, 62636, 8948, true },
	{ AF_INET6, true, 62664, 8952, true },
};

static void jumbo(void)
{
	const unsigned int offloads[] = { tap_offloads(), 0 };
	struct world w;

	world_make(&w, 9000, "xdp off");
	for (int i = 0; i < 2; i++) {
		world_set(&w, offloads[i], 12);
		for (unsigned int j = 0; j < sizeof(jumbo_specs) / sizeof(jumbo_specs[0]); j++)
			check_all_pairs(&w, &jumbo_specs[j], offloads[i]);
	}
}

static const struct nt_case cases[] = {
	{ "offloads", 120, offloads_tc },
	{ "offloads, xdp native", 120, offloads_native },
	{ "jumbo frames", 60, jumbo },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
