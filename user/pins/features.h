/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What xmacvlan needs of the kernel */
#ifndef XM_FEATURES_H
#define XM_FEATURES_H

#include <stdbool.h>

/*
 * The first needed feature that the running kernel (or this process's capabilities) lacks, with the
 * version or option that brings it; NULL: none. Probes by loading tiny programs: for the error path.
 */
const char *xm_missing_feature(void);

/* What some kernels that are new enough lack; xmacvlan works without it */
struct xm_lack {
	const char *feature;
	const char *since; /* the version of Linux that brings it */
	const char *effect;
};

#define XM_LACKS_MAX 3

/* Those of the running kernel, by its BTF, so that anybody may ask. How many, or -errno: there is no BTF. */
int xm_lacks(struct xm_lack ret[XM_LACKS_MAX]);

/* Whether programs can read what a pointer of the kernel leads to, as parent_xdp's guard has to */
bool xm_has_casts(void);

enum xm_veth_features {
	/*
	 * parent_xdp can tell on a veth what came as an skb: the kernel has the casts it needs (6.2), and
	 * struct veth_xdp_buff (6.3) has the skb right behind the xdp_buff
	 */
	XM_VETH_SKB = 1 << 0,
	/* What parent_xdp reads of a veth's peer is where it looks for it, or it does not look */
	XM_VETH_NAPI = 1 << 1,
	/* The module is not loaded, so that nothing can be told of it */
	XM_VETH_UNSEEN = 1 << 2,
};

/* By the kernel's BTF: enum xm_veth_features, or -errno when it cannot be read */
int xm_veth_features(void);

#endif
