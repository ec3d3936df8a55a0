// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames that reach a veth as XDP frames. See inject.h. */
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "inject.h"

static int bpf_syscall(int cmd, union bpf_attr *attr)
{
	long ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : (int)ret;
}

int xmt_inject_open(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_TX },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};

	return bpf_syscall(BPF_PROG_LOAD, &attr);
}

int xmt_inject(int prog, const struct xmt_ns *ns, unsigned int ifindex, const void *frame,
	       size_t len)
{
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = ifindex };
	union bpf_attr attr = {
		.test =
			{
				.prog_fd = prog,
				.data_in = (uintptr_t)frame,
				.data_size_in = len,
				.ctx_in = (uintptr_t)&ctx,
				.ctx_size_in = sizeof(ctx),
				.repeat = 1,
				.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
				.batch_size = 1,
			},
	};
	int err;

	xmt_ns_enter(ns);
	err = bpf_syscall(BPF_PROG_TEST_RUN, &attr);
	xmt_ns_enter(NULL);
	return err;
}
