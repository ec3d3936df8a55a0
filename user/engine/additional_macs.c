// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Additional MACs of an endpoint added and removed: the parent's unicast filter and mac_table */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "engine/additional_mac_list.h"
#include "engine/additional_macs.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_peer.h"
#include "engine/mac_table.h"
#include "engine/parent_needs.h"
#include "engine/record.h"
#include "engine/uc_entries.h"
#include "mac.h"

static int check_add(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
		     struct xm_err *e)
{
	const struct xm_additional_mac *there = xm_additional_mac_find(&ep->rec, mac);
	char text[XM_MAC_TEXT];

	if (there && xm_additional_mac_in_force(there))
		/* from now on it is the administrator's */
		return there->flags & XM_ADDITIONAL_MAC_FOLLOWED
			       ? 0
			       : xm_fail(e, EEXIST, "%s has the additional address %s already",
					 ep->rec.name, xm_mac_text(mac, text));
	if (!there && !xm_additional_mac_free_place(&ep->rec))
		return xm_fail(e, ENOSPC, "%s has %u additional addresses, which is the limit",
			       ep->rec.name, XM_MAX_ADDITIONAL_MACS);
	return xm_endpoint_mac_check(p, NULL, mac, e);
}

int xm_additional_mac_check(struct xm_parent *p, struct xm_endpoint *ep,
			    const struct xm_settings *s, struct xm_err *e)
{
	const struct xm_additional_mac *there = xm_additional_mac_find(&ep->rec, s->additional);
	char text[XM_MAC_TEXT];

	if (s->additional_mac_op == XM_ADDITIONAL_MAC_ADD)
		return check_add(p, ep, s->additional, e);
	if (s->additional_mac_op == XM_ADDITIONAL_MAC_DEL &&
	    !(there && xm_additional_mac_in_force(there)))
		return xm_fail(e, EADDRNOTAVAIL, "%s has no additional address %s", ep->rec.name,
			       xm_mac_text(s->additional, text));
	return 0;
}

int xm_additional_mac_enter(struct xm_parent *p, struct xm_endpoint *ep,
			    const struct xm_settings *s, struct xm_err *e)
{
	struct xm_additional_mac *address = xm_additional_mac_find(&ep->rec, s->additional);
	int err;

	if (s->additional_mac_op != XM_ADDITIONAL_MAC_ADD ||
	    (address && xm_additional_mac_in_force(address)))
		return 0;
	if (!address)
		address = xm_additional_mac_free_place(&ep->rec);
	if (!address)
		return xm_fail(e, ENOSPC, "%s has no place for another address", ep->rec.name);
	memcpy(address->mac, s->additional, XM_MAC_LEN);
	address->flags = XM_ADDITIONAL_MAC_GOING;
	err = xm_uc_entry_add(p, ep, xm_uc_entry_additional(address), e); /* saves the record */
	return err ? err : xm_mac_table_add(p, ep, address->mac, e);
}

int xm_additional_macs_sweep(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++) {
		struct xm_additional_mac *address = &ep->rec.additional_macs[i];
		int err;

		if (!xm_additional_mac_is_used(address) || xm_additional_mac_in_force(address))
			continue;
		err = xm_endpoint_has_mac(ep, address->mac)
			      ? 0
			      : xm_mac_table_del(p, ep, address->mac, e);
		if (!err)
			err = xm_uc_entry_del(p, xm_uc_entry_additional(address), e);
		if (err)
			return err;
		*address = (struct xm_additional_mac){};
	}
	return 0;
}

/*
 * Removes addresses that are not in force, after a change or its undoing. Errors are ignored: the
 * next command tries again.
 */
static void change_conclude(struct xm_parent *p, struct xm_endpoint *ep)
{
	if (xm_additional_macs_sweep(p, ep, NULL))
		return;
	ep->rec.state = XM_ENDPOINT_READY;
	xm_endpoint_save(p, ep, NULL);
}

static int change_undo(struct xm_parent *p, struct xm_endpoint *ep,
		       const struct xm_endpoint_record *before)
{
	struct xm_endpoint_record was = *before;
	int err;

	was.state = XM_ENDPOINT_CHANGING;
	xm_additional_mac_list_revert(&was, &ep->rec);
	ep->rec = was;
	err = xm_endpoint_commit(p, ep, NULL);
	return err ? err : xm_parent_meet_needs(p, NULL);
}

/* Adds or removes one address */
static int change(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		  struct xm_err *e)
{
	struct xm_endpoint_record before = ep->rec;
	int err;

	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_additional_mac_enter(p, ep, s, e);
	if (!err) {
		xm_additional_mac_list_apply(&ep->rec, s);
		err = xm_endpoint_commit(p, ep, e);
	}
	if (!err) /* the parent may have no unicast filter, and then becomes promiscuous */
		err = xm_parent_meet_needs(p, e);
	if (!err || !change_undo(p, ep, &before))
		change_conclude(p, ep);
	return err;
}

static bool list_has(const struct xm_mac_list *list, const uint8_t *mac)
{
	for (size_t i = 0; i < list->count; i++)
		if (xm_mac_equal(list->macs[i], mac))
			return true;
	return false;
}

static int follow_removed(struct xm_parent *p, struct xm_endpoint *ep,
			  const struct xm_mac_list *list, struct xm_err *e)
{
	struct xm_settings s = { .additional_mac_op = XM_ADDITIONAL_MAC_DEL };
	int err = 0;

	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS && !err; i++) {
		const struct xm_additional_mac *address = &ep->rec.additional_macs[i];

		if (!(address->flags & XM_ADDITIONAL_MAC_FOLLOWED) || list_has(list, address->mac))
			continue;
		memcpy(s.additional, address->mac, XM_MAC_LEN);
		err = change(p, ep, &s, e);
	}
	return err;
}

/* Goes on with the other addresses after an error. Returns the first error. */
static int follow_added(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_mac_list *list,
			struct xm_err *e)
{
	struct xm_settings s = { .additional_mac_op = XM_ADDITIONAL_MAC_ADD,
				 .additional_mac_followed = true };
	int ret = 0;

	for (size_t i = 0; i < list->count; i++) {
		int err;

		if (xm_mac_equal(list->macs[i], ep->rec.port.mac) ||
		    xm_endpoint_has_additional_mac(ep, list->macs[i]))
			continue;
		memcpy(s.additional, list->macs[i], XM_MAC_LEN);
		err = check_add(p, ep, s.additional, ret ? NULL : e);
		if (!err)
			err = change(p, ep, &s, ret ? NULL : e);
		ret = ret ? ret : err;
		if (err == -ENOSPC)
			break;
	}
	return ret;
}

int xm_additional_macs_follow(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_mac_list list = {};
	int err;

	if (!ep->rec.follows_peer_macs || ep->rec.state != XM_ENDPOINT_READY)
		return 0;
	err = xm_peer_read_macs(p, ep, &list, e);
	if (!err)
		err = follow_removed(p, ep, &list, e);
	if (err || ep->rec.state != XM_ENDPOINT_READY)
		return err;
	return follow_added(p, ep, &list, e);
}
