// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames from the wire as a NIC's driver brings them: BPF_PROG_TEST_RUN with live frames. A program
 * that says XDP_TX on the far end of the parent's veth puts them into the parent's ring, and the
 * parent's NAPI takes them out. No socket and no stack on the sending side.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include "pkt.h"
#include "udp.h"

#define BATCH		64
#define FRAMES		32768	/* a system call; some 30 ms */

struct live_frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[UDP_PAYLOAD];
} __attribute__((packed));

/* The port a socket is bound to, in network byte order. */
static uint16_t port_of(int fd)
{
	struct sockaddr_in sin = {};
	socklen_t len = sizeof(sin);

	getsockname(fd, (struct sockaddr *)&sin, &len);
	return sin.sin_port;
}

/* A datagram from fd[0] to fd[1]. */
static void fill(struct live_frame *f, const struct bench_case *c, const int fd[2])
{
	memset(f, 0, sizeof(*f));
	memcpy(f->eth.h_dest, node_mac(c->to), 6);
	memcpy(f->eth.h_source, node_mac(c->from), 6);
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.tot_len = htons(sizeof(*f) - sizeof(f->eth));
	f->ip.saddr = htonl(node_ip(c->from));
	f->ip.daddr = htonl(node_ip(c->to));
	f->ip.check = htons(~xmt_csum_add(0, &f->ip, sizeof(f->ip)));
	f->udp.source = port_of(fd[0]);
	f->udp.dest = port_of(fd[1]);
	f->udp.len = htons(sizeof(f->udp) + UDP_PAYLOAD);
}

/* Returns XDP_TX for every frame. */
static int load_program(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_TX },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_live", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

static void live_send(struct load *load)
{
	struct xdp_md ctx = {
		.data_end = sizeof(struct live_frame),
		.ingress_ifindex = load->side->wire_ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = load->data,
		.data_size_in = sizeof(struct live_frame),
		.ctx_in = &ctx,
		.ctx_size_in = sizeof(ctx),
		.repeat = FRAMES,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		.batch_size = BATCH,
	);
	int err;

	xmt_ns_enter(&load->side->node[WIRE]);
	while (!load_stopped(load)) {
		err = bpf_prog_test_run_opts(load->tx, &opts);
		if (err && err != -EINTR && err != -EAGAIN) {
			load_error(load, err);
			return;
		}
	}
}

int live_shot(const struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct load load = {
		.send = live_send,
		.receive = udp_receive,
		.receive_cpu = CPU_RECEIVE,
		.side = s,
	};
	struct live_frame frame;
	int fd[2], err;

	err = sock_udp_pair(s, c->from, c->to, fd);
	if (err)
		return err;
	fill(&frame, c, fd);
	load.data = &frame;
	load.rx = fd[1];
	load.tx = load_program();
	err = load.tx < 0 ? load.tx : udp_measure(&load, seconds, value);
	if (load.tx >= 0)
		close(load.tx);
	close(fd[0]);
	close(fd[1]);
	return err;
}
