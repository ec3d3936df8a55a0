/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the programs in the blocks of TC filters that the host ends of a parent
 * share, one for what they receive, one for what is sent out of them (XM_TC_BLOCK()). The programs
 * are pinned, for they are put into the blocks each time that a first host end creates these.
 * Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_TC_BLOCK_H
#define XM_TC_BLOCK_H

#include "engine/state.h"

/* Pins the programs of the blocks: endpoint_rx, which is loaded, and endpoint_tx */
int xm_tc_block_pin(struct xm_parent *p, int endpoint_rx, struct xm_err *e);
/* Puts the pinned programs into the blocks that the host ends share; the blocks exist */
int xm_tc_block_fill(struct xm_parent *p, struct xm_err *e);
/* The same, unless this session has done so */
int xm_tc_block_fill_once(struct xm_parent *p, struct xm_err *e);
/*
 * Replace pins and programs of the blocks. endpoint_tx comes after all other programs of the
 * parent, for it drops what programs of a version without it send.
 */
int xm_tc_block_upgrade_rx(struct xm_parent *p, int prog_fd, struct xm_err *e);
int xm_tc_block_upgrade_tx(struct xm_parent *p, int prog_fd, struct xm_err *e);
/* Removes the pins that a killed upgrade left */
void xm_tc_block_sweep(struct xm_parent *p);

#endif
