/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: names of endpoints, which are unique in a namespace, over parents whose
 * locks are held by different processes
 */
#ifndef XM_NAMES_H
#define XM_NAMES_H

#include "engine/state.h"

/*
 * The parent that has the endpoint, locked (xm_parent_lock()). Returns 1, 0: there is none, or
 * a negative errno and fills *e.
 */
int xm_name_lock(struct xm_engine *engine, const char *name, struct xm_parent **ret,
		 struct xm_err *e);

/*
 * -EEXIST when another parent, which this session has not locked, has an endpoint of that name. An
 * endpoint whose device has gone is removed. p has written its record before: of two that add the
 * same name, one at least sees the other.
 */
int xm_name_check(struct xm_parent *p, const char *name, struct xm_err *e);
/* The same before anything is written. own: ifindex of the parent that is to get the endpoint. */
int xm_name_check_others(struct xm_engine *engine, uint32_t own, const char *name,
			 struct xm_err *e);

#endif
