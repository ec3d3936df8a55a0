/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what endpoints need of their parent. Returns 0 or a negative errno and
 * fills *e.
 */
#ifndef XM_PARENT_NEEDS_H
#define XM_PARENT_NEEDS_H

#include "engine/state.h"

/*
 * Derives from the endpoints what the parent needs (uses, highest slot, parent_tx,
 * allmulticast, promiscuity, offloads) and sets or restores what differs
 */
int xm_parent_meet_needs(struct xm_parent *p, struct xm_err *e);
/* Whether, by the records, xm_parent_meet_needs() has nothing to do. Reads no device. */
bool xm_parent_needs_are_met(const struct xm_parent *p);
/* The same without what processes need that trace frames */
bool xm_parent_endpoints_needs_are_met(const struct xm_parent *p);
/*
 * Whether the programs report frames although no process traces them: one was killed, or ends at
 * this moment
 */
bool xm_parent_is_traced_by_nobody(const struct xm_parent *p);

#endif
