/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A second, independent implementation of the rules. It is written from docs/macvlan-behaviour.md
 * (truth tables) and docs/design.md (host access, spoof check), not from bpf/verdict.h. It answers
 * for each receiver whether the receiver gets the frame. xm_decide() answers for each frame what
 * the programs do with the frame.
 */
#ifndef XM_TESTS_ORACLE_H
#define XM_TESTS_ORACLE_H

#include <stdbool.h>

#include "abi.h"
#include "verdict.h"

/* One frame and its environment */
struct situation {
	enum xm_origin origin;
	enum xm_mode sender; /* from the wire: mode of the endpoint that owns the source MAC */
	enum xm_mode dest; /* mode of the endpoint that owns the destination MAC */
	bool group;
	bool pause;
	bool spoofed;
	bool spoofchk;
	bool sender_host;
	bool dest_host;
	bool dest_parent;
	bool passthru;
	bool parent_down;
	bool vlan_owned;
	bool reflect; /* the rule of Linux 7.2 */
};

/*
 * Which receivers get the frame. A bystander is an UP endpoint that is neither the sender nor the
 * destination. There are ten: one of each mode without host access, and one with it.
 */
struct outcome {
	bool bystander[XM_MODE_COUNT][2]; /* [mode][host access] */
	bool sender;
	bool dest;
	bool stack; /* the parent's own stack, including VLAN devices */
	bool wire;
	/* source-mode listeners of the source MAC; they come first, and nodst may end the frame */
	bool listeners;
	bool lost; /* nobody gets the frame, but for listeners */
	bool counted; /* `reason` is counted, whether the frame is lost or not */
	enum xm_reason reason;
};

/* Returns why the inputs cannot occur together, or NULL when they can. */
const char *situation_excluded(const struct situation *s);

/* Fills *ret with what has to happen. Only for situations that can occur. */
void oracle(const struct situation *s, struct outcome *ret);

#endif
