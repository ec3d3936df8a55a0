/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the device that a parent is. Functions return 0 or a negative errno and
 * fill *e.
 */
#ifndef XM_PARENT_DEVICE_H
#define XM_PARENT_DEVICE_H

#include "engine/state.h"

/* The device of that name in the namespace of the session */
int xm_parent_device_find(struct xm_engine *engine, const char *name, struct xm_link *ret,
			  struct xm_err *e);

/*
 * The device that *link stands for, as a macvlan on a macvlan attaches to the real device
 * (macvlan_common_newlink())
 */
int xm_parent_device_resolve(struct xm_engine *engine, struct xm_link *link, struct xm_err *e);
/* Checks that the device can be a parent */
int xm_parent_device_check(struct xm_engine *engine, const struct xm_link *link, struct xm_err *e);

#endif
