// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An XDP program of another project: it passes and counts all frames. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 frames;

SEC("xdp")
int count(struct xdp_md *ctx)
{
	(void)ctx;
	__sync_fetch_and_add(&frames, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
