/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the MAC of an endpoint: checked, chosen and changed, in mac_table and in
 * the unicast filter of the parent. Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_ENDPOINT_MAC_H
#define XM_ENDPOINT_MAC_H

#include "engine/state.h"

/*
 * Refuses a MAC that is no unicast address (-EADDRNOTAVAIL), or is the parent's, another endpoint's
 * or an additional one of any endpoint (-EADDRINUSE)
 */
int xm_endpoint_mac_check(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			  struct xm_err *e);
/* Fills ret with a random MAC (XM_MAC_LEN bytes) that xm_endpoint_mac_check() accepts */
int xm_endpoint_mac_choose(struct xm_parent *p, uint8_t *ret, struct xm_err *e);
/*
 * Changes the endpoint's MAC. device: also sets it on the peer end; false: the peer end has it
 * already.
 */
int xm_endpoint_mac_change(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e);

/*
 * The first step of a change of the MAC and of other settings together. Afterwards the new MAC and
 * everything else of ep->rec are in force, mac_table still has the old MAC (rec.other_mac), and the
 * endpoint is in state CHANGING. xm_endpoint_mac_del_other() ends the change;
 * xm_endpoint_mac_revert() undoes it.
 */
int xm_endpoint_mac_switch(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e);

/*
 * Undoes xm_endpoint_mac_switch(): restores the record `before` and, for a passthru endpoint, the
 * parent's MAC `parent_mac`. When the record cannot be written, nothing is restored and the next
 * command completes the change.
 */
int xm_endpoint_mac_revert(struct xm_parent *p, struct xm_endpoint *ep,
			   const struct xm_endpoint_record *before, const uint8_t *parent_mac,
			   bool device);
/* Removes rec.other_mac from mac_table and from the parent's unicast filter */
int xm_endpoint_mac_del_other(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Completes an interrupted change of the MAC, as the record has it */
int xm_endpoint_mac_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/*
 * Whether a MAC of the endpoint, its own or an additional one, is also the parent's, which was
 * given it later: `add` and `set` refuse that. False for the own MAC of a passthru endpoint, which
 * is the parent's.
 */
bool xm_endpoint_shares_mac(const struct xm_parent *p, const struct xm_endpoint *ep);

#endif
