// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ARP requests at a steady rate from the wire, for the address of the first endpoint of a crowd.
 * Each endpoint has a stack that takes the request in; the one that has the address answers.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_ether.h>

#include "cases.h"
#include "run.h"

#define RATE	    1000 /* requests a second */
#define SECONDS_MIN 0.5

static void fill_request(struct frames *f)
{
	static const uint8_t head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
	uint32_t from = htonl(node_ip(WIRE)), to = htonl(node_ip(E0));

	memset(f, 0, sizeof(*f));
	f->len = 60;
	f->rate = RATE;
	memset(f->data, 0xff, 6);
	memcpy(f->data + 6, node_mac(WIRE), 6);
	memcpy(f->data + 12, head, sizeof(head));
	memcpy(f->data + 22, node_mac(WIRE), 6);
	memcpy(f->data + 28, &from, 4);
	memcpy(f->data + 38, &to, 4);
}

/* Answers that the wire has received: the frames that its device has */
static uint64_t count_answers(const struct side *s)
{
	unsigned long long packets = 0;

	xmt_must("ip netns exec %s cat /sys/class/net/w0/statistics/rx_packets",
		 s->node[WIRE].name);
	sscanf(xmt_output(), "%llu", &packets);
	return packets;
}

void arp_begin(struct side *sides, unsigned int n, const struct bench_case *c)
{
	(void)c;
	/* The address is on the first endpoint, and no other device answers for it */
	for (unsigned int i = 0; i < n; i++) {
		const char *ns = sides[i].node[E0].name;

		xmt_ns_sysctl(&sides[i].node[E0], "ipv4/conf/all/arp_ignore", "1");
		xmt_must("ip -n %s addr flush dev lo && ip -n %s addr replace %s/32 dev e0", ns, ns,
			 inet_ntoa((struct in_addr){ htonl(node_ip(E0)) }));
	}
}

/*
 * All that xmacvlan does is in softirqs. macvlan's kworker copies the frames outside of them, so
 * the first figure favours macvlan; the second one has the sender too.
 */
int arp_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct frames frames;
	struct load load = {
		.send = frames_send,
		.counted = frames_counted_at_parent,
		.side = s,
		.tx = progs_sender(SEND_FIXED, 0),
		.data = &frames,
	};
	uint64_t answers = count_answers(s);
	struct window w;
	int err;

	(void)c;
	fill_request(&frames);
	err = load_run(&load, bench_options.quick ? seconds : fmax(seconds, SECONDS_MIN), &w);
	if (err)
		return err;
	value[0] = w.softirq * 1e6 / w.count;
	value[1] = (w.sender + w.kernel) * 1e6 / w.count;
	value[2] = w.count / w.seconds / 1e3;
	value[3] = 100.0 * (count_answers(s) - answers) / frames.sent;
	return 0;
}
