/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: which mode of XDP a parent gets */
#ifndef XM_XDP_POLICY_H
#define XM_XDP_POLICY_H

#include "engine/state.h"

struct xm_xdp_decision {
	enum xm_xdp mode; /* to be attached */
	/* XM_USES_XDP, XM_USES_XDP_VETH, XM_USES_XDP_SKB: what parent_xdp may do in that mode */
	uint32_t uses;
	int err; /* 0, or a negative errno: the requested mode is not possible */
	char reason[80]; /* one line */
};

/* The mode that a request results in on this parent. Changes nothing. */
struct xm_xdp_decision xm_xdp_decide(const struct xm_parent *p, enum xm_xdp requested);

#endif
