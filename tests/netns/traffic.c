// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * IP traffic: ping with ARP and neighbour discovery in every mode, with the peer end in a
 * namespace, beside the parent and moved; DHCP by broadcast; IPv6 duplicate address detection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "probe.h"

static void set_modes(const struct nt_net *net, const char *mode)
{
	nt_xm_must(&net->host, "set e0 mode %s", mode);
	nt_xm_must(&net->host, "set e1 mode %s", mode);
}

static void ping_in_modes(void)
{
	static const char *const names[] = { "private", "vepa", "source" };
	struct nt_station wire, host, e0, e1;
	struct nt_net net;

	nt_one_cpu();
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "mode bridge");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
	ip_check_ping("bridge", &e0, &e1);
	ip_check_ping("bridge", &e0, &wire);
	ip_check_ping("bridge", &host, &wire);
	ip_check_isolated("bridge", &net, &e0, &host, ETH_P_IP);
	ip_check_isolated("bridge", &net, &host, &e0, ETH_P_ALL);
	for (int i = 0; i < 2; i++) {
		set_modes(&net, names[i]);
		ip_check_ping(names[i], &e0, &wire);
		ip_check_ping(names[i], &e1, &wire);
		ip_check_isolated(names[i], &net, &e0, &e1, ETH_P_ALL);
		ip_check_isolated(names[i], &net, &e1, &e0, ETH_P_ALL);
		ip_check_isolated(names[i], &net, &e0, &host, ETH_P_IP);
		ip_check_isolated(names[i], &net, &host, &e0, ETH_P_ALL);
	}
	set_modes(&net, names[2]);
	nt_xm_must(&net.host, "set e0 macaddr add " NT_WIRE_MAC);
	ip_check_ping("source, listed", &e0, &wire);
	set_modes(&net, "bridge");
	ip_check_ping("bridge again", &e0, &e1);
}

static void ping_passthru(void)
{
	struct nt_station wire, e0;
	struct nt_net net;

	nt_net(&net, 1, XMT_NS_IPV6);
	nt_station(&wire, &net.wire, "w0", NT_ID_WIRE);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "mode passthru");
	ip_check_ping("passthru", &e0, &wire);
}

/* Routes for a peer end beside the parent, whose sockets are bound to their device */
static void add_routes_beside(const struct nt_station *s)
{
	const char *ns = s->ns->name;

	xmt_ns_sysctl(s->ns, "ipv4/conf/all/arp_ignore", "1");
	xmt_ns_sysctl(s->ns, "ipv4/conf/all/arp_announce", "2");
	xmt_ns_sysctl(s->ns, "ipv4/conf/all/rp_filter", "0");
	xmt_must("ip -n %s rule add pref 100 from 10.9.0.%u lookup 100 && "
		 "ip -n %s route add 10.9.0.0/24 dev %s src 10.9.0.%u table 100 && "
		 "ip -n %s -6 rule add pref 100 from fd09::%x lookup 100 && "
		 "ip -n %s -6 route add fd09::/64 dev %s table 100",
		 ns, s->id, ns, s->dev, s->id, ns, s->id, ns, s->dev);
}

static void ping_beside_and_moved(void)
{
	struct nt_station wire, e0, e1, moved;
	struct nt_net net;

	nt_net(&net, 2, XMT_NS_IPV6);
	nt_station(&wire, &net.wire, "w0", NT_ID_WIRE);
	nt_endpoint(&net, &e0, &net.host, "e0", 16, "");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
	add_routes_beside(&e0);
	ip_check_ping("beside the parent", &e0, &wire);
	ip_check_ping("beside the parent", &e0, &e1);
	xmt_check(!ip_tcp(&e0, &e1, AF_INET, 1 << 20), "beside the parent: TCP e0 <-> e1");
	xmt_must("ip -n %s link set e0 netns %s && ip -n %s link set e0 addrgenmode none up",
		 net.host.name, net.peer[0].name, net.peer[0].name);
	nt_station(&moved, &net.peer[0], "e0", 16);
	ip_check_ping("moved out, no command yet", &moved, &wire);
	ip_check_ping("moved out, no command yet", &moved, &e1);
	nt_xm_must(&net.host, "sync");
	ip_check_ping("moved out, after sync", &moved, &wire);
	xmt_must("ip -n %s link set e0 netns %s && ip -n %s link set e0 addrgenmode none up",
		 net.peer[0].name, net.host.name, net.host.name);
	nt_xm_must(&net.host, "sync");
	xmt_run("ip -n %s rule del pref 100; ip -n %s -6 rule del pref 100", net.host.name,
		net.host.name);
	nt_station(&e0, &net.host, "e0", 16);
	add_routes_beside(&e0);
	ip_check_ping("moved back, after show", &e0, &wire);
	ip_check_ping("moved back, after show", &e0, &e1);
}

/* Like DHCP: the client has no address, all messages are broadcast */
static int dhcp_socket(const struct xmt_ns *ns, const char *dev, uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd, one = 1;

	xmt_ns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	xmt_ns_enter(NULL);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev) + 1) ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)))
		xmt_die("DHCP socket on %s: %s", dev, strerror(errno));
	return fd;
}

static int dhcp_send(int from, int to, uint16_t port, const char *text, uint16_t from_port)
{
	struct sockaddr_in all = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = INADDR_BROADCAST,
	};
	struct pollfd pfd = { .fd = to, .events = POLLIN };
	struct sockaddr_in src = {};
	socklen_t len = sizeof(src);
	char buf[600] = "";

	if (sendto(from, text, 300, 0, (struct sockaddr *)&all, sizeof(all)) != 300)
		return -errno;
	if (poll(&pfd, 1, 2000) != 1)
		return -ETIMEDOUT;
	if (recvfrom(to, buf, sizeof(buf), 0, (struct sockaddr *)&src, &len) != 300)
		return -EMSGSIZE;
	return memcmp(buf, text, 300) || src.sin_port != htons(from_port) ? -EBADMSG : 0;
}

static void check_dhcp(const char *what, const struct xmt_ns *client_ns, const char *client_dev,
		       const struct xmt_ns *server_ns, const char *server_dev)
{
	static const char *const words[] = { "DISCOVER", "OFFER", "REQUEST", "ACK" };
	int client = dhcp_socket(client_ns, client_dev, 68);
	int server = dhcp_socket(server_ns, server_dev, 67);
	char text[300];
	int err;

	for (int i = 0; i < 4; i++) {
		memset(text, 'x', sizeof(text));
		snprintf(text, sizeof(text), "%s %s", words[i], what);
		err = i % 2 ? dhcp_send(server, client, 68, text, 67)
			    : dhcp_send(client, server, 67, text, 68);
		xmt_check(!err, "DHCP %s: %s%s%s", what, words[i], err ? ": " : "",
			  err ? strerror(-err) : "");
	}
	close(client);
	close(server);
}

/* The server answers to the client's MAC, and a raw socket reads the answer, as in dhclient. */
static void check_dhcp_unicast(const char *what, const struct nt_net *net, const struct xmt_ns *ns,
			       const char *dev, const char *mac)
{
	int raw = xmt_pkt_open(ns, xmt_ifindex(ns, dev), ETH_P_IP), server;
	struct sockaddr_storage to;
	static struct xmt_pkt pkt;
	static const char offer[] = "unicast OFFER to an address that no device has yet";
	const struct iphdr *ip = (void *)(pkt.data + ETH_HLEN);
	const struct udphdr *udp = (void *)(ip + 1);
	uint16_t sum;
	int ok = 0;

	xmt_must("ip -n %s neigh replace 10.9.0.200 lladdr %s dev w0", net->wire.name, mac);
	server = dhcp_socket(&net->wire, "w0", 67);
	ip_addr(AF_INET, 200, 68, &to);
	sendto(server, offer, sizeof(offer), 0, (struct sockaddr *)&to, sizeof(struct sockaddr_in));
	while (!ok && xmt_pkt_recv(raw, &pkt, 2000) > 0)
		ok = memmem(pkt.data, pkt.len, offer, sizeof(offer)) != NULL;
	sum = htons(IPPROTO_UDP);
	sum = xmt_csum_add(xmt_csum_add(0, &sum, 2), &udp->len, 2);
	sum = xmt_csum_add(xmt_csum_add(sum, &ip->saddr, 8), udp, ntohs(udp->len));
	xmt_check(ok && (pkt.csum_partial || sum == 0xffff), "DHCP %s: unicast OFFER, checksum %s",
		  what, pkt.csum_partial ? "partial" : "correct");
	xmt_pkt_close(&raw, 1);
	close(server);
}

static void dhcp_in_modes(void)
{
	static const char *const names[] = { "bridge", "private", "vepa" };
	struct nt_station wire, host;
	struct nt_net net;
	char what[64];

	nt_net(&net, 1, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_xm_must(&net.host, "add e0 link p0 address 02:00:00:00:00:10 netns %s host on",
		   net.peer[0].name);
	xmt_must("ip -n %s link set e0 up", net.peer[0].name);
	for (int i = 0; i < 3; i++) {
		nt_xm_must(&net.host, "set e0 mode %s", names[i]);
		snprintf(what, sizeof(what), "%s, server on the wire", names[i]);
		check_dhcp(what, &net.peer[0], "e0", &net.wire, "w0");
		snprintf(what, sizeof(what), "%s, server on the host", names[i]);
		check_dhcp(what, &net.peer[0], "e0", &net.host, "p0");
	}
	check_dhcp_unicast("tc", &net, &net.peer[0], "e0", "02:00:00:00:00:10");
	nt_xm_must(&net.host, "attach p0 xdp native");
	check_dhcp("xdp native", &net.peer[0], "e0", &net.wire, "w0");
	check_dhcp_unicast("xdp native", &net, &net.peer[0], "e0", "02:00:00:00:00:10");
}

/*
 * Waits up to 6 s until the output of `ip -6 addr show` contains `text` (`want`) or does not
 * contain it. Returns false after that time.
 */
static bool wait_ipv6_addr(const struct xmt_ns *ns, const char *filter, const char *text, bool want)
{
	uint64_t end = nt_now_ms() + 6000;

	do {
		xmt_must("ip -n %s -6 addr show dev %s", ns->name, filter);
		if (!!strstr(xmt_output(), text) == want)
			return true;
		usleep(50000);
	} while (nt_now_ms() < end);
	return false;
}

static void check_dad(const char *mode, const char *xdp)
{
	struct nt_net net;

	nt_net(&net, 2, XMT_NS_IPV6);
	nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
	for (int i = 0; i < 2; i++) {
		nt_xm_must(&net.host, "add e%d link p0 netns %s mode %s host on", i,
			   net.peer[i].name, mode);
		xmt_must("ip -n %s addr add fd09::%d/64 dev e%d && ip -n %s link set e%d up",
			 net.peer[i].name, i + 1, i, net.peer[i].name, i);
	}
	for (int i = 0; i < 2; i++) {
		char dev[8];

		snprintf(dev, sizeof(dev), "e%d", i);
		xmt_check(wait_ipv6_addr(&net.peer[i], dev, "fe80::", true),
			  "DAD %s: %s has a link-local address", mode, dev);
		xmt_check(wait_ipv6_addr(&net.peer[i], dev, "tentative", false),
			  "DAD %s: addresses of %s are no longer tentative", mode, dev);
		xmt_check(!strstr(xmt_output(), "dadfailed") && strstr(xmt_output(), "fd09::"),
			  "DAD %s: no address of %s is a duplicate", mode, dev);
	}
	if (strcmp(mode, "bridge"))
		return;
	xmt_must("ip -n %s addr add fd09::1/64 dev e1", net.peer[1].name);
	xmt_check(wait_ipv6_addr(&net.peer[1], "e1", "dadfailed", true),
		  "DAD %s: a sibling's address is detected as a duplicate", mode);
	xmt_must("ip -n %s addr add fd09::2/64 dev p0", net.host.name);
	xmt_check(wait_ipv6_addr(&net.host, "p0", "dadfailed", true),
		  "DAD %s: the host detects an endpoint's address as a duplicate", mode);
}

static void dad_bridge(void)
{
	check_dad("bridge", "off");
}

static void dad_native(void)
{
	check_dad("bridge", "native");
}

static void dad_private(void)
{
	check_dad("private", "off");
}

static const struct nt_case cases[] = {
	{ "modes", 60, ping_in_modes },
	{ "passthru", 30, ping_passthru },
	{ "beside the parent and moved", 60, ping_beside_and_moved },
	{ "dhcp", 60, dhcp_in_modes },
	{ "dad bridge", 40, dad_bridge },
	{ "dad xdp native", 40, dad_native },
	{ "dad private", 40, dad_private },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
