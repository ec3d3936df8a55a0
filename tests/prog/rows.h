/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A row describes the maps (world.h), one frame (frames.h) and what the programs have to do with
 * the frame. prog_rows.c runs the rows.
 */
#ifndef XM_TESTS_ROWS_H
#define XM_TESTS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "abi.h"

/* Return value of the TC program. parent_xdp returns XDP_PASS but for xdp and xdp_drop. */
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
	const char *copies; /* receivers of a copy */
	enum row_action action;
	char end; /* receiver of the frame itself; 0: none */

	struct {
		__u8 n; /* how often the reason is counted; 0: no reason is counted */
		__u8 reason;
		char at; /* counted at: an endpoint, or 'P' for slot 0 */
	} drop;
	bool xdp; /* parent_xdp redirects to `end` */
	bool xdp_drop; /* parent_xdp drops the frame and counts `drop` */
	__u32 mark; /* skb->mark of the frame */
	char iif; /* device of skb->ingress_ifindex; 0: the device that `from` implies */
	bool no_live; /* a real frame cannot get there */
	bool again; /* the parent receives the frame again, as if from the wire */
	/* afterwards the IP address of the letter is this endpoint's; '-': nobody's */
	struct {
		char letter, family, at;
	} owner;
	bool uncounted; /* the program before this one has counted the frame */
};

#define OWNER(address, at) .owner = { (address)[1], (address)[0], at }
#define DROP(why, where)   .drop = { 1, XM_REASON_##why, where }

extern const struct row rows[];
extern const size_t row_count;

#endif
