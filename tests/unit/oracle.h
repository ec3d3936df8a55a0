/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who gets a frame, told by receiver: a second, independent telling of the rules, written from
 * docs/macvlan-behaviour.md (truth tables) and docs/design.md (host access, spoof check), not from
 * bpf/verdict.h. It asks for each receiver "does it get the frame?" where xm_decide() asks for each
 * frame "what is to be done?".
 */
#ifndef XM_TESTS_ORACLE_H
#define XM_TESTS_ORACLE_H

#include <stdbool.h>

#include "abi.h"
#include "verdict.h"

/* One frame and the world it is in */
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
};

/*
 * Everyone who can get a frame. A bystander is an UP endpoint that is neither sender nor
 * destination, one of each mode with host access off and on.
 */
struct outcome {
	bool bystander[XM_MODE_COUNT][2];
	bool sender;
	bool dest;
	bool stack; /* the parent's own stack, its VLAN devices among it */
	bool wire;
	bool listeners; /* source-mode listeners of the source MAC come first; nodst may end it all
			 */
	bool lost;
	bool counted; /* lost or not, `reason` is counted */
	enum xm_reason reason;
};

/* Why the inputs cannot occur together, or NULL when they can */
const char *situation_excluded(const struct situation *s);

/* What must happen. Only for situations that can occur. */
void oracle(const struct situation *s, struct outcome *ret);

#endif
