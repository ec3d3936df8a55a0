/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the pair of devices through which the copies of a fan-out begin */
#ifndef XM_FANOUT_PAIR_H
#define XM_FANOUT_PAIR_H

#include "engine/state.h"
#include "net/link.h"

/*
 * Makes the pair and sets it up, with the programs of both ends pinned. Returns 0 or a negative
 * errno and fills *e; a part of the pair may exist then.
 */
int xm_fanout_pair_make(struct xm_parent *p, uint32_t *near_ifindex, struct xm_err *e);
/* Whether the pair is as it was made, and its near end, if so */
bool xm_fanout_pair_is_intact(struct xm_parent *p, struct xm_link *near);
/* Deletes the pair, if there is one. Returns 0 or a negative errno and fills *e. */
int xm_fanout_pair_delete(struct xm_parent *p, struct xm_err *e);
/* Removes the pins of the programs */
void xm_fanout_pair_unpin(struct xm_parent *p);

#endif
