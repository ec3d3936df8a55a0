// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bulk TCP and UDP. Every octet is compared and no namespace may count a bad checksum. The paths:
 * TC with tcx and clsact, native and generic XDP, offloads on and off, small and jumbo MTU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"

struct config {
	const char *xdp; /* NULL: off */
	const char *tc; /* XMACVLAN_TC */
	bool offloads_off; /* on w0 and the peer ends */
	unsigned int mtu, endpoint_mtu; /* 0: 1500 and the parent's */
};

struct world {
	struct nt_net net;
	struct nt_station wire, host, e0, e1;
	const char *what;
};

static void set_offloads(const struct nt_station *s, const char *which)
{
	/* ethtool has no option for a namespace */
	xmt_must("nsenter --net=/run/netns/%s ethtool -K %s %s", s->ns->name, s->dev, which);
}

#define ALL_OFF "tx off gso off tso off gro off"

static void world_make(struct world *w, const char *what, const struct config *c)
{
	char options[64] = "host on";

	w->what = what;
	if (c->tc)
		setenv("XMACVLAN_TC", c->tc, 1);
	nt_net(&w->net, 2, XMT_NS_IPV6);
	if (c->mtu)
		xmt_must("ip -n %s link set w0 mtu %u && ip -n %s link set p0 mtu %u",
			 w->net.wire.name, c->mtu, w->net.host.name, c->mtu);
	nt_stations(&w->net, &w->wire, &w->host);
	if (c->endpoint_mtu)
		snprintf(options, sizeof(options), "host on mtu %u", c->endpoint_mtu);
	nt_endpoint(&w->net, &w->e0, &w->net.peer[0], "e0", 16, options);
	nt_endpoint(&w->net, &w->e1, &w->net.peer[1], "e1", 17, "host on");
	if (c->xdp)
		nt_xm_must(&w->net.host, "attach p0 xdp %s", c->xdp);
	if (!c->offloads_off)
		return;
	set_offloads(&w->wire, ALL_OFF);
	set_offloads(&w->e0, ALL_OFF);
	set_offloads(&w->e1, ALL_OFF);
}

static void check_csum(const struct world *w)
{
	const struct xmt_ns *ns[] = { &w->net.wire, &w->net.host, &w->net.peer[0],
				      &w->net.peer[1] };
	unsigned long sum = 0;

	for (int i = 0; i < 4; i++)
		sum += ip_csum_errors(ns[i]);
	xmt_check(!sum, "%s: %lu bad checksums", w->what, sum);
}

static void check_tcp(const struct world *w, const struct nt_station *a, const struct nt_station *b,
		      int family, unsigned int mib)
{
	int err = ip_tcp(a, b, family, (size_t)mib << 20);

	xmt_check(!err, "%s: TCP IPv%c %s <-> %s%s%s", w->what, family == AF_INET ? '4' : '6',
		  a->dev, b->dev, err ? ": " : "", err ? ip_error() : "");
}

static void check_udp(const struct world *w, const struct nt_station *a, const struct nt_station *b,
		      int family, const char *flow_name, const struct ip_flow *flow)
{
	int err = ip_udp(a, b, family, flow);

	xmt_check(!err, "%s: %u UDP IPv%c %s %s -> %s%s%s", w->what, flow->count,
		  family == AF_INET ? '4' : '6', flow_name, a->dev, b->dev, err ? ": " : "",
		  err ? ip_error() : "");
}

/* TCP and UDP between two stations, both ways */
static void check_pair(const struct world *w, const struct nt_station *a,
		       const struct nt_station *b, unsigned int udp_size)
{
	struct ip_flow plain = { .count = 2000, .size = udp_size, .burst = 32 };
	struct ip_flow no_check = { .count = 500, .size = udp_size, .burst = 16, .no_check = true };

	check_tcp(w, a, b, AF_INET, 8);
	check_tcp(w, a, b, AF_INET6, 8);
	check_udp(w, a, b, AF_INET, "datagrams", &plain);
	check_udp(w, b, a, AF_INET, "datagrams", &plain);
	check_udp(w, a, b, AF_INET6, "datagrams", &plain);
	check_udp(w, b, a, AF_INET6, "datagrams", &plain);
	check_udp(w, a, b, AF_INET, "without checksum", &no_check);
	check_udp(w, b, a, AF_INET, "without checksum", &no_check);
}

static void check_config(const char *what, const struct config *c)
{
	unsigned int udp_size = c->mtu		  ? c->mtu - 100
				: c->endpoint_mtu ? c->endpoint_mtu - 100
						  : 1200;
	struct world w;

	world_make(&w, what, c);
	check_pair(&w, &w.wire, &w.e0, udp_size);
	check_pair(&w, &w.e0, &w.e1, udp_size);
	check_pair(&w, &w.host, &w.e0, udp_size);
	check_tcp(&w, &w.wire, &w.host, AF_INET, 8);
	check_csum(&w);
}

#define CASE(function, text, ...)                                                                  \
	static void function(void)                                                                 \
	{                                                                                          \
		static const struct config config = { __VA_ARGS__ };                               \
		check_config(text, &config);                                                       \
	}

CASE(plain, "tc", .xdp = NULL)
CASE(no_offloads, "tc, offloads off", .offloads_off = true)
CASE(clsact, "clsact", .tc = "clsact")
CASE(small_mtu, "endpoint mtu 1300", .endpoint_mtu = 1300)
CASE(jumbo, "mtu 9000", .mtu = 9000)
CASE(native, "xdp native", .xdp = "native")
CASE(skb, "xdp skb", .xdp = "skb")
CASE(skb_no_offloads, "xdp skb, offloads off", .xdp = "skb", .offloads_off = true)
CASE(native_small_mtu, "xdp native, endpoint mtu 1300", .xdp = "native", .endpoint_mtu = 1300)
/*
 * A peer end has NAPI while its GRO is on. Native XDP delivery needs NAPI, but the endpoint's user
 * may switch GRO off.
 */
CASE(native_no_offloads, "xdp native, offloads off", .xdp = "native", .offloads_off = true)

/* Only w0 computes its checksums: XDP redirects frames with complete checksums */
static void make_without_wire_offload(struct world *w, const char *what, const char *xdp)
{
	struct config config = { .xdp = xdp };

	world_make(w, what, &config);
	set_offloads(&w->wire, "tx off");
}

static void native_wire_checksums(void)
{
	struct world w;

	make_without_wire_offload(&w, "xdp native, wire without tx offload", "native");
	check_pair(&w, &w.wire, &w.e0, 1200);
	check_pair(&w, &w.e0, &w.e1, 1200);
	check_pair(&w, &w.host, &w.e0, 1200);
	check_csum(&w);
}

static void check_long_flow(const char *what, const char *xdp)
{
	struct ip_flow one = { .count = 100000, .size = 64, .burst = 64 };
	/*
	 * a batch of complete checksums, half of which look partial: no frame may overtake another
	 */
	struct ip_flow mixed = {
		.count = 20000,
		.size = 64,
		.burst = 40,
		.gso = true,
		.look_partial = true,
	};
	struct world w;

	make_without_wire_offload(&w, what, xdp);
	check_udp(&w, &w.wire, &w.e0, AF_INET, "datagrams", &one);
	check_udp(&w, &w.wire, &w.e0, AF_INET, "of which half look partial", &mixed);
	check_udp(&w, &w.wire, &w.e0, AF_INET6, "of which half look partial", &mixed);
	set_offloads(&w.wire, "tx on");
	check_udp(&w, &w.wire, &w.e0, AF_INET, "partial datagrams", &one);
	check_udp(&w, &w.e0, &w.e1, AF_INET, "datagrams", &one);
	check_csum(&w);
}

static void flow_tc(void)
{
	check_long_flow("tc", "off");
}

static void flow_native(void)
{
	check_long_flow("xdp native", "native");
}

static void flow_skb(void)
{
	check_long_flow("xdp skb", "skb");
}

/*
 * veth has no native XDP for jumbo frames: the command works or is refused, and traffic continues
 */
static void native_jumbo(void)
{
	static const struct config config = { .mtu = 9000 };
	struct ip_flow flow = { .count = 1000, .size = 8900, .burst = 16 };
	struct world w;
	int code;

	world_make(&w, "mtu 9000", &config);
	code = nt_xm(&w.net.host, "attach p0 xdp native");
	xmt_check(!code || (code == 2 && strstr(xmt_output(), "p0")),
		  "mtu 9000: attach xdp native works or is refused: code %d, %s", code,
		  xmt_output());
	check_tcp(&w, &w.wire, &w.e0, AF_INET, 8);
	check_udp(&w, &w.wire, &w.e0, AF_INET, "datagrams", &flow);
	check_csum(&w);
}

static const struct nt_case cases[] = {
	{ "tc", 60, plain },
	{ "offloads off", 60, no_offloads },
	{ "clsact", 60, clsact },
	{ "small mtu", 60, small_mtu },
	{ "jumbo", 60, jumbo },
	{ "native", 60, native },
	{ "native, wire checksums", 60, native_wire_checksums },
	{ "native, offloads off", 60, native_no_offloads },
	{ "native, small mtu", 60, native_small_mtu },
	{ "native, jumbo", 60, native_jumbo },
	{ "skb", 60, skb },
	{ "skb, offloads off", 60, skb_no_offloads },
	{ "flow tc", 60, flow_tc },
	{ "flow native", 60, flow_native },
	{ "flow skb", 60, flow_skb },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
