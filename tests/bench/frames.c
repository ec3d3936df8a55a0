// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames from the wire as a NIC's driver delivers them: BPF_PROG_TEST_RUN with live frames. A
 * program that returns XDP_TX on the far end of the parent's veth puts them into the parent's
 * ring, from where the parent's NAPI takes them. The sending side has no socket and no stack.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include "pkt.h"
#include "udp.h"

#define BATCH 64
#define TICK  0.001 /* seconds, of the paced sender */

struct udp_frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[UDP_PAYLOAD];
} __attribute__((packed));

void frames_fill(struct frames *frames, const uint8_t *from, const uint8_t *to, uint32_t to_ip,
		 uint16_t from_port, uint16_t to_port)
{
	struct udp_frame *f = (void *)frames->data;

	_Static_assert(sizeof(*f) <= sizeof(frames->data), "struct frames");
	memset(frames, 0, sizeof(*frames));
	frames->len = sizeof(*f);
	memcpy(f->eth.h_dest, to, 6);
	memcpy(f->eth.h_source, from, 6);
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.tot_len = htons(sizeof(*f) - sizeof(f->eth));
	f->ip.saddr = htonl(node_ip(WIRE));
	f->ip.daddr = htonl(to_ip);
	f->ip.check = htons(~xmt_csum_add(0, &f->ip, sizeof(f->ip)));
	f->udp.source = from_port;
	f->udp.dest = to_port;
	f->udp.len = htons(sizeof(f->udp) + UDP_PAYLOAD);
}

int frames_deliver(int prog, const struct side *s, const struct frames *f, unsigned int n)
{
	struct xdp_md ctx = {
		.data_end = f->len,
		.ingress_ifindex = s->wire_ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data, .data_size_in = f->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = n,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH, );

	return bpf_prog_test_run_opts(prog, &opts);
}

/* 0 or a negative errno; temporary errors count as 0. */
static int send_repeated(struct load *load, unsigned int n)
{
	int err = frames_deliver(load->tx, load->side, load->data, n);

	return err == -EINTR || err == -EAGAIN ? 0 : err;
}

/*
 * One long call, which load.c's signal ends. Each call takes the lock of the kernel's BPF
 * dispatcher for XDP, and other programs that attach XDP on this machine hold that lock for an RCU
 * grace period.
 */
static int send_flood(struct load *load)
{
	int err = 0;

	while (!err && !load_stopped(load))
		err = send_repeated(load, INT_MAX);
	return err;
}

/* A sender that was delayed does not catch up: a burst would not be the rate. */
static int send_paced(struct load *load)
{
	struct frames *f = load->data;
	double begin = cpu_clock(CLOCK_MONOTONIC), next = begin, now, owed = 0;
	int err;

	while (!load_stopped(load)) {
		owed += f->rate * TICK;
		err = owed >= 1 ? send_repeated(load, (unsigned int)owed) : 0;
		if (err)
			return err;
		owed -= (unsigned int)owed;
		now = cpu_clock(CLOCK_MONOTONIC);
		next += TICK;
		if (next > now)
			wait_seconds(next - now);
		else if (next < now - TICK)
			next = now;
	}
	f->seconds = cpu_clock(CLOCK_MONOTONIC) - begin;
	return 0;
}

void frames_send(struct load *load)
{
	struct frames *f = load->data;
	uint64_t before = progs_sent();
	int err;

	xmt_ns_enter(&load->side->node[WIRE]);
	err = f->rate > 0 ? send_paced(load) : send_flood(load);
	f->sent += progs_sent() - before;
	if (err)
		load_error(load, err);
}

uint64_t frames_at_parent(const struct side *s)
{
	unsigned long long bytes, packets = 0;
	char line[256];
	FILE *f;

	xmt_ns_enter(&s->node[HOST]);
	f = fopen("/proc/thread-self/net/dev", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " p0: %llu %llu", &bytes, &packets) == 2)
			break;
	if (f)
		fclose(f);
	xmt_ns_enter(NULL);
	return packets;
}

uint64_t frames_counted_at_parent(const struct load *load)
{
	return frames_at_parent(load->side);
}
