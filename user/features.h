/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What xmacvlan needs of the kernel */
#ifndef XM_FEATURES_H
#define XM_FEATURES_H

/*
 * The first needed feature that the running kernel (or this process's capabilities) lacks, with the
 * version or option that brings it; NULL: none. Probes by loading tiny programs: for the error path.
 */
const char *xm_missing_feature(void);

enum xm_veth_features {
	/*
	 * parent_xdp can tell on a veth what came as an skb: the kernel has the casts it needs (6.2), and
	 * struct veth_xdp_buff (6.3) has the skb right behind the xdp_buff
	 */
	XM_VETH_SKB = 1 << 0,
	/* What parent_xdp reads of a veth's peer is where it looks for it, or it does not look */
	XM_VETH_NAPI = 1 << 1,
};

/* By the kernel's BTF: enum xm_veth_features, or -errno when it cannot be read */
int xm_veth_features(void);

#endif
