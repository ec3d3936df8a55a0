// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The check that a station does not reach another one. See ip.h. */
#include <linux/if_ether.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "probe.h"

struct seen {
	uint8_t mac[6];
	unsigned int frames;
};

static void count_source(const struct xmt_pkt *pkt, void *arg)
{
	struct seen *seen = arg;

	if (!memcmp(pkt->data + 6, seen->mac, 6))
		seen->frames++;
}

/*
 * `from` pings `to`, first with an unknown neighbour (ARP), then with a known one (echo request).
 * Both frames must reach the wire. Then the wire sends a sentinel to `to`; no frame of `from` may
 * arrive there before the sentinel.
 */
void ip_check_isolated(const char *what, const struct nt_net *net, const struct nt_station *from,
		       const struct nt_station *to, uint16_t proto)
{
	struct seen wire = {}, victim = {};
	int fd = probe_sender(&net->wire, "w0"), at_wire, at_victim, got;
	static const char mark[] = "sentinel-of-the-test";
	uint8_t frame[100];
	bool answered;

	at_wire = xmt_pkt_open(&net->wire, xmt_ifindex(&net->wire, "w0"), ETH_P_ALL);
	at_victim = xmt_pkt_open(to->ns, xmt_ifindex(to->ns, to->dev), proto);
	memcpy(wire.mac, from->mac, 6);
	memcpy(victim.mac, from->mac, 6);
	answered = ip_ping(from, to, AF_INET, 200);
	xmt_must("ip -n %s neigh replace 10.9.0.%u lladdr %s dev %s", from->ns->name, to->id,
		 xmt_mac_text(to->mac), from->dev);
	answered |= ip_ping(from, to, AF_INET, 200);
	xmt_pkt_wait(at_wire, mark, sizeof(mark), 100, count_source, &wire);
	probe_frame(frame, sizeof(frame), xmt_mac_text(to->mac), NT_WIRE_MAC, 1);
	memcpy(frame + 60, mark, sizeof(mark));
	xmt_pkt_send(fd, frame, sizeof(frame));
	got = xmt_pkt_wait(at_victim, mark, sizeof(mark), 2000, count_source, &victim);
	xmt_check(
		wire.frames >= 2 && got == 1 && !victim.frames && !answered,
		"%s: %s does not reach %s (frames on the wire: %u, sentinel: %d, frames at %s: %u)",
		what, from->dev, to->dev, wire.frames, got, to->dev, victim.frames);
	xmt_run("ip -n %s neigh flush all nud permanent", from->ns->name);
	xmt_pkt_close(&fd, 1);
	xmt_pkt_close(&at_wire, 1);
	xmt_pkt_close(&at_victim, 1);
}
