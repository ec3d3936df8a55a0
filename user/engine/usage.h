/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: how full the maps of a parent are, what its programs have cost */
#ifndef XM_USAGE_H
#define XM_USAGE_H

#include "engine/snapshot.h"
#include "engine/state.h"

/* Fills *ret with what can be read; the rest is left out. For a loaded parent. */
void xm_parent_usage(struct xm_parent *p, struct xm_usage *ret);

#endif
