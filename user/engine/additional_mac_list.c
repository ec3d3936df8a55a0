// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The list of an endpoint's additional MACs in its record, for what is inside a container on top of
 * its device. A MAC that is being added or removed has the flag XM_ADDITIONAL_MAC_GOING; the next
 * command removes one that a killed command has left with the flag. A MAC is in force from the
 * write of the record that clears its flag. Pure.
 */
#include "engine/additional_mac_list.h"
#include "mac.h"

bool xm_additional_mac_is_used(const struct xm_additional_mac *place)
{
	static const uint8_t none[XM_MAC_LEN];

	return !xm_mac_equal(place->mac, none);
}

bool xm_additional_mac_in_force(const struct xm_additional_mac *place)
{
	return xm_additional_mac_is_used(place) && !(place->flags & XM_ADDITIONAL_MAC_GOING);
}

struct xm_additional_mac *xm_additional_mac_find(struct xm_endpoint_record *rec, const uint8_t *mac)
{
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++)
		if (xm_mac_equal(rec->additional_macs[i].mac, mac))
			return &rec->additional_macs[i];
	return NULL;
}

struct xm_additional_mac *xm_additional_mac_free_place(struct xm_endpoint_record *rec)
{
	static const uint8_t none[XM_MAC_LEN];

	return xm_additional_mac_find(rec, none);
}

bool xm_endpoint_has_additional_mac(const struct xm_endpoint *ep, const uint8_t *mac)
{
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++)
		if (xm_additional_mac_is_used(&ep->rec.additional_macs[i]) &&
		    xm_mac_equal(ep->rec.additional_macs[i].mac, mac))
			return true;
	return false;
}

bool xm_endpoint_has_mac(const struct xm_endpoint *ep, const uint8_t *mac)
{
	const struct xm_additional_mac *places = ep->rec.additional_macs;
	bool has = xm_mac_equal(ep->rec.port.mac, mac);

	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS && !has; i++)
		has = xm_additional_mac_in_force(&places[i]) && xm_mac_equal(places[i].mac, mac);
	return has;
}

static void set_port_flag(struct xm_endpoint_record *rec)
{
	rec->port.flags &= ~XM_PORT_ADDRESSES;
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++)
		if (xm_additional_mac_in_force(&rec->additional_macs[i]))
			rec->port.flags |= XM_PORT_ADDRESSES;
}

/* Marks the MACs that came from the peer end's list for removal */
static void stop_following(struct xm_endpoint_record *rec)
{
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++)
		if (rec->additional_macs[i].flags & XM_ADDITIONAL_MAC_FOLLOWED)
			rec->additional_macs[i].flags |= XM_ADDITIONAL_MAC_GOING;
}

void xm_additional_mac_list_apply(struct xm_endpoint_record *rec, const struct xm_settings *s)
{
	struct xm_additional_mac *place = xm_additional_mac_find(rec, s->additional);

	if (s->has_follow)
		rec->follows_peer_macs = s->follow;
	if (!rec->follows_peer_macs)
		stop_following(rec);

	if (s->additional_mac_op == XM_ADDITIONAL_MAC_ADD && place)
		place->flags &= ~(XM_ADDITIONAL_MAC_GOING | XM_ADDITIONAL_MAC_FOLLOWED);
	if (s->additional_mac_op == XM_ADDITIONAL_MAC_ADD && place && s->additional_mac_followed)
		place->flags |= XM_ADDITIONAL_MAC_FOLLOWED;
	if (s->additional_mac_op == XM_ADDITIONAL_MAC_DEL && place)
		place->flags |= XM_ADDITIONAL_MAC_GOING;
	set_port_flag(rec);
}

void xm_additional_mac_list_revert(struct xm_endpoint_record *was,
				   const struct xm_endpoint_record *now)
{
	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++) {
		if (xm_additional_mac_is_used(&was->additional_macs[i]))
			continue;
		was->additional_macs[i] = now->additional_macs[i];
		was->additional_macs[i].flags |= XM_ADDITIONAL_MAC_GOING;
	}
}
