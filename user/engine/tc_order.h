/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: programs of others on a parent, which run before or behind ours. Functions
 * return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_TC_ORDER_H
#define XM_TC_ORDER_H

#include "engine/state.h"

/* Fills *ret with what runs before our programs now */
void xm_tc_find_earlier(struct xm_parent *p, struct xm_tc_earlier *ret);

/*
 * Puts our programs before those of others, and completes what a killed command began of that.
 * p->earlier: what was before them. After an error they work where they are.
 */
int xm_tc_move_first(struct xm_parent *p, struct xm_err *e);
/* How many programs of the name parent_rx tcx runs on the parent: ours, and of another bpffs */
unsigned int xm_tc_count_rx(struct xm_parent *p);
/* Fails, and names it, when another program runs before ours */
int xm_tc_verify_order(struct xm_parent *p, struct xm_err *e);

#endif
