/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the additional MACs of an endpoint in its record, in memory. Pure. */
#ifndef XM_ADDRESS_LIST_H
#define XM_ADDRESS_LIST_H

#include "engine/settings.h"
#include "engine/state.h"

/* Whether the place has an address; whether it has one that counts */
bool xm_address_is_used(const struct xm_address *address);
bool xm_address_in_force(const struct xm_address *address);
/* The place that has the MAC, in force or not; a free place. NULL: there is none. */
struct xm_address *xm_address_find(struct xm_endpoint_record *rec, const uint8_t *mac);
struct xm_address *xm_address_free_place(struct xm_endpoint_record *rec);
/* Whether the MAC is an additional one of the endpoint, in force or not */
bool xm_endpoint_has_additional(const struct xm_endpoint *ep, const uint8_t *mac);
/* Brings what the settings add (after xm_address_enter()) or remove into force */
void xm_addresses_apply(struct xm_endpoint_record *rec, const struct xm_settings *s);
/*
 * Completes *was, a former record that is to be restored: an address that only *now has gets a
 * place there, to be swept
 */
void xm_addresses_revert(struct xm_endpoint_record *was, const struct xm_endpoint_record *now);

#endif
