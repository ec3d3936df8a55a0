/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the programs in the two blocks of TC filters that the host ends of a
 * parent share: XM_TC_RX_BLOCK() for frames that they receive, XM_TC_TX_BLOCK() for frames that are
 * transmitted through them. The kernel deletes a block with its last host end. The programs are
 * pinned, so that the first host end can fill a new block. Functions return 0 or a negative errno
 * and fill *e.
 */
#ifndef XM_HOST_END_PROGRAMS_H
#define XM_HOST_END_PROGRAMS_H

#include "engine/state.h"

/* Pins the programs of the blocks: endpoint_rx, which is loaded, and endpoint_tx */
int xm_host_end_programs_pin(struct xm_parent *p, int endpoint_rx, struct xm_err *e);
/* Puts the pinned programs into the blocks that the host ends share; the blocks exist */
int xm_host_end_programs_fill(struct xm_parent *p, struct xm_err *e);
/* xm_host_end_programs_fill(), unless this session has done it already */
int xm_host_end_programs_fill_once(struct xm_parent *p, struct xm_err *e);
/*
 * Replace pins and programs of the blocks. endpoint_tx comes after all other programs of the
 * parent, for it drops what programs of a version without it send.
 */
int xm_host_end_programs_upgrade_rx(struct xm_parent *p, int prog_fd, struct xm_err *e);
int xm_host_end_programs_upgrade_tx(struct xm_parent *p, int prog_fd, struct xm_err *e);
/* Checks that the programs are in their blocks, and that no filter of others runs before them */
int xm_host_end_programs_verify(struct xm_parent *p, struct xm_err *e);
/*
 * Puts the programs into their blocks again, and the host ends that use none, after others have
 * taken them out. Errors are ignored: xm_host_end_programs_verify() finds what is missing.
 */
void xm_host_end_programs_reattach(struct xm_parent *p);
/* Whether the pins of both programs exist */
bool xm_host_end_programs_is_pinned(const struct xm_parent *p);
/* Pins the programs again whose pins somebody has removed, and puts them into their blocks */
int xm_host_end_programs_restore_pins(struct xm_parent *p, struct xm_err *e);
/* Removes the pins that a killed upgrade left */
void xm_host_end_programs_sweep(struct xm_parent *p);

#endif
