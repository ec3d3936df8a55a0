/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the addresses that endpoints have taught the programs (attach PARENT neigh
 * direct). The programs write them; an entry of an endpoint that is gone does not count. Functions
 * return 0 or a negative errno and fill *e.
 */
#ifndef XM_NEIGH_ADDRESSES_H
#define XM_NEIGH_ADDRESSES_H

#include "engine/state.h"

/* Deletes the addresses of a slot */
int xm_neigh_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/* Deletes those of all slots */
int xm_neigh_clear_all(struct xm_parent *p, struct xm_err *e);

#endif
