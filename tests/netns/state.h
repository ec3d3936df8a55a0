/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All that a command may change, as text: pinned records and maps, devices, filters, flags. */
#ifndef NT_STATE_H
#define NT_STATE_H

#include "invariants.h"

#define STATE_SIZE 16384

/*
 * The state of p0 and its endpoints, read without the command under test. Lines that begin with #
 * have ifindexes and program ids, which change when a device or program is made again.
 */
struct state {
	char text[STATE_SIZE];
};

void state_read(struct state *ret, const struct invariants *inv);

/* Whether they are equal. `same` false: ifindexes and program ids may differ. */
bool state_equal(const struct state *a, const struct state *b, bool same);

/* A line that only `a` has and a line that only `b` has, for messages (a static text) */
const char *state_difference(const struct state *a, const struct state *b);

#endif
