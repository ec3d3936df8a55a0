// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pins/features.h"

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

static const struct helper {
	enum bpf_prog_type type;
	enum bpf_func_id id;
	const char *what;
} helpers[] = {
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer, "bpf_redirect_peer() (Linux 5.10)" },
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_loop, "bpf_loop() (Linux 5.17)" },
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_probe_read_kernel,
	  "bpf_probe_read_kernel() for TC programs (Linux 5.8, CAP_PERFMON, no confidentiality "
	  "lockdown)" },
	{ BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_map, "bpf_redirect_map() (Linux 4.14)" },
};

const char *xm_missing_feature(void)
{
	if (access(VMLINUX_BTF, R_OK))
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

/* struct veth_xdp_buff { struct xdp_buff xdp; struct sk_buff *skb; }; in drivers/net/veth.c */
static bool veth_has_skb(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "veth_xdp_buff", BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_member *m = t ? btf_members(t) : NULL;

	if (!t || btf_vlen(t) < 2 || strcmp(btf__name_by_offset(btf, m[1].name_off), "skb"))
		return false;
	return btf_member_bit_offset(t, 1) == (uint32_t)btf__resolve_size(btf, m[0].type) * 8;
}

/* NULL: no such struct. struct veth_priv { struct net_device __rcu *peer; …; */
static const struct btf_type *veth_priv(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "veth_priv", BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf, id) : NULL;
}

/* parent_xdp reads the GRO of the peer through this member */
static bool veth_peer_is_first(const struct btf *btf)
{
	const struct btf_type *t = veth_priv(btf);

	return t && btf_vlen(t) &&
	       !strcmp(btf__name_by_offset(btf, btf_members(t)[0].name_off), "peer");
}

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static bool has_casts(const struct btf *btf)
{
	return has_function(btf, "bpf_cast_to_kern_ctx") && has_function(btf, "bpf_rdonly_cast");
}

static int veth_features(const struct btf *base, const struct btf *veth)
{
	int ret = 0;
	bool casts = has_casts(base);

	if (!casts || veth_peer_is_first(veth))
		ret |= XM_VETH_NAPI;
	if (casts && veth_has_skb(veth))
		ret |= XM_VETH_SKB;
	if (!veth_priv(veth))
		ret |= XM_VETH_UNSEEN;
	return ret;
}

bool xm_has_casts(void)
{
	struct btf *base = btf__load_vmlinux_btf();
	bool casts = base && has_casts(base);

	btf__free(base);
	return casts;
}

static const struct xm_lack
	lack_tcx = { "tcx", "6.6", "programs on a parent are attached through clsact and cls_bpf" },
	lack_casts = { "bpf_rdonly_cast()", "6.2",
		       "no guard; looking at a device costs some 40 ns more a frame" },
	lack_veth = { "struct veth_xdp_buff", "6.3",
		      "native XDP on a veth parent redirects nothing: TC delivers" };

int xm_lacks(struct xm_lack ret[XM_LACKS_MAX])
{
	struct btf *base = btf__load_vmlinux_btf();
	int n = 0, veth;
	bool casts;

	if (!base)
		return -errno;
	veth = xm_veth_features();
	casts = has_casts(base);
	if (!casts)
		ret[n++] = lack_casts;
	if (!casts || (veth >= 0 && !(veth & (XM_VETH_SKB | XM_VETH_UNSEEN))))
		ret[n++] = lack_veth;
	if (!has_function(base, "tcx_link_attach"))
		ret[n++] = lack_tcx;
	btf__free(base);
	return n;
}

bool xm_release_reflects(const char *release)
{
	unsigned int major, minor;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major > 7 || (major == 7 && minor >= 2));
}

bool xm_macvlan_reflects(void)
{
	struct utsname name;

	return !uname(&name) && xm_release_reflects(name.release);
}

int xm_veth_features(void)
{
	struct btf *base = btf__load_vmlinux_btf(), *veth;
	int ret;

	if (!base) /* as a kernel without casts: parent_xdp uses the port's flag */
		return access(VMLINUX_BTF, F_OK) ? XM_VETH_NAPI : -EIO;
	/* veth is built in, or a module with its own BTF */
	veth = btf__load_module_btf("veth", base);
	if (!veth && errno != ENOENT)
		ret = -errno;
	else
		ret = veth_features(base, veth ? veth : base);
	btf__free(veth);
	btf__free(base);
	return ret;
}
