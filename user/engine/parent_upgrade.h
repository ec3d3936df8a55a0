/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: replaces the programs of a parent. Functions return 0 or a negative errno
 * and fill *e.
 */
#ifndef XM_PARENT_UPGRADE_H
#define XM_PARENT_UPGRADE_H

#include "engine/state.h"

/* Replaces the programs by this binary's, without losing a frame */
int xm_parent_upgrade(struct xm_parent *p, struct xm_err *e);
/*
 * For a parent in state UPGRADING: attaches this binary's TC programs again. Called before
 * xm_xdp_repair(), which attaches the XDP program.
 */
int xm_parent_upgrade_undo(struct xm_parent *p, struct xm_err *e);

#endif
