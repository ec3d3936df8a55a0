// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/libbpf.h>
#include <stddef.h>
#include <unistd.h>

#include "features.h"

static const struct helper {
	enum bpf_prog_type type;
	enum bpf_func_id id;
	const char *what;
} helpers[] = {
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer, "bpf_redirect_peer() (Linux 5.10)" },
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_loop, "bpf_loop() (Linux 5.17)" },
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_probe_read_kernel,
	  "bpf_probe_read_kernel() for TC programs (Linux 5.8, CAP_PERFMON, no confidentiality lockdown)" },
	{ BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_map, "bpf_redirect_map() (Linux 4.14)" },
};

const char *xm_missing_feature(void)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return "BTF (CONFIG_DEBUG_INFO_BTF)";
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL) == 0)
		return "BPF programs for TC (CONFIG_BPF_SYSCALL, CONFIG_NET_CLS_BPF)";
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_DEVMAP, NULL) == 0)
		return "devmaps (CONFIG_NET, Linux 4.14)";
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (libbpf_probe_bpf_helper(helpers[i].type, helpers[i].id, NULL) == 0)
			return helpers[i].what;
	return NULL;
}
