/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: removes endpoints. Functions return 0 or a negative errno and fill *e,
 * unless their comment says more.
 */
#ifndef XM_ENDPOINT_REMOVE_H
#define XM_ENDPOINT_REMOVE_H

#include "engine/state.h"

enum xm_delete_how {
	XM_DELETE_NOW,
	/* devices and record (state PARTIAL) stay until xm_endpoint_remove_pending() */
	XM_DELETE_PENDING,
};

/*
 * Removes the parts of an endpoint that exist. After success ep is invalid; after an error it is
 * valid. With XM_DELETE_PENDING the devices are deleted by xm_endpoint_remove_pending(), which the
 * caller calls after the last endpoint. When the host end cannot be put into the link group that is
 * deleted there, its devices are deleted at once.
 */
int xm_endpoint_remove(struct xm_parent *p, struct xm_endpoint *ep, enum xm_delete_how how,
		       struct xm_err *e);
/* XM_DELETE_PENDING in a batch, whose end deletes all devices together; else XM_DELETE_NOW */
enum xm_delete_how xm_endpoint_delete_how(const struct xm_engine *engine);
/* Deletes the devices and records of all endpoints that XM_DELETE_PENDING left */
int xm_endpoint_remove_pending(struct xm_parent *p, struct xm_err *e);

#endif
