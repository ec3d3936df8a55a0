// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TC programs of others. See others_fixture.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "others_fixture.h"

void other_load(struct other *o, int action)
{
	int mark = offsetof(struct __sk_buff, mark);
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 2,
		  .src_reg = BPF_PSEUDO_MAP_VALUE },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 1 },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC,
		  .dst_reg = 2,
		  .src_reg = 3,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0x1234 },
		{ .code = BPF_STX | BPF_W | BPF_MEM, .dst_reg = 1, .src_reg = 3, .off = mark },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = action },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	o->counter = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 8, 1, NULL);
	code[0].imm = o->counter;
	o->prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "others_agent", "GPL", code,
				sizeof(code) / sizeof(*code), NULL);
	if (o->counter < 0 || o->prog < 0)
		xmt_die("cannot load a program: %s", strerror(errno));
}

void other_attach(struct other *o, const struct xmt_ns *ns, const char *dev, int type,
		  unsigned int flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	unsigned int ifindex = xmt_ifindex(ns, dev);

	xmt_ns_enter(ns);
	o->link = bpf_link_create(o->prog, ifindex, type, &opts);
	xmt_ns_enter(NULL);
	if (o->link == -EINVAL) {
		xmt_skip("a program of others: no tcx before Linux 6.6");
		exit(0);
	}
	if (o->link < 0)
		xmt_die("cannot attach a program: %s", strerror(-o->link));
}

unsigned long long other_count(const struct other *o)
{
	unsigned long long n = 0;
	unsigned int key = 0;

	bpf_map_lookup_elem(o->counter, &key, &n);
	return n;
}

void others_make_world(struct others_world *w)
{
	nt_one_cpu();
	nt_net(&w->net, 2, XMT_NS_IPV6);
	nt_stations(&w->net, &w->wire, &w->host);
}

void others_add_e0(struct others_world *w)
{
	nt_endpoint(&w->net, &w->e0, &w->net.peer[0], "e0", 16, "host on");
}
