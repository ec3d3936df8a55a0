/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: names of endpoints. They are unique in a namespace, although different
 * processes may have locked its parents.
 */
#ifndef XM_NAMES_H
#define XM_NAMES_H

#include "engine/state.h"

/*
 * Finds and locks the parent that has the endpoint (xm_parent_lock()). Returns 1 and fills *ret; 0
 * when there is none; or a negative errno and fills *e.
 */
int xm_name_lock(struct xm_engine *engine, const char *name, struct xm_parent **ret,
		 struct xm_err *e);

/*
 * Checks that no other parent that this session has not locked has an endpoint of that name
 * (-EEXIST). An endpoint without a device is removed. To be called after p has written its record:
 * of two processes that add the same name at least one then sees the other. Returns 0 or a negative
 * errno and fills *e.
 */
int xm_name_claim(struct xm_parent *p, const char *name, struct xm_err *e);
/*
 * The same check before anything is written. own: ifindex of the parent that is to get the
 * endpoint.
 */
int xm_name_check_others(struct xm_engine *engine, uint32_t own, const char *name,
			 struct xm_err *e);

#endif
