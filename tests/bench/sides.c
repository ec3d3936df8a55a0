// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One side: a wire namespace, a host namespace with the parent, two endpoints in namespaces of
 * their own. Addresses are the same on every side; the parent and the wire have NAPI, as a NIC has.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "bench.h"
#include "link.h"
#include "pkt.h"
#include "run.h"

static const char *const node_dev[NODES] = { "w0", "e0", "e1" };
static const uint8_t macs[NODES][6] = {
	{ 0x02, 0xbe, 0x7c, 0x00, 0x00, 0x01 },
	{ 0x02, 0xbe, 0x7c, 0x00, 0x00, 0x10 },
	{ 0x02, 0xbe, 0x7c, 0x00, 0x00, 0x11 },
};

uint32_t node_ip(enum node node)
{
	return 0x0a4d0000 + (node == WIRE ? 1 : 0x10 + node);
}

const uint8_t *node_mac(enum node node)
{
	return macs[node];
}

static const char *ip_text(enum node node)
{
	static char text[NODES][INET_ADDRSTRLEN];
	struct in_addr addr = { htonl(node_ip(node)) };

	return inet_ntop(AF_INET, &addr, text[node], sizeof(text[node]));
}

static void gro_on(const struct xmt_ns *ns, const char *dev)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq ifr = { .ifr_data = (void *)&value };
	int fd, err = 0;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	xmt_ns_enter(ns);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr))
		err = errno;
	if (fd >= 0)
		close(fd);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("cannot turn GRO on for %s: %s", dev, strerror(err));
}

static void make_endpoint(struct side *s, enum node node, const char *xmacvlan)
{
	const char *host = s->host.name, *ns = s->node[node].name, *dev = node_dev[node];
	const char *mac = xmt_mac_text(macs[node]);

	switch (s->kind) {
	case KERNEL_MACVLAN:
		xmt_must("ip -n %s link add %s link p0 netns %s address %s "
			 "type macvlan mode bridge", host, dev, ns, mac);
		break;
	case XMACVLAN:
		xmt_must("timeout 30 %s -n %s add %s link p0 address %s netns %s mode bridge",
			 xmacvlan, host, dev, mac, ns);
		break;
	case BRIDGE:
		xmt_must("ip -n %s link add h%s type veth peer name %s address %s netns %s && "
			 "ip -n %s link set h%s master br0 addrgenmode none up",
			 host, dev, dev, mac, ns, host, dev);
		break;
	}
}

static void make_parent(struct side *s, const char *xmacvlan)
{
	xmt_veth(&s->host, "p0", NULL, &s->node[WIRE], "w0", xmt_mac_text(macs[WIRE]));
	gro_on(&s->host, "p0");
	gro_on(&s->node[WIRE], "w0");
	s->wire_ifindex = xmt_ifindex(&s->node[WIRE], "w0");
	if (s->kind == BRIDGE)
		xmt_must("ip -n %s link add br0 type bridge && "
			 "ip -n %s link set br0 addrgenmode none up && "
			 "ip -n %s link set p0 master br0",
			 s->host.name, s->host.name, s->host.name);
	if (s->kind == XMACVLAN && s->attach)
		xmt_must("timeout 30 %s -n %s attach p0 %s", xmacvlan, s->host.name, s->attach);
}

/* Address, static neighbours: nothing but the load is ever sent. */
static void configure(struct side *s, enum node node)
{
	const char *ns = s->node[node].name, *dev = node_dev[node];
	unsigned int i;

	xmt_must("ip -n %s link set %s up && ip -n %s addr add %s/24 dev %s", ns, dev, ns,
		 ip_text(node), dev);
	for (i = 0; i < NODES; i++)
		if (i != node)
			xmt_must("ip -n %s neigh replace %s lladdr %s dev %s nud permanent", ns,
				 ip_text(i), xmt_mac_text(macs[i]), dev);
}

static void tweak(struct side *s)
{
	if (!s->tweak)
		return;
	xmt_must("export HOST=%s WIRE=%s E0=%s E1=%s P=%u; %s", s->host.name, s->node[WIRE].name,
		 s->node[E0].name, s->node[E1].name, xmt_ifindex(&s->host, "p0"), s->tweak);
	if (xmt_output()[0])
		printf("%s: %s\n", s->name, xmt_output());
}

void side_make(struct side *s, const char *xmacvlan)
{
	char name[25];
	int node;

	s->undo = -1;
	snprintf(name, sizeof(name), "%.12s-host", s->name);
	xmt_ns_add(&s->host, name, 0);
	for (node = WIRE; node < NODES; node++) {
		snprintf(name, sizeof(name), "%.12s-%s", s->name, node_dev[node]);
		xmt_ns_add(&s->node[node], name, 0);
	}
	if (s->kind == XMACVLAN)
		s->undo = xmt_undo("%s -n %s detach p0 force", xmacvlan, s->host.name);
	make_parent(s, xmacvlan);
	for (node = E0; node < NODES; node++)
		make_endpoint(s, node, xmacvlan);
	for (node = WIRE; node < NODES; node++)
		configure(s, node);
	tweak(s);
}

void side_delete(struct side *s, const char *xmacvlan)
{
	int node;

	if (s->kind == XMACVLAN)
		xmt_run("timeout 30 %s -n %s detach p0 force", xmacvlan, s->host.name);
	xmt_undone(s->undo);
	for (node = WIRE; node < NODES; node++)
		xmt_ns_del(&s->node[node]);
	xmt_ns_del(&s->host);
}
