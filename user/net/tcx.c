// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>

#include "net/tcx.h"

/* linux/bpf.h of Debian 12 is older than tcx */
#define XM_TCX_INGRESS 46
#define XM_TCX_EGRESS  47
/* BPF_F_BEFORE; without another program: before all */
#define XM_TCX_BEFORE (1u << 3)

static enum bpf_attach_type tcx_hook(bool ingress)
{
	return ingress ? XM_TCX_INGRESS : XM_TCX_EGRESS;
}

int xm_tcx_list(uint32_t ifindex, bool ingress, uint32_t ret[XM_TCX_MAX])
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ret, .prog_cnt = XM_TCX_MAX);

	return bpf_prog_query_opts(ifindex, tcx_hook(ingress), &opts) ? 0 : (int)opts.prog_cnt;
}

int xm_tcx_attach(int prog_fd, uint32_t ifindex, bool ingress)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XM_TCX_BEFORE);
	int fd = bpf_link_create(prog_fd, ifindex, tcx_hook(ingress), &opts);

	/* Older kernels have neither the attach type nor links on TC */
	if (fd == -EINVAL || fd == -ENOTSUP || fd == -EOPNOTSUPP)
		return -EOPNOTSUPP;
	return fd;
}

int xm_tcx_attach_program(int prog_fd, uint32_t ifindex, bool ingress)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = XM_TCX_BEFORE);

	return bpf_prog_attach_opts(prog_fd, ifindex, tcx_hook(ingress), &opts) ? -errno : 0;
}

int xm_tcx_detach_program(int prog_fd, uint32_t ifindex, bool ingress)
{
	return bpf_prog_detach2(prog_fd, ifindex, tcx_hook(ingress)) ? -errno : 0;
}
