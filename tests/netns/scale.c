// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A thousand endpoints on one parent. */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "leftovers.h"
#include "probe.h"

#define ENDPOINTS  1000
#define NAMESPACES 4
#define SINGLY	   100 /* endpoints deleted one by one; `detach force` deletes the others */

static struct nt_net net;
static int rx[NAMESPACES], wire_rx, wire_tx;
static unsigned int ifindex[ENDPOINTS]; /* of the peer end, in namespace number % NAMESPACES */

static const char *endpoint_mac(unsigned int i)
{
	static char text[18];

	snprintf(text, sizeof(text), "02:00:00:01:%02x:%02x", i >> 8, i & 255);
	return text;
}

/* One shell runs all commands, which saves a fork for each. */
static void add_endpoints(void)
{
	uint64_t start = nt_now_ms();
	int code;

	code = xmt_run("timeout 100 sh -c 'for i in $(seq 0 %u); do "
		       "%s -n %s add e$i link p0 netns %sc$((i %% %u)) "
		       "address $(printf 02:00:00:01:%%02x:%%02x $((i / 256)) $((i %% 256))) || "
		       "exit 1; done'",
		       ENDPOINTS - 1, nt_bin(), net.host.name, xmt_prefix(), NAMESPACES);
	xmt_check(!code, "%u endpoints added in %.1f s%s", ENDPOINTS, (nt_now_ms() - start) / 1e3,
		  xmt_output());
	if (code)
		xmt_die("cannot add the endpoints: %s", xmt_output());
}

static void open_sockets(void)
{
	char dev[16];

	for (unsigned int n = 0; n < NAMESPACES; n++) {
		xmt_must("for i in $(seq %u %u %u); do echo link set e$i up; done | ip -n %s "
			 "-batch -",
			 n, NAMESPACES, ENDPOINTS - 1, net.peer[n].name);
		rx[n] = xmt_pkt_open(&net.peer[n], 0, ETH_P_ALL);
	}
	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		snprintf(dev, sizeof(dev), "e%u", i);
		ifindex[i] = xmt_ifindex(&net.peer[i % NAMESPACES], dev);
		if (!ifindex[i])
			xmt_die("no device %s", dev);
	}
	wire_rx = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), ETH_P_ALL);
	wire_tx = probe_sender(&net.wire, "w0");
}

static unsigned int endpoint_with_ifindex(unsigned int ns, unsigned int index)
{
	for (unsigned int i = ns; i < ENDPOINTS; i += NAMESPACES)
		if (ifindex[i] == index)
			return i;
	return ENDPOINTS;
}

static bool frame_is_for(const struct xmt_pkt *pkt, unsigned int who)
{
	uint8_t mac[6];

	if (who >= ENDPOINTS)
		return false;
	xmt_mac_parse(endpoint_mac(who), mac);
	return (pkt->data[0] & 1) || !memcmp(pkt->data, mac, 6);
}

/* Counts the frames with `mark` that each endpoint has received; reads until none arrives. */
static void receive_marked(const char *mark, unsigned int got[ENDPOINTS], unsigned int expected)
{
	static struct xmt_pkt pkt;
	unsigned int all = 0, who;

	memset(got, 0, ENDPOINTS * sizeof(*got));
	for (unsigned int n = 0; n < NAMESPACES; n++) {
		while (xmt_pkt_recv(rx[n], &pkt, all < expected ? 500 : 20) > 0) {
			if (!memmem(pkt.data, pkt.len, mark, strlen(mark)))
				continue;
			who = endpoint_with_ifindex(n, pkt.ifindex);
			if (frame_is_for(&pkt, who))
				got[who]++;
			all++;
		}
	}
}

static void send_marked(int fd, const char *dst, const char *src, const char *mark)
{
	uint8_t frame[120];

	probe_frame(frame, sizeof(frame), dst, src, 1);
	strcpy((char *)frame + 70, mark);
	if (xmt_pkt_send(fd, frame, sizeof(frame)))
		xmt_die("send failed");
}

static void check_unicast(const char *what)
{
	unsigned int got[ENDPOINTS], right = 0;
	char mark[32];

	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		snprintf(mark, sizeof(mark), "unicast-%s", what);
		send_marked(wire_tx, endpoint_mac(i), NT_WIRE_MAC, mark);
	}
	receive_marked(mark, got, ENDPOINTS);
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		right += got[i] == 1;
	xmt_check(right == ENDPOINTS, "xdp %s: a unicast frame each reached %u of %u endpoints",
		  what, right, ENDPOINTS);
}

static void check_broadcasts(void)
{
	int fd = probe_sender(&net.peer[0], "e0");
	unsigned int got[ENDPOINTS], right = 0, siblings = 0;

	send_marked(wire_tx, "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC, "broadcast-from-wire");
	receive_marked("broadcast-from-wire", got, ENDPOINTS);
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		right += got[i] == 1;
	xmt_check(right == ENDPOINTS, "a broadcast from the wire reached %u of %u endpoints", right,
		  ENDPOINTS);
	send_marked(fd, "ff:ff:ff:ff:ff:ff", endpoint_mac(0), "broadcast-from-e0");
	receive_marked("broadcast-from-e0", got, ENDPOINTS - 1);
	for (unsigned int i = 1; i < ENDPOINTS; i++)
		siblings += got[i] == 1;
	xmt_check(siblings == ENDPOINTS - 1 && !got[0],
		  "a broadcast by e0 reached %u of %u siblings", siblings, ENDPOINTS - 1);
	xmt_check(xmt_pkt_wait(wire_rx, "broadcast-from-e0", 17, 1000, NULL, NULL) == 1,
		  "a broadcast by e0 reached the wire");
	xmt_pkt_close(&fd, 1);
}

static void check_pings(void)
{
	struct nt_station wire, e;
	char dev[16];

	nt_station(&wire, &net.wire, "w0", NT_ID_WIRE);
	for (unsigned int i = 0; i < NAMESPACES; i++) {
		unsigned int number = i * 331; /* in a different namespace each time */

		snprintf(dev, sizeof(dev), "e%u", number);
		nt_station(&e, &net.peer[number % NAMESPACES], dev, 16 + i);
		ip_check_ping("scale", &wire, &e);
	}
}

static void check_shown(unsigned int want)
{
	uint64_t start = nt_now_ms();
	json_t *doc = nt_xm_json(&net.host, "show");

	xmt_check(json_array_size(doc) == want, "show -j lists %zu endpoints (%.1f s)",
		  json_array_size(doc), (nt_now_ms() - start) / 1e3);
	json_decref(doc);
}

static void delete_endpoints(void)
{
	uint64_t start = nt_now_ms();
	unsigned int devices = 0;
	int code;

	code = xmt_run(
		"timeout 60 sh -c 'for i in $(seq 0 %u); do %s -n %s del e$i || exit 1; done'",
		SINGLY - 1, nt_bin(), net.host.name);
	xmt_check(!code, "%u endpoints deleted in %.1f s%s", SINGLY, (nt_now_ms() - start) / 1e3,
		  xmt_output());
	check_shown(ENDPOINTS - SINGLY);
	start = nt_now_ms();
	code = xmt_run("timeout 100 %s -n %s detach p0 force", nt_bin(), net.host.name);
	xmt_check(!code, "detach force deleted the other %u in %.1f s%s", ENDPOINTS - SINGLY,
		  (nt_now_ms() - start) / 1e3, xmt_output());
	xmt_check(!leftovers_on_parent(&net.host), "left on the parent: %s",
		  leftovers_on_parent(&net.host) ?: "nothing");
	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		char dev[16];

		snprintf(dev, sizeof(dev), "e%u", i);
		devices += nt_exists(&net.peer[i % NAMESPACES], dev);
	}
	xmt_check(!devices && !leftovers_in_filter(&net.host, "02:00:00:01:"),
		  "%u devices are left, no MAC is left in the filter", devices);
}

static void thousand_endpoints(void)
{
	nt_net(&net, NAMESPACES, XMT_NS_IPV6);
	/* no link-local addresses: the DAD frames of a thousand devices would disturb the test */
	for (unsigned int n = 0; n < NAMESPACES; n++)
		xmt_ns_sysctl(&net.peer[n], "ipv6/conf/default/addr_gen_mode", "1");
	add_endpoints();
	open_sockets();
	check_shown(ENDPOINTS);
	check_unicast("off");
	check_broadcasts();
	nt_xm_must(&net.host, "attach p0 xdp native");
	check_unicast("native");
	check_pings();
	delete_endpoints();
}

static const struct nt_case cases[] = {
	{ "thousand endpoints", 280, thousand_endpoints },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
