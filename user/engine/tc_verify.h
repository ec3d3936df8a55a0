/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: whether the TC programs that a parent needs are attached. Functions return
 * 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_TC_VERIFY_H
#define XM_TC_VERIFY_H

#include "engine/state.h"
#include "pins/programs.h"

/*
 * Returns 1 when xmacvlan's clsact filter on the parent runs the program, 0 when it does not, or a
 * negative errno. ingress: false is egress.
 */
int xm_tc_runs_program(struct xm_parent *p, enum xm_program program, bool ingress);
/* Checks that parent_rx or parent_tx is attached. -ENOLINK: it is not. */
int xm_tc_verify_program(struct xm_parent *p, enum xm_program program, bool ingress,
			 struct xm_err *e);
/* Checks that every program that the parent needs is attached */
int xm_tc_verify(struct xm_parent *p, struct xm_err *e);

#endif
