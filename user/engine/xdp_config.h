/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what is requested of XDP and guard on a parent. Functions return 0 or a
 * negative errno and fill *e.
 */
#ifndef XM_XDP_CONFIG_H
#define XM_XDP_CONFIG_H

#include "engine/state.h"

/*
 * Whether the attached program is known and in the mode that the request comes to. `auto`: any mode
 * but skb.
 */
bool xm_xdp_is_current(const struct xm_parent *p);

/*
 * Completes what an interrupted xm_xdp_configure() began; when the kernel refuses it, restores what
 * was requested before
 */
int xm_xdp_repair(struct xm_parent *p, struct xm_err *e);
/* Applies xdp and guard: both, or on failure none of them */
int xm_xdp_configure(struct xm_parent *p, const struct xm_attach *attach, struct xm_err *e);

#endif
