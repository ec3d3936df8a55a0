// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbered frames between the wire and k0. See k0_traffic.h. */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"
#include "k0_traffic.h"

#define EVERY_US      300
#define WAIT_MS	      1500
#define FIRST	      (1ull << 40) /* above all numbers of probe_next() */
#define FIRST_OF(way) (FIRST << (way))

static const struct way {
	const char *name, *dst, *src;
} ways[K0_TRAFFIC_WAYS] = {
	{ "from the wire to k0", K0_MAC, NT_WIRE_MAC },
	{ "from k0 to the wire", NT_WIRE_MAC, K0_MAC },
	{ "from the wire to all", "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC },
};

void k0_traffic_open(struct k0_traffic *s, const struct invariants *inv)
{
	memset(s, 0, sizeof(*s));
	s->tx[0] = probe_sender(&inv->net.wire, "w0");
	s->rx[0] = xmt_pkt_open(&inv->net.peer[0], xmt_ifindex(&inv->net.peer[0], "k0"), ETH_P_ALL);
	s->tx[1] = probe_sender(&inv->net.peer[0], "k0");
	s->rx[1] = xmt_pkt_open(&inv->net.wire, xmt_ifindex(&inv->net.wire, "w0"), ETH_P_ALL);
	s->tx[2] = probe_sender(&inv->net.wire, "w0");
	s->rx[2] = xmt_pkt_open(&inv->net.peer[0], xmt_ifindex(&inv->net.peer[0], "k0"), ETH_P_ALL);
}

/* ENOBUFS: the peer's backlog was full and the frame is lost */
static void traffic_send(const struct k0_traffic *s, int way)
{
	uint8_t frame[100];
	int err;

	probe_frame(frame, sizeof(frame), ways[way].dst, ways[way].src, FIRST_OF(way) + s->sent);
	err = xmt_pkt_send(s->tx[way], frame, sizeof(frame));
	if (err && err != -ENOBUFS)
		xmt_die("send %s: %s", ways[way].name, strerror(-err));
}

static void *traffic_thread(void *data)
{
	struct k0_traffic *s = data;

	do {
		for (int i = 0; i < K0_TRAFFIC_WAYS; i++)
			traffic_send(s, i);
		s->sent++;
		usleep(EVERY_US);
	} while (!s->stop && s->sent < K0_TRAFFIC_MAX);
	return NULL;
}

void k0_traffic_begin(struct k0_traffic *s)
{
	for (int i = 0; i < K0_TRAFFIC_WAYS; i++)
		xmt_pkt_drain(s->rx[i]);
	s->stop = false;
	s->sent = 0;
	s->drops = xmt_backlog_drops();
	if (pthread_create(&s->thread, NULL, traffic_thread, s))
		xmt_die("cannot start a thread");
}

static const char *traffic_check_way(struct k0_traffic *s, int way)
{
	static struct xmt_pkt pkt;
	static char text[160];
	unsigned int arrived = 0, doubled = 0, lost = 0, first = 0;

	memset(s->seen, 0, sizeof(s->seen));
	while (arrived < s->sent && xmt_pkt_recv(s->rx[way], &pkt, WAIT_MS) > 0) {
		uint64_t n = probe_number(&pkt) - FIRST_OF(way);

		if (n >= s->sent)
			continue;
		doubled += s->seen[n];
		arrived += !s->seen[n];
		s->seen[n] = 1;
	}
	for (unsigned int n = s->sent; n--;)
		if (!s->seen[n])
			lost++, first = n;
	if (!lost && !doubled)
		return NULL;
	snprintf(text, sizeof(text), "%s: %u of %u frames lost (the first: %u), %u arrived twice",
		 ways[way].name, lost, s->sent, first, doubled);
	return text;
}

const char *k0_traffic_end(struct k0_traffic *s)
{
	const char *wrong = NULL;

	s->stop = true;
	pthread_join(s->thread, NULL);
	s->total += s->sent;
	for (int i = 0; i < K0_TRAFFIC_WAYS; i++)
		wrong = traffic_check_way(s, i) ?: wrong;
	if (!wrong || s->drops == xmt_backlog_drops())
		return wrong;
	printf("     a backlog of this machine was full: %s\n", wrong);
	return NULL;
}
