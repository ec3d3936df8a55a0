/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: parent_xdp on a parent. Attaching and detaching may be repeated. Functions
 * return 0 or a negative errno and fill *e.
 */
#ifndef XM_ATTACH_XDP_H
#define XM_ATTACH_XDP_H

#include "engine/state.h"

/*
 * Attaches parent_xdp as rec.xdp_requested says. `auto` never fails: rec.xdp_reason explains the
 * result.
 */
int xm_xdp_apply(struct xm_parent *p, struct xm_err *e);
/*
 * Detaches parent_xdp. After an error it is attached and recorded as such, or xm_xdp_is_current()
 * is false.
 */
int xm_xdp_detach(struct xm_parent *p, struct xm_err *e);
/* -EPERM when XDP is attached and the capability to detach it is missing */
int xm_xdp_may_detach(const struct xm_parent *p, struct xm_err *e);
int xm_xdp_upgrade(struct xm_parent *p, struct xm_err *e);

#endif
