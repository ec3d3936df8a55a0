/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: who made an endpoint. An owner is written after the endpoint's record and
 * deleted before it, so that every owner has a record. Functions return 0 or a negative errno and
 * fill *e, unless their comment says more.
 */
#ifndef XM_OWNER_H
#define XM_OWNER_H

#include "engine/state.h"

int xm_owner_save(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_owner *owner,
		  struct xm_err *e);
/* Returns 1; 0: the slot has no owner; or a negative errno. Both texts end with NUL. */
int xm_owner_read(struct xm_parent *p, uint32_t slot, struct xm_owner *ret, struct xm_err *e);
/* The same from a map, for pins without a loaded parent; -ENOENT: none. *e is not filled. */
int xm_owner_lookup(int map, uint32_t slot, struct xm_owner *ret);
int xm_owner_del(struct xm_parent *p, uint32_t slot, struct xm_err *e);

#endif
