// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel runs the program with the frame (BPF_PROG_TEST_RUN); the program clones the frame into
 * the device's ingress
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "pins/inject.h"

int xm_inject_open(struct xm_err *e)
{
	/* return bpf_clone_redirect(skb, skb->ifindex, BPF_F_INGRESS); */
	static const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_1,
		  .off = offsetof(struct __sk_buff, ifindex) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = BPF_F_INGRESS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_clone_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "xm_inject", "Dual BSD/GPL", code,
			       sizeof(code) / sizeof(*code), NULL);

	return fd < 0 ? xm_fail(e, errno, "cannot load the BPF program xm_inject: %s",
				strerror(errno))
		      : fd;
}

int xm_inject(int program, uint32_t ifindex, const void *frame, size_t size)
{
	struct __sk_buff skb = { .ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = size, .ctx_in = &skb,
		    .ctx_size_in = sizeof(skb));

	if (bpf_prog_test_run_opts(program, &opts))
		return -errno;
	/* bpf_clone_redirect() returns a negative errno, or NET_RX_DROP */
	if ((int)opts.retval > 0)
		return -ENOBUFS;
	return (int)opts.retval;
}
