// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The list of an endpoint's additional MACs in its record, for what is inside a container on top of
 * its device. An address that is being added or removed has XM_ADDRESS_GOING: what a killed command
 * leaves so is removed. It counts from the write of the record that has not. Pure.
 */
#include "engine/address_list.h"
#include "mac.h"

bool xm_address_is_used(const struct xm_address *address)
{
	static const uint8_t none[XM_MAC_LEN];

	return !xm_mac_equal(address->mac, none);
}

bool xm_address_in_force(const struct xm_address *address)
{
	return xm_address_is_used(address) && !(address->flags & XM_ADDRESS_GOING);
}

struct xm_address *xm_address_find(struct xm_endpoint_record *rec, const uint8_t *mac)
{
	for (size_t i = 0; i < XM_MAX_ADDRESSES; i++)
		if (xm_mac_equal(rec->addresses[i].mac, mac))
			return &rec->addresses[i];
	return NULL;
}

struct xm_address *xm_address_free_place(struct xm_endpoint_record *rec)
{
	static const uint8_t none[XM_MAC_LEN];

	return xm_address_find(rec, none);
}

bool xm_endpoint_has_additional(const struct xm_endpoint *ep, const uint8_t *mac)
{
	for (size_t i = 0; i < XM_MAX_ADDRESSES; i++)
		if (xm_address_is_used(&ep->rec.addresses[i]) &&
		    xm_mac_equal(ep->rec.addresses[i].mac, mac))
			return true;
	return false;
}

static void set_port_flag(struct xm_endpoint_record *rec)
{
	rec->port.flags &= ~XM_PORT_ADDRESSES;
	for (size_t i = 0; i < XM_MAX_ADDRESSES; i++)
		if (xm_address_in_force(&rec->addresses[i]))
			rec->port.flags |= XM_PORT_ADDRESSES;
}

/* Marks the addresses that came from the peer end's list for removal */
static void stop_following(struct xm_endpoint_record *rec)
{
	for (size_t i = 0; i < XM_MAX_ADDRESSES; i++)
		if (rec->addresses[i].flags & XM_ADDRESS_FOLLOWED)
			rec->addresses[i].flags |= XM_ADDRESS_GOING;
}

void xm_addresses_apply(struct xm_endpoint_record *rec, const struct xm_settings *s)
{
	struct xm_address *address = xm_address_find(rec, s->additional);

	if (s->has_follow)
		rec->follows_addresses = s->follow;
	if (!rec->follows_addresses)
		stop_following(rec);

	if (s->address_op == XM_ADDRESS_ADD && address)
		address->flags &= ~(XM_ADDRESS_GOING | XM_ADDRESS_FOLLOWED);
	if (s->address_op == XM_ADDRESS_ADD && address && s->address_followed)
		address->flags |= XM_ADDRESS_FOLLOWED;
	if (s->address_op == XM_ADDRESS_DEL && address)
		address->flags |= XM_ADDRESS_GOING;
	set_port_flag(rec);
}

void xm_addresses_revert(struct xm_endpoint_record *was, const struct xm_endpoint_record *now)
{
	for (size_t i = 0; i < XM_MAX_ADDRESSES; i++) {
		if (xm_address_is_used(&was->addresses[i]))
			continue;
		was->addresses[i] = now->addresses[i];
		was->addresses[i].flags |= XM_ADDRESS_GOING;
	}
}
