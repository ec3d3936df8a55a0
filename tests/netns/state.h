/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All that a command may have changed, as text: pinned records and maps, devices, filters, flags.
 */
#ifndef NT_STATE_H
#define NT_STATE_H

#include "invariants.h"

#define STATE_SIZE 16384

/*
 * p0's state. Lines that begin with # tell which devices and programs they are (ifindexes, ids):
 * they are others when something is made again. It is looked at without the command under test.
 */
struct state {
	char text[STATE_SIZE];
};

void state_take(struct state *ret, const struct invariants *inv);

/* Whether they are equal, to the same devices or (`same` false) to devices made again */
bool state_equal(const struct state *a, const struct state *b, bool same);

/* The first line of `b` that `a` has not, or of `a` that `b` has not: for messages (static) */
const char *state_difference(const struct state *a, const struct state *b);

#endif
