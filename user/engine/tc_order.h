/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the order of xmacvlan's TC programs and those of others on a parent.
 * Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_TC_ORDER_H
#define XM_TC_ORDER_H

#include "engine/state.h"

/* Fills *ret with the programs of others that run before xmacvlan's now */
void xm_tc_find_earlier(struct xm_parent *p, struct xm_tc_earlier *ret);

/*
 * Puts xmacvlan's programs before those of others, and completes such a change that a killed
 * command has begun. Fills p->earlier with the programs that ran before. After an error xmacvlan's
 * programs work at their former places.
 */
int xm_tc_move_first(struct xm_parent *p, struct xm_err *e);
/*
 * The number of programs called parent_rx that tcx runs on the parent. A second one belongs to
 * another bpffs.
 */
unsigned int xm_tc_count_rx(struct xm_parent *p);
/* Fails and names the program when one of others runs before xmacvlan's */
int xm_tc_verify_order(struct xm_parent *p, struct xm_err *e);

#endif
