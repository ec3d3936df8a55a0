/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: TC programs on a parent. Attaching and detaching may be repeated.
 * Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_ATTACH_TC_H
#define XM_ATTACH_TC_H

#include "engine/state.h"

/*
 * Loads parent_rx and endpoint_rx, attaches the first to the parent, pins the second for the block
 * of the host ends (host_end_programs.h)
 */
int xm_tc_attach_first(struct xm_parent *p, struct xm_err *e);
/* Attaches parent_rx and parent_tx again where others have detached them */
int xm_tc_reattach(struct xm_parent *p, struct xm_err *e);
/* Attaches or detaches parent_tx */
int xm_tc_set_parent_tx(struct xm_parent *p, bool on, struct xm_err *e);
int xm_tc_detach(struct xm_parent *p, struct xm_err *e);

/*
 * Before config.uses gets one of XM_USES_FULL: replaces plain programs by the full ones, each in
 * one step. They stay until the parent is detached. Before xm_tc_attach_first(): that one will
 * attach the full ones.
 */
int xm_tc_use_full(struct xm_parent *p, struct xm_err *e);

/*
 * Replaces the programs by this binary's, each in one step. After an error some may be the old
 * ones: they work with the same maps, and may be replaced again.
 */
int xm_tc_upgrade(struct xm_parent *p, struct xm_err *e);

#endif
