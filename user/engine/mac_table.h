/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the map mac_table (MAC -> slot) and the map hints, which the programs read
 * before it: they look only those MACs up in mac_table that have a hint. A MAC is XM_MAC_LEN bytes.
 */
#ifndef XM_MAC_TABLE_H
#define XM_MAC_TABLE_H

#include "engine/state.h"

/* The endpoint that has the MAC as its own or as an additional one; NULL: there is none */
struct xm_endpoint *xm_mac_table_find(struct xm_parent *p, const uint8_t *mac);
/*
 * Writes a hint for a MAC that no endpoint has, so that the programs look it up in mac_table.
 * Returns 0 or a negative errno.
 */
int xm_mac_table_keep_hint(struct xm_parent *p, const uint8_t *mac);
/*
 * Adds the MAC to mac_table with the endpoint's slot, its hint first, or deletes it. _del leaves an
 * entry of another slot alone, and does nothing for an unused place of a record (a MAC of zeros).
 * Return 0 or a negative errno and fill *e.
 */
int xm_mac_table_add(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		     struct xm_err *e);
int xm_mac_table_del(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		     struct xm_err *e);

#endif
