// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Additional MACs of an endpoint added and removed: the parent's unicast filter and mac_table */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "engine/address_list.h"
#include "engine/addresses.h"
#include "engine/endpoint_mac.h"
#include "engine/uc_entries.h"
#include "mac.h"

static int check_add(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
		     struct xm_err *e)
{
	const struct xm_address *there = xm_address_find(&ep->rec, mac);
	char text[XM_MAC_TEXT];

	if (there && xm_address_in_force(there))
		/* from now on it is the administrator's */
		return there->flags & XM_ADDRESS_FOLLOWED
			       ? 0
			       : xm_fail(e, EEXIST, "%s has the additional address %s already",
					 ep->rec.name, xm_mac_text(mac, text));
	if (!there && !xm_address_free_place(&ep->rec))
		return xm_fail(e, ENOSPC, "%s has %u additional addresses, which is the limit",
			       ep->rec.name, XM_MAX_ADDRESSES);
	return xm_endpoint_mac_check(p, NULL, mac, e);
}

int xm_address_check(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		     struct xm_err *e)
{
	const struct xm_address *there = xm_address_find(&ep->rec, s->additional);
	char text[XM_MAC_TEXT];

	if (s->address_op == XM_ADDRESS_ADD)
		return check_add(p, ep, s->additional, e);
	if (s->address_op == XM_ADDRESS_DEL && !(there && xm_address_in_force(there)))
		return xm_fail(e, EADDRNOTAVAIL, "%s has no additional address %s", ep->rec.name,
			       xm_mac_text(s->additional, text));
	return 0;
}

int xm_address_enter(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		     struct xm_err *e)
{
	struct xm_address *address = xm_address_find(&ep->rec, s->additional);
	int err;

	if (s->address_op != XM_ADDRESS_ADD || (address && xm_address_in_force(address)))
		return 0;
	if (!address)
		address = xm_address_free_place(&ep->rec);
	if (!address)
		return xm_fail(e, ENOSPC, "%s has no place for another address", ep->rec.name);
	memcpy(address->mac, s->additional, XM_MAC_LEN);
	address->flags = XM_ADDRESS_GOING;
	err = xm_uc_entry_add(p, ep, xm_uc_entry_additional(address), e); /* saves the record */
	return err ? err : xm_endpoint_mac_add(p, ep, address->mac, e);
}

int xm_addresses_sweep(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	for (size_t i = 0; i < XM_MAX_ADDRESSES; i++) {
		struct xm_address *address = &ep->rec.addresses[i];
		int err;

		if (!xm_address_is_used(address) || xm_address_in_force(address))
			continue;
		err = xm_endpoint_mac_del(p, ep, address->mac, e);
		if (!err)
			err = xm_uc_entry_del(p, xm_uc_entry_additional(address), e);
		if (err)
			return err;
		*address = (struct xm_address){};
	}
	return 0;
}
