// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pins/kernel_features.h"
#include "pins/kernel_types.h"

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

static const char *missing_type(void)
{
	struct btf *base = btf__load_vmlinux_btf();
	const char *missing = base ? xm_missing_type(base) : NULL;

	btf__free(base);
	return missing;
}

const char *xm_missing_feature(void)
{
	const char *missing;

	if (access(VMLINUX_BTF, R_OK))
		return "BTF (CONFIG_DEBUG_INFO_BTF)";
	missing = missing_type();
	if (missing)
		return missing;
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, NULL) == 0)
		return "BPF programs for TC (CONFIG_BPF_SYSCALL, CONFIG_NET_CLS_BPF)";
	if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_DEVMAP, NULL) == 0)
		return "devmaps (CONFIG_NET, Linux 4.14)";
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (libbpf_probe_bpf_helper(helpers[i].type, helpers[i].id, NULL) == 0)
			return helpers[i].what;
	return NULL;
}

bool xm_has_casts(void)
{
	struct btf *base = btf__load_vmlinux_btf();
	bool casts = base && xm_btf_has_casts(base);

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
	veth = xm_veth_layout();
	casts = xm_btf_has_casts(base);
	if (!casts)
		ret[n++] = lack_casts;
	if (!casts || (veth >= 0 && !(veth & (XM_VETH_SKB | XM_VETH_UNSEEN))))
		ret[n++] = lack_veth;
	if (!xm_btf_has_function(base, "tcx_link_attach"))
		ret[n++] = lack_tcx;
	btf__free(base);
	return n;
}

/* An ethtool command about the loopback device, which every network namespace has */
static int loopback_ioctl(int fd, void *command)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_data = command };

	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

/* Fills *ret with the names of all device offloads, which the caller frees */
static int read_offload_names(int fd, struct ethtool_gstrings **ret)
{
	union {
		struct ethtool_sset_info info;
		uint32_t words[sizeof(struct ethtool_sset_info) / 4 + 1]; /* and one number */
	} set = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES } };
	int err = loopback_ioctl(fd, &set);

	if (err)
		return err;
	*ret = calloc(1, sizeof(**ret) + (size_t)set.info.data[0] * ETH_GSTRING_LEN);
	if (!*ret)
		return -ENOMEM;
	(*ret)->cmd = ETHTOOL_GSTRINGS;
	(*ret)->string_set = ETH_SS_FEATURES;
	(*ret)->len = set.info.data[0];
	err = loopback_ioctl(fd, *ret);
	if (err)
		free(*ret);
	return err;
}

int xm_check_offload_bits(const char **ret_why)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct ethtool_gstrings *names;

	if (fd == -1)
		return -errno;
	err = read_offload_names(fd, &names);
	close(fd);
	if (err)
		return err;
	*ret_why =
		xm_differing_offload_bit((const char(*)[ETH_GSTRING_LEN])names->data, names->len);
	free(names);
	return 0;
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

/* Why the BTF, which is there, cannot be loaded: libbpf does not say it */
static int vmlinux_btf_error(void)
{
	int fd = open(VMLINUX_BTF, O_RDONLY | O_CLOEXEC), err = fd < 0 ? -errno : -EIO;

	if (fd >= 0)
		close(fd);
	return err;
}

int xm_veth_layout(void)
{
	struct btf *base = btf__load_vmlinux_btf(), *veth;
	int ret;

	if (!base) /* as a kernel without casts: parent_xdp uses the port's flag */
		return access(VMLINUX_BTF, F_OK) ? XM_VETH_NAPI : vmlinux_btf_error();
	/* veth is built in, or a module with its own BTF */
	veth = btf__load_module_btf("veth", base);
	if (!veth && errno != ENOENT)
		ret = -errno;
	else
		ret = xm_btf_veth_layout(base, veth ? veth : base);
	btf__free(veth);
	btf__free(base);
	return ret;
}
