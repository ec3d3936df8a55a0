// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One side: a wire namespace, a host namespace with the parent, endpoints in namespaces of their
 * own. Addresses are the same on every side. The parent and the wire have NAPI, as a NIC has.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "link.h"
#include "pkt.h"
#include "progs.h"
#include "run.h"
#include "tap.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static const uint8_t macs[NODES][6] = {
	[WIRE] = { BENCH_MAC_0, BENCH_MAC_1, BENCH_MAC_2, 0x00, 0x00, 0x01 },
	[E0] = { BENCH_MAC_0, BENCH_MAC_1, BENCH_MAC_2, 0x00, 0x00, 0x10 },
	[E1] = { BENCH_MAC_0, BENCH_MAC_1, BENCH_MAC_2, 0x00, 0x00, 0x11 },
	[E2] = { BENCH_MAC_0, BENCH_MAC_1, BENCH_MAC_2, 0x00, 0x00, 0x12 },
	[HOST] = { BENCH_MAC_0, BENCH_MAC_1, BENCH_MAC_2, 0x00, 0x00, 0x02 },
};

uint32_t node_ip(enum node node)
{
	static const uint8_t last[NODES] = {
		[WIRE] = 1, [E0] = 0x11, [E1] = 0x12, [E2] = 0x13, [HOST] = 2
	};

	return 0x0a4d0000 + last[node];
}

const uint8_t *node_mac(enum node node)
{
	return macs[node];
}

const char *side_command(const struct side *s)
{
	return s->uncounted ? bench_options.uncounted : bench_options.xmacvlan;
}

const char *node_dev(const struct side *s, enum node node)
{
	switch (node) {
	case WIRE:
		return "w0";
	case E0:
		return "e0";
	case E1:
		return "e1";
	case E2:
		return "e2";
	default:
		return s->kind == BRIDGE ? "br0" : s->kind == VETH ? "he0" : "p0";
	}
}

static const char *ip_text(enum node node)
{
	static char text[NODES][INET_ADDRSTRLEN];
	struct in_addr addr = { htonl(node_ip(node)) };

	return inet_ntop(AF_INET, &addr, text[node], sizeof(text[node]));
}

/*
 * A bridge floods what it has not learned, and most of the loads send one way. So its sides have
 * all addresses of unicast in their tables, as when both ends have talked.
 */
static void gro_on(const struct xmt_ns *ns, const char *dev)
{
	int err = xmt_link_gro(ns, dev, 1);

	if (err)
		xmt_die("cannot turn GRO on for %s: %s", dev, strerror(-err));
}

static void make_endpoint(struct side *s, enum node node, bool host_access)
{
	const char *host = s->node[HOST].name, *ns = s->node[node].name, *dev = node_dev(s, node);
	const char *mac = xmt_mac_text(macs[node]);

	switch (s->kind) {
	case KERNEL_MACVLAN:
		xmt_must("ip -n %s link add %s link p0 netns %s address %s "
			 "type macvlan mode bridge",
			 host, dev, ns, mac);
		break;
	case XMACVLAN:
		xmt_must("timeout 30 %s -n %s add %s link p0 address %s netns %s mode bridge %s %s",
			 side_command(s), host, dev, mac, ns, host_access ? "host on" : "",
			 s->add ?: "");
		break;
	case BRIDGE:
		xmt_must("ip -n %s link add h%s type veth peer name %s address %s netns %s && "
			 "ip -n %s link set h%s master br0 addrgenmode none up && "
			 "bridge -n %s fdb add %s dev h%s master static",
			 host, dev, dev, mac, ns, host, dev, host, mac, dev);
		break;
	case VETH:
		xmt_must("ip -n %s link add h%s address %s type veth peer name %s address %s "
			 "netns %s && ip -n %s link set h%s addrgenmode none up",
			 host, dev, xmt_mac_text(macs[HOST]), dev, mac, ns, host, dev);
		break;
	}
	if (node == E0)
		s->endpoints++;
}

void side_make_parent(struct side *s)
{
	const char *host = s->node[HOST].name;

	xmt_veth(&s->node[HOST], "p0", xmt_mac_text(macs[HOST]), &s->node[WIRE], "w0",
		 xmt_mac_text(macs[WIRE]));
	gro_on(&s->node[HOST], "p0");
	gro_on(&s->node[WIRE], "w0");
	s->wire_ifindex = xmt_ifindex(&s->node[WIRE], "w0");
	if (s->kind == BRIDGE)
		xmt_must("ip -n %s link add br0 address %s type bridge && "
			 "ip -n %s link set br0 addrgenmode none up && "
			 "ip -n %s link set p0 master br0 && "
			 "bridge -n %s fdb add %s dev p0 master static",
			 host, xmt_mac_text(macs[HOST]), host, host, host,
			 xmt_mac_text(macs[WIRE]));
	if (s->kind == XMACVLAN && s->attach)
		xmt_must("timeout 30 %s -n %s attach p0 %s", side_command(s), host, s->attach);
}

/* Addresses and static neighbours, so that only the load is sent */
static void configure_node(struct side *s, enum node node)
{
	const char *ns = s->node[node].name, *dev = node_dev(s, node);
	unsigned int i;

	xmt_must("ip -n %s link set %s up && ip -n %s addr add %s/24 dev %s", ns, dev, ns,
		 ip_text(node), dev);
	for (i = 0; i < NODES; i++)
		if (i != node)
			xmt_must("ip -n %s neigh replace %s lladdr %s dev %s nud permanent", ns,
				 ip_text(i), xmt_mac_text(macs[i]), dev);
}

/* The crowd's namespace answers on one address, on all its devices. */
static void configure_crowd(struct side *s)
{
	const char *ns = s->node[E0].name;

	xmt_ns_sysctl(&s->node[E0], "ipv4/conf/all/rp_filter", "0");
	xmt_must("ip -n %s link set lo up && ip -n %s addr add %s/32 dev lo && "
		 "ip -n %s route add %s dev e0 && "
		 "ip -n %s neigh replace %s lladdr %s dev e0 nud permanent",
		 ns, ns, ip_text(E0), ns, ip_text(WIRE), ns, ip_text(WIRE),
		 xmt_mac_text(macs[WIRE]));
	configure_node(s, WIRE);
}

static void run_tweak(struct side *s)
{
	if (!s->tweak)
		return;
	xmt_must("export HOST=%s WIRE=%s E0=%s E1=%s E2=%s P=%u; %s", s->node[HOST].name,
		 s->node[WIRE].name, s->node[E0].name, s->node[E1].name, s->node[E2].name,
		 xmt_ifindex(&s->node[HOST], "p0"), s->tweak);
	if (xmt_output()[0])
		printf("%s: %s\n", s->name, xmt_output());
}

void side_make_namespaces(struct side *s)
{
	static const char *const names[NODES] = { "w0", "e0", "e1", "e2", "host" };
	char name[25];
	int node;

	s->undo = -1;
	s->endpoints = 0;
	for (node = WIRE; node < NODES; node++) {
		snprintf(name, sizeof(name), "%.12s-%s", s->name, names[node]);
		xmt_ns_add(&s->node[node], name, 0);
	}
	if (s->kind == XMACVLAN)
		s->undo = xmt_undo("%s -n %s detach p0 force", side_command(s), s->node[HOST].name);
}

static void make_endpoints(struct side *s, const struct layout *layout)
{
	bool host = layout->kind == LAYOUT_HOST;

	if (layout->kind == LAYOUT_TAPS) {
		taps_make(s, layout->host);
		make_endpoint(s, E2, false);
		configure_node(s, E2);
		configure_node(s, WIRE);
		if (layout->host)
			configure_node(s, HOST);
		return;
	}
	make_endpoint(s, E0, host);
	if (!host)
		make_endpoint(s, E1, false);
	if (layout->kind == LAYOUT_THREE) {
		make_endpoint(s, E2, false);
		configure_node(s, E2);
	}
	configure_node(s, WIRE);
	configure_node(s, E0);
	configure_node(s, host ? HOST : E1);
}

void side_make(struct side *s, const struct layout *layout)
{
	if (layout->kind == LAYOUT_NONE)
		return;
	side_make_namespaces(s);
	side_make_parent(s);
	if (layout->kind == LAYOUT_CROWD) {
		crowd_make(s, layout);
		if (layout->addressed)
			configure_crowd(s);
	} else {
		make_endpoints(s, layout);
	}
	run_tweak(s);
}

/* Folders of pins of the side's parents, by the namespace's cookie in their names; NULL: none */
static const char *pins_of_side(const struct side *s)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int fd;

	xmt_ns_enter(&s->node[HOST]);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len))
		xmt_die("cannot read the cookie of %s", s->node[HOST].name);
	close(fd);
	xmt_ns_enter(NULL);
	return xmt_run("ls -d /sys/fs/bpf/xmacvlan/n%llu-* 2>/dev/null", (unsigned long long)cookie)
		       ? NULL
		       : xmt_output();
}

bool side_detach(const struct side *s, const char *parent)
{
	int code = xmt_run("timeout 60 %s -n %s detach %s force", side_command(s),
			   s->node[HOST].name, parent);

	/* The last endpoint may have been deleted, and the parent with it */
	if (!code || strstr(xmt_output(), "is not attached"))
		return true;
	xmt_fail("%s: detach %s force: code %d: %s", s->name, parent, code, xmt_output());
	return false;
}

/* Returns false when the namespace has to stay for the clean-up at the end of the bench */
static bool side_remove_all(const struct side *s)
{
	const char *left;

	if (!side_detach(s, "p0"))
		return false;
	left = pins_of_side(s);
	if (left)
		xmt_fail("%s: pins are left: %s", s->name, left);
	return !left;
}

void side_delete(struct side *s, const struct layout *layout)
{
	int node;

	if (layout->kind == LAYOUT_NONE)
		return;
	if (layout->kind == LAYOUT_TAPS)
		taps_close(s);
	/* The endpoints' namespaces first: the kernel deletes their devices in one batch */
	for (node = E0; node < HOST; node++)
		xmt_ns_del(&s->node[node]);
	/* The parent is deleted with the wire's namespace: then nothing could be detached */
	if (s->kind == XMACVLAN && !side_remove_all(s))
		return;
	xmt_undone(s->undo);
	xmt_ns_del(&s->node[WIRE]);
	xmt_ns_del(&s->node[HOST]);
}
