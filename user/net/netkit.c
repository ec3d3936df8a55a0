// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>

#include "net/netkit.h"

/* linux/bpf.h of Debian 12 is older than netkit */
#define BPF_HOOK_PRIMARY 54 /* BPF_NETKIT_PRIMARY */
#define BPF_HOOK_PEER	 55 /* BPF_NETKIT_PEER */
#define BPF_HOOK_BEFORE	 (1u << 3) /* BPF_F_BEFORE; without another program: before all */

int xm_netkit_attach(int prog_fd, uint32_t primary)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = BPF_HOOK_BEFORE);

	return bpf_prog_attach_opts(prog_fd, primary, BPF_HOOK_PEER, &opts) ? -errno : 0;
}

int xm_netkit_detach(int prog_fd, uint32_t primary)
{
	return bpf_prog_detach2(prog_fd, primary, BPF_HOOK_PEER) ? -errno : 0;
}

int xm_netkit_list(uint32_t primary, bool peer, uint32_t ret[XM_NETKIT_MAX])
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ret, .prog_cnt = XM_NETKIT_MAX);
	int hook = peer ? BPF_HOOK_PEER : BPF_HOOK_PRIMARY;

	return bpf_prog_query_opts(primary, hook, &opts) ? 0 : (int)opts.prog_cnt;
}

/* A kernel without netkit does not know the hook: -EINVAL. -ENXIO: the device is no netkit. */
bool xm_netkit_exists(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts);
	int err = bpf_prog_query_opts(ifindex, BPF_HOOK_PEER, &opts);

	return !err || err == -ENXIO;
}
