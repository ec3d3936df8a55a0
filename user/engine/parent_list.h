/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the parents of a session. engine.h has what front ends call. Functions
 * return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_PARENT_LIST_H
#define XM_PARENT_LIST_H

#include "engine/state.h"

/* The loaded parent after `after` (NULL: the first); NULL: there is none */
struct xm_parent *xm_engine_next_parent(struct xm_engine *engine, const struct xm_parent *after);
/* The loaded parent with that ifindex; NULL: there is none */
struct xm_parent *xm_parent_by_ifindex(struct xm_engine *engine, uint32_t ifindex);
/* The attached parent that has the endpoint `name`; NULL: there is none */
struct xm_parent *xm_parent_of_endpoint(struct xm_engine *engine, const char *name);
/* Adds an allocated parent to the list, which frees it from then on */
void xm_parents_insert(struct xm_engine *engine, struct xm_parent *p);
/* An empty parent that xm_parent_close() can close */
void xm_parent_init(struct xm_parent *p, struct xm_engine *engine, uint32_t ifindex);
void xm_parent_close(struct xm_parent *p);
/* Unlocks a parent of the list and frees it */
void xm_parent_unlock(struct xm_parent *p);
/* The same for those that have been destroyed, and for all */
void xm_parents_free_destroyed(struct xm_engine *engine);
void xm_parents_free(struct xm_engine *engine);

/*
 * Calls fn for every attached parent, also after an error. Returns the first error, which *e
 * describes.
 */
int xm_parents_each(struct xm_engine *engine, int (*fn)(struct xm_parent *, struct xm_err *),
		    struct xm_err *e);
/* The parent's name: for messages */
const char *xm_parent_name(const struct xm_parent *p);

#endif
