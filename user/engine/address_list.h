/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the additional MACs of an endpoint in its record, in memory. Pure. */
#ifndef XM_ADDRESS_LIST_H
#define XM_ADDRESS_LIST_H

#include "engine/settings.h"
#include "engine/state.h"

/* Whether the place has an address; whether that address is in force */
bool xm_address_is_used(const struct xm_address *address);
bool xm_address_in_force(const struct xm_address *address);
/*
 * xm_address_find(): the place that has the MAC, in force or not. xm_address_free_place(): a free
 * place. NULL: there is none.
 */
struct xm_address *xm_address_find(struct xm_endpoint_record *rec, const uint8_t *mac);
struct xm_address *xm_address_free_place(struct xm_endpoint_record *rec);
/* Whether the endpoint has the MAC as an additional one, in force or not */
bool xm_endpoint_has_additional(const struct xm_endpoint *ep, const uint8_t *mac);
/*
 * Brings the address that the settings add into force, after xm_address_enter(); marks the address
 * that they remove
 */
void xm_addresses_apply(struct xm_endpoint_record *rec, const struct xm_settings *s);
/*
 * Before the former record *was is restored: gives addresses that only *now has a place in it,
 * marked for xm_addresses_sweep()
 */
void xm_addresses_revert(struct xm_endpoint_record *was, const struct xm_endpoint_record *now);

#endif
