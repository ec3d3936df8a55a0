/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the additional MACs of an endpoint in its record, in memory. Pure. */
#ifndef XM_ADDITIONAL_MAC_LIST_H
#define XM_ADDITIONAL_MAC_LIST_H

#include "engine/settings.h"
#include "engine/state.h"

/* Whether the place has a MAC; whether that MAC is in force */
bool xm_additional_mac_is_used(const struct xm_additional_mac *place);
bool xm_additional_mac_in_force(const struct xm_additional_mac *place);
/*
 * xm_additional_mac_find(): the place that has the MAC, in force or not.
 * xm_additional_mac_free_place(): a free place. NULL: there is none.
 */
struct xm_additional_mac *xm_additional_mac_find(struct xm_endpoint_record *rec,
						 const uint8_t *mac);
struct xm_additional_mac *xm_additional_mac_free_place(struct xm_endpoint_record *rec);
/* Whether the endpoint has the MAC as an additional one, in force or not */
bool xm_endpoint_has_additional_mac(const struct xm_endpoint *ep, const uint8_t *mac);
/*
 * Whether the MAC is in force as the endpoint's own or as an additional one. It may be both in mode
 * passthru: the own MAC is that of the parent, whose administrator may set any.
 */
bool xm_endpoint_has_mac(const struct xm_endpoint *ep, const uint8_t *mac);
/*
 * Brings the MAC that the settings add into force, after xm_additional_mac_enter(); marks the MAC
 * that they remove
 */
void xm_additional_mac_list_apply(struct xm_endpoint_record *rec, const struct xm_settings *s);
/*
 * Before the former record *was is restored: gives the MACs that only *now has a place in it,
 * marked for xm_additional_macs_sweep()
 */
void xm_additional_mac_list_revert(struct xm_endpoint_record *was,
				   const struct xm_endpoint_record *now);

#endif
