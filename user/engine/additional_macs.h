/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: adds and removes additional MACs of an endpoint. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ADDITIONAL_MACS_H
#define XM_ADDITIONAL_MACS_H

#include "engine/settings.h"
#include "engine/state.h"

/*
 * Checks the settings' additional MAC. When it is to be added: -EEXIST, the endpoint has it;
 * -ENOSPC, the endpoint has XM_MAX_ADDITIONAL_MACS; -EADDRINUSE, it is in use on the parent. When
 * it is to be removed: -EADDRNOTAVAIL, the endpoint does not have it.
 */
int xm_additional_mac_check(struct xm_parent *p, struct xm_endpoint *ep,
			    const struct xm_settings *s, struct xm_err *e);
/*
 * Enters a MAC that the settings add into the parent's unicast filter and mac_table. It is not
 * in force yet. The caller has set the state CHANGING; the record is saved.
 */
int xm_additional_mac_enter(struct xm_parent *p, struct xm_endpoint *ep,
			    const struct xm_settings *s, struct xm_err *e);
/* Removes the additional MACs that are not in force. The record is changed in memory only. */
int xm_additional_macs_sweep(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/*
 * For `addresses follow`: adds and removes additional MACs until they are those of the peer end's
 * list. Goes on after a refusal (-EADDRINUSE, -ENOSPC: as xm_additional_mac_check()), and returns
 * the first one.
 */
int xm_additional_macs_follow(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
