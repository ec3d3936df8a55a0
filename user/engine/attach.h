/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the programs on a parent. Attaching and detaching may be repeated.
 * Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ATTACH_H
#define XM_ATTACH_H

#include "engine/record.h"
#include "pins/programs.h"

/* attach_tc.c */

/*
 * Loads parent_rx and endpoint_rx, attaches the first to the parent, pins the second for the block
 * of the host ends
 */
int xm_tc_attach_rx(struct xm_parent *p, struct xm_err *e);
/* Attaches or detaches parent_tx */
int xm_tc_set_tx(struct xm_parent *p, bool on, struct xm_err *e);
int xm_tc_detach(struct xm_parent *p, struct xm_err *e);
/* Puts endpoint_rx into the block that the host ends share; the block exists */
int xm_tc_fill_block(struct xm_parent *p, struct xm_err *e);
/* Whether a clsact filter of ours has the program: 1, 0 or a negative errno */
int xm_tc_has_filter(struct xm_parent *p, enum xm_program program, bool ingress);
/* Checks that every program that the parent needs is attached */
int xm_tc_verify(struct xm_parent *p, struct xm_err *e);
/*
 * Replaces the programs by this binary's, each in one step. After an error some may be the old
 * ones: they work with the same maps, and may be replaced again.
 */
int xm_tc_upgrade(struct xm_parent *p, struct xm_err *e);
/* Removes the pin that a killed upgrade left */
void xm_tc_sweep(struct xm_parent *p);

/* tc_order.c */

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

/* xdp_policy.c */

struct xm_xdp_decision {
	enum xm_xdp mode; /* to be attached */
	/* XM_FEATURE_XDP, XM_FEATURE_XDP_VETH: what parent_xdp may do in that mode */
	uint32_t features;
	int err; /* negative errno: the mode cannot be had */
	char reason[80]; /* one line */
};

/* What the request comes to on this parent. Changes nothing. */
struct xm_xdp_decision xm_xdp_decide(const struct xm_parent *p, enum xm_xdp requested);

/* attach_xdp.c */

/*
 * Attaches what rec.xdp_requested asks for. `auto` never fails: rec.xdp_reason says what came of
 * it.
 */
int xm_xdp_apply(struct xm_parent *p, struct xm_err *e);
/* After an error the program is known to be attached, or xm_xdp_is_current() is false */
int xm_xdp_detach(struct xm_parent *p, struct xm_err *e);
/* -EPERM when XDP is attached and the capability to detach it is missing */
int xm_xdp_may_detach(const struct xm_parent *p, struct xm_err *e);
int xm_xdp_upgrade(struct xm_parent *p, struct xm_err *e);

/* xdp_config.c */

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
