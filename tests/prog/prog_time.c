// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Measures the nanoseconds per frame on the main paths of each program, by BPF_PROG_TEST_RUN, with
 * one endpoint and with 10,000. Prints the time of an empty program, too. The numbers are for
 * people: no time fails, only a program that cannot run or returns another value. One frame is
 * repeated, so its map entries are in the cache. Argument: number of repetitions (1,000,000).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pkt_cls.h>

#include "frames.h"
#include "net.h"
#include "objs.h"
#include "world.h"

#define MANY   10000
#define ROUNDS 5 /* the least of the rounds is printed: noise only adds */

static const struct path {
	const char *name;
	enum prog prog;
	const char *world; /* world.h */
	const char *frame;
	char device; /* receives the frame */
	unsigned int ret; /* another value shows that the program took another path */
} paths[] = {
	{ "wire to endpoint (veth)", PARENT_RX, "Ab", "x>A", 'h', TC_ACT_REDIRECT },
	{ "wire to endpoint (peer)", PARENT_RX, "Mb@", "x>M", 'h', TC_ACT_REDIRECT },
	{ "wire to the parent", PARENT_RX, "Ab", "x>P", 'h', (unsigned int)TC_ACT_UNSPEC },
	{ "wire to nobody", PARENT_RX, "Ab", "x>y", 'h', (unsigned int)TC_ACT_UNSPEC },
	{ "passthru", PARENT_RX, "At", "x>P", 'h', TC_ACT_REDIRECT },
	{ "source mode, unlisted", PARENT_RX, "Ab Es:y", "x>A", 'h', TC_ACT_REDIRECT },
	{ "bridge to the wire", ENDPOINT_RX, "Ab!", "A>y", 'A', TC_ACT_REDIRECT },
	{ "bridge to bridge", ENDPOINT_RX, "Ab! Bb!", "A>B", 'A', TC_ACT_REDIRECT },
	{ "private to the wire", ENDPOINT_RX, "Ap!", "A>y", 'A', TC_ACT_REDIRECT },
	{ "endpoint to the host", ENDPOINT_RX, "Ab!+", "A>P", 'A', TC_ACT_REDIRECT },
	{ "spoofed", ENDPOINT_RX, "Ab!", "x>y", 'A', TC_ACT_SHOT },
	{ "host to endpoint", PARENT_TX, "Ab+", "P>A", 'h', TC_ACT_REDIRECT },
	{ "host to the wire", PARENT_TX, "Ab+", "P>y", 'h', (unsigned int)TC_ACT_UNSPEC },
	{ "UDP to endpoint", PARENT_XDP, "Ab~", "x>A u4", 'h', XDP_REDIRECT },
	{ "UDP over IPv6 to endpoint", PARENT_XDP, "Ab~", "x>A u6", 'h', XDP_REDIRECT },
	{ "UDP to nobody", PARENT_XDP, "Ab~", "x>y u4", 'h', XDP_PASS },
	{ "TCP", PARENT_XDP, "Ab~", "x>A t4", 'h', XDP_PASS },
	{ "the host's own frame", ENDPOINT_TX, "Ab", "P>A", 'A', TC_ACT_SHOT },
};

static struct objs objs;
static int repeat = 1000000;

static int empty_prog_load(enum bpf_prog_type type)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(type, "empty", "GPL", code, 2, NULL);

	if (fd < 0) {
		perror("load the empty program");
		exit(1);
	}
	return fd;
}

static unsigned int prog_time_once(int prog, const struct frame *f, struct __sk_buff *ctx,
				   __u32 *ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data, .data_size_in = f->len,
		    .repeat = repeat);

	if (ctx) {
		opts.ctx_in = ctx;
		opts.ctx_size_in = sizeof(*ctx);
	}
	if (bpf_prog_test_run_opts(prog, &opts)) {
		fprintf(stderr, "BPF_PROG_TEST_RUN: %s\n", strerror(errno));
		exit(1);
	}
	*ret = opts.retval;
	return opts.duration;
}

static unsigned int prog_time_least(int prog, const struct frame *f, struct __sk_buff *ctx,
				    __u32 *ret)
{
	unsigned int least = prog_time_once(prog, f, ctx, ret);

	for (int i = 1; i < ROUNDS; i++) {
		unsigned int ns = prog_time_once(prog, f, ctx, ret);

		least = ns < least ? ns : least;
	}
	return least;
}

/* Adds endpoints with different MACs. A few devices are the host ends of all of them. */
static void endpoints_add(unsigned int count)
{
	static const char devices[] = "BCDEF";
	struct xm_config c;
	__u32 zero = 0, first = sizeof(NET_ENDPOINTS);

	for (__u32 slot = first; slot < first + count; slot++) {
		struct xm_port port = { .mode = XM_MODE_BRIDGE,
					.mtu = 1500,
					.flags = XM_PORT_SPOOFCHK };
		const __u8 mac[XM_MAC_LEN] = { 6, 1, 2, slot * 7, slot >> 8, slot };

		port.ifindex = net_ifindex(devices[slot % 5]);
		memcpy(port.mac, mac, sizeof(mac));
		objs_put(objs.ports, &slot, &port);
		objs_put(objs.tc_devices, &slot, &port.ifindex);
		objs_put(objs.xdp_devices, &slot, &port.ifindex);
		objs_put_mac(&objs, mac, slot, slot);
	}
	if (bpf_map_lookup_elem(objs.config, &zero, &c))
		exit(1);
	c.slots = first + count;
	objs_put(objs.config, &zero, &c);
}

static void hints_clear(void)
{
	static const struct xm_hints none;

	for (__u32 i = 0; i < (1 << XM_HINT_BITS) / XM_HINT_WAYS; i++)
		objs_put(objs.hints, &i, &none);
}

static unsigned int path_time(const struct path *p)
{
	struct __sk_buff ctx = { .ifindex = net_ifindex(p->device) };
	struct frame f;
	unsigned int ns;
	__u32 ret;

	frame_build(&f, p->frame, 1);
	ns = prog_time_least(objs.prog[p->prog], &f, p->prog == PARENT_XDP ? NULL : &ctx, &ret);
	if (ret != p->ret) {
		fprintf(stderr, "%s: %s returned %u, expected %u\n", p->name, prog_names[p->prog],
			ret, p->ret);
		exit(1);
	}
	return ns;
}

int main(int argc, char **argv)
{
	unsigned int base[2];
	struct world world;
	struct frame f;
	__u32 ret;

	if (argc > 1)
		repeat = atoi(argv[1]);
	if (geteuid() || repeat < 1) {
		fprintf(stderr, "usage (root): %s [repetitions]\n", argv[0]);
		return 1;
	}
	net_init();
	if (objs_open(&objs))
		return 1;
	objs_grow_stats(&objs, sizeof(NET_ENDPOINTS) + MANY);
	frame_build(&f, "x>A", 1);
	base[0] = prog_time_least(empty_prog_load(BPF_PROG_TYPE_SCHED_CLS), &f, NULL, &ret);
	base[1] = prog_time_least(empty_prog_load(BPF_PROG_TYPE_XDP), &f, NULL, &ret);
	printf("ns per frame, least of %d x %d; an empty program: TC %u, XDP %u (included below)\n",
	       ROUNDS, repeat, base[0], base[1]);
	printf("%-12s %-28s %10s %10s\n", "program", "path", "1 endpoint", "10,000");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct path *p = &paths[i];
		unsigned int few, many;

		hints_clear();
		world_set(&objs, p->world, &world);
		few = path_time(p);
		endpoints_add(MANY);
		many = path_time(p);
		printf("%-12s %-28s %10u %10u\n", prog_names[p->prog], p->name, few, many);
		fflush(stdout);
	}
	return 0;
}
