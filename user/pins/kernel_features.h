/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What xmacvlan needs of the kernel, and what it can do without */
#ifndef XM_KERNEL_FEATURES_H
#define XM_KERNEL_FEATURES_H

#include <stdbool.h>

/*
 * The first needed feature that the running kernel, or this process's capabilities, lack, with the
 * version or option that brings it; NULL: none is missing. Probes by loading small programs, so it
 * is for the error path only.
 */
const char *xm_missing_feature(void);

/*
 * Compares the numbers of the device offloads that the programs read with those of the running
 * kernel, which ethtool names. Fills *ret_why with the first difference, a sentence, or with NULL.
 * Returns 0 or a negative errno. Takes some 10 us; loading the BTF, which has the same enum, takes
 * 6 ms.
 */
int xm_check_offload_bits(const char **ret_why);

/* A feature that xmacvlan works without */
struct xm_lack {
	const char *feature;
	const char *since; /* the version of Linux that brings it */
	const char *effect;
};

#define XM_LACKS_MAX 3

/*
 * Those that the running kernel lacks, by its BTF: no privilege needed. Returns how many, or a
 * negative errno: no BTF.
 */
int xm_lacks(struct xm_lack ret[XM_LACKS_MAX]);

/*
 * Whether programs can follow pointers of the kernel (bpf_rdonly_cast()), which parent_xdp's guard
 * needs
 */
bool xm_has_casts(void);

/*
 * Whether the running kernel's macvlan sends a bridge endpoint's group frame that the wire reflects
 * to bridge endpoints too (XM_USES_REFLECT). Decided by the kernel's version, because its BTF does
 * not show it and a trial would need the module. Linux 7.0 does not, 7.2 does; 7.1 was not tried
 * and counts as 7.0.
 */
bool xm_macvlan_reflects(void);

/* The same for a release as uname(2) gives it, e.g. "7.2.13+deb14-cloud-amd64" */
bool xm_release_reflects(const char *release);

enum xm_veth_layout {
	/*
	 * parent_xdp recognizes an skb on a veth: the kernel has the casts it needs
	 * (6.2), and struct veth_xdp_buff (6.3) has the skb right behind the xdp_buff
	 */
	XM_VETH_SKB = 1 << 0,
	/* struct veth_priv has the layout that parent_xdp reads, or parent_xdp does not read it */
	XM_VETH_NAPI = 1 << 1,
	/* The module is not loaded, so nothing is known about it */
	XM_VETH_UNSEEN = 1 << 2,
};

/*
 * By the kernel's BTF. Returns enum xm_veth_layout, or a negative errno when the BTF cannot be
 * read.
 */
int xm_veth_layout(void);

#endif
