/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the MAC of an endpoint, in mac_table and in the unicast filter of the
 * parent. Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ENDPOINT_MAC_H
#define XM_ENDPOINT_MAC_H

#include "engine/state.h"

/*
 * Refuses a MAC that is no unicast address (-EADDRNOTAVAIL), or is the parent's or another
 * endpoint's (-EADDRINUSE)
 */
int xm_endpoint_mac_check(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			  struct xm_err *e);
/* A random, locally administered MAC */
int xm_mac_draw(uint8_t *ret, struct xm_err *e);
/* The same, and the check accepts it */
int xm_endpoint_mac_random(struct xm_parent *p, uint8_t *ret, struct xm_err *e);
/* Gives the endpoint another MAC; with `device` false its device has it already */
int xm_endpoint_mac_change(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e);

/*
 * A change of more than the MAC takes three functions. This one ends with the new MAC and
 * everything else of ep->rec in force. The old MAC stays in mac_table as rec.other_mac, and the
 * endpoint is in state CHANGING until xm_endpoint_mac_del_other().
 */
int xm_endpoint_mac_switch(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e);

/*
 * Undoes xm_endpoint_mac_switch(): restores the record `before`, and the MAC `parent_mac` of a
 * passthru parent. When not even the record can be written, the next command completes the change.
 */
int xm_endpoint_mac_revert(struct xm_parent *p, struct xm_endpoint *ep,
			   const struct xm_endpoint_record *before, const uint8_t *parent_mac,
			   bool device);
/* Removes rec.other_mac from mac_table and from the parent's unicast filter */
int xm_endpoint_mac_del_other(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Completes an interrupted change of the MAC, as the record has it */
int xm_endpoint_mac_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Makes the programs ask mac_table for the MAC, as xm_endpoint_mac_add() does for an endpoint */
int xm_hint_keep(struct xm_parent *p, const uint8_t *mac);
/* The MAC in mac_table; del removes it only while it is this endpoint's */
int xm_endpoint_mac_add(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			struct xm_err *e);
int xm_endpoint_mac_del(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			struct xm_err *e);

/*
 * The endpoint's entries of the parent's unicast filter: add enters port.mac and saves the record;
 * del removes the entries of both MACs that are ours (rec.uc_filtered)
 */
int xm_endpoint_uc_filter_add(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
int xm_endpoint_uc_filter_del(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
