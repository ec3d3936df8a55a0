/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: adds and removes additional MACs of an endpoint. Functions return 0 or a
 * negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ENDPOINT_ADDRESSES_H
#define XM_ENDPOINT_ADDRESSES_H

#include "engine/settings.h"
#include "engine/state.h"

/*
 * Checks the settings' additional address. When it is to be added: -EEXIST, the endpoint has it;
 * -ENOSPC, the endpoint has XM_MAX_ADDRESSES; -EADDRINUSE, it is in use on the parent. When it is
 * to be removed: -EADDRNOTAVAIL, the endpoint does not have it.
 */
int xm_address_check(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		     struct xm_err *e);
/*
 * Enters an address that the settings add into the parent's unicast filter and mac_table. It is not
 * in force yet. The caller has set the state CHANGING; the record is saved.
 */
int xm_address_enter(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		     struct xm_err *e);
/* Removes the addresses that are not in force. The record is changed in memory only. */
int xm_addresses_sweep(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/*
 * For `addresses follow`: adds and removes addresses until they are those of the peer end's list.
 * Goes on after a refusal (-EADDRINUSE, -ENOSPC: as xm_address_check()), and returns the first one.
 */
int xm_addresses_follow(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
