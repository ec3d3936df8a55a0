/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: errors whose cause is that another process has deleted a device while the
 * call worked on it. The kernel refuses each request in its own way then.
 */
#ifndef XM_GONE_H
#define XM_GONE_H

#include "engine/state.h"

/*
 * After an error: when the parent's device does not exist any more, replaces the text of *e by one
 * that says so, and returns -ENODEV. Else returns err, also 0. e: NULL, or filled by that error.
 */
int xm_gone_parent(struct xm_parent *p, int err, struct xm_err *e);
/* The same for the devices of an endpoint whose host end was known, or for its parent's */
int xm_gone_endpoint(struct xm_parent *p, const struct xm_endpoint *ep, int err, struct xm_err *e);

#endif
