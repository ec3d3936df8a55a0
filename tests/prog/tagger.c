// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stddef.h>

#include "objs.h"
#include "tagger.h"

static int tag_prog = -1, tag_jump = -1;

int tagger_load(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, map_opts);
	int jump = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "tag_jump", 4, 4, 1, &map_opts);
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = 2,
		  .src_reg = 6,
		  .off = offsetof(struct __sk_buff, cb[0]) },
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = 3,
		  .src_reg = 6,
		  .off = offsetof(struct __sk_buff, cb[1]) },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = 2,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = jump },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 99 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	tag_jump = jump;
	tag_prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "tagger", "GPL", code,
				 sizeof(code) / sizeof(code[0]), NULL);
	return tag_prog < 0 ? tag_prog : 0;
}

unsigned int tagger_run(int prog, const struct frame *f, struct __sk_buff *ctx)
{
	__u32 zero = 0;

	objs_put(tag_jump, &zero, &prog);
	ctx->cb[0] = __builtin_bswap16(f->tpid);
	ctx->cb[1] = f->tci;
	return objs_run_tc(tag_prog, f->data, f->len, ctx);
}
