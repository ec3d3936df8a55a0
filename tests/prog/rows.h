/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happens to one frame in one world. A row says it, prog_rows.c runs it in every way there is.
 */
#ifndef XM_TESTS_ROWS_H
#define XM_TESTS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "abi.h"

/* What the TC program returns; parent_xdp returns XDP_PASS unless `xdp` */
enum row_action {
	PASS, /* TC_ACT_UNSPEC */
	REDIRECT,
	SHOT,
};

/* Receivers: letters of endpoints, 'h' the parent's own stack, 'w' the wire */
struct row {
	const char *name;
	const char *world; /* world.h */
	char from; /* 'w' parent_rx, 'h' parent_tx, an endpoint's letter endpoint_rx */
	const char *frame; /* frames.h */
	const char *copies; /* who gets a copy */
	enum row_action action;
	char end; /* who gets the frame itself; 0: nobody */

	struct {
		__u8 n; /* how often counted; 0: no reason counted anywhere */
		__u8 reason;
		char at; /* endpoint, or 'P' for the parent's slot */
	} drop;
	bool xdp; /* parent_xdp redirects to `end` */
	bool xdp_drop; /* parent_xdp ends the frame, counted as `drop` says */
	__u32 mark; /* skb->mark it comes with */
	char iif; /* skb->ingress_ifindex, where it is not where `from` says */
	bool no_live; /* cannot be made with real frames */
	bool again; /* the parent receives it again, as if from the wire */
	bool uncounted; /* counted where it was decided, not here */
};

#define DROP(why, where)	.drop = { 1, XM_REASON_##why, where }

extern const struct row rows[];
extern const size_t row_count;

#endif
