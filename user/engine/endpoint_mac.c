// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An endpoint's MAC: which are allowed, and a change of MAC */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/mac_random.h"
#include "base/text.h"
#include "engine/additional_mac_list.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_peer.h"
#include "engine/mac_table.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/uc_entries.h"
#include "mac.h"

#define RANDOM_TRIES 100

static const uint8_t no_mac[XM_MAC_LEN];

static bool mac_is_none(const uint8_t *mac)
{
	return xm_mac_equal(mac, no_mac);
}

int xm_endpoint_mac_check(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			  struct xm_err *e)
{
	const struct xm_endpoint *holder;
	char text[XM_MAC_TEXT];
	bool additional;

	xm_mac_text(mac, text);
	if (xm_mac_is_group(mac) || mac_is_none(mac))
		return xm_fail(e, EADDRNOTAVAIL, "address %s is not a unicast address", text);
	if (xm_mac_equal(mac, p->link.mac))
		return xm_fail(e, EADDRINUSE, "address %s is that of the parent %s", text,
			       xm_parent_name(p));
	holder = xm_mac_table_find(p, mac);
	additional = holder && xm_endpoint_has_additional_mac(holder, mac);
	if (!holder || (holder == ep && !additional))
		return 0;
	return xm_fail(e, EADDRINUSE, "address %s is %s the endpoint %s", text,
		       additional ? "an additional one of" : "that of", holder->rec.name);
}

int xm_endpoint_mac_choose(struct xm_parent *p, uint8_t *ret, struct xm_err *e)
{
	for (int tries = 0; tries < RANDOM_TRIES; tries++) {
		int err = xm_mac_random(ret);

		if (err)
			return xm_fail(e, err, "cannot get random bytes for an address");
		if (!xm_endpoint_mac_check(p, NULL, ret, NULL))
			return 0;
	}
	return xm_fail(e, EADDRINUSE, "no free random address found");
}

/* Exchanges the MAC that counts and the other one, in memory */
static void record_swap_macs(struct xm_endpoint_record *rec)
{
	uint8_t old[XM_MAC_LEN], filtered = 0;

	memcpy(old, rec->port.mac, XM_MAC_LEN);
	memcpy(rec->port.mac, rec->other_mac, XM_MAC_LEN);
	memcpy(rec->other_mac, old, XM_MAC_LEN);
	if (rec->uc_filtered & XM_UC_FILTERED_MAC)
		filtered |= XM_UC_FILTERED_OTHER_MAC;
	if (rec->uc_filtered & XM_UC_FILTERED_OTHER_MAC)
		filtered |= XM_UC_FILTERED_MAC;
	rec->uc_filtered = filtered;
	rec->other_mac_is_new = false;
}

int xm_endpoint_mac_del_other(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = 0;

	if (mac_is_none(ep->rec.other_mac))
		return 0;
	if (!xm_endpoint_has_mac(ep, ep->rec.other_mac))
		err = xm_mac_table_del(p, ep, ep->rec.other_mac, e);
	if (!err)
		err = xm_uc_entry_del(p, xm_uc_entry_other(ep), e);
	if (!err)
		memset(ep->rec.other_mac, 0, XM_MAC_LEN);
	return err;
}

/*
 * Passthru: parent and endpoint have one MAC, a change of either changes both
 * (macvlan_set_mac_address())
 */
static int passthru_set_parent_mac(struct xm_parent *p, const struct xm_endpoint *ep,
				   const uint8_t *mac, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err;

	if (ep->rec.port.mode != XM_MODE_PASSTHRU)
		return 0;
	if (!xm_mac_equal(p->link.mac, mac)) {
		err = xm_link_set_mac(nl, p->link.ifindex, mac);
		if (err)
			return xm_fail(e, err, "cannot change the MAC of %s: %s", p->link.name,
				       xm_nl_why(nl, err));
		memcpy(p->link.mac, mac, XM_MAC_LEN);
	}
	memcpy(p->config.parent_mac, mac, XM_MAC_LEN);
	return xm_parent_commit(p, e);
}

int xm_endpoint_mac_switch(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e)
{
	int err;

	ep->rec.state = XM_ENDPOINT_CHANGING;
	memcpy(ep->rec.other_mac, mac, XM_MAC_LEN);
	ep->rec.other_mac_is_new = true;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_uc_entry_add(p, ep, xm_uc_entry_other(ep), e);
	if (!err)
		err = xm_mac_table_add(p, ep, mac, e);
	if (!err)
		err = passthru_set_parent_mac(p, ep, mac, e);
	if (!err && device)
		err = xm_peer_set_mac(p, ep, mac, e);
	if (err)
		return err;
	record_swap_macs(&ep->rec);
	return xm_endpoint_commit(p, ep, e);
}

/* Does nothing when the device has the MAC: so neither a capability nor a request can fail */
static int revert_device_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link peer;

	if (!xm_link_get(nl, ep->rec.peer_nsid, NULL, ep->rec.peer_ifindex, &peer) &&
	    xm_mac_equal(peer.mac, mac))
		return 0;
	return xm_peer_set_mac(p, ep, mac, NULL);
}

int xm_endpoint_mac_revert(struct xm_parent *p, struct xm_endpoint *ep,
			   const struct xm_endpoint_record *before, const uint8_t *parent_mac,
			   bool device)
{
	bool switched = !mac_is_none(ep->rec.other_mac);
	struct xm_endpoint_record was = *before;
	int err;

	if (!xm_mac_equal(ep->rec.port.mac, before->port.mac))
		record_swap_macs(&ep->rec);
	was.state = XM_ENDPOINT_CHANGING;
	was.uc_filtered = ep->rec.uc_filtered;
	memcpy(was.other_mac, ep->rec.other_mac, XM_MAC_LEN);
	xm_additional_mac_list_revert(&was, &ep->rec);
	ep->rec = was;
	err = xm_endpoint_save(p, ep, NULL);
	if (!err && switched && device)
		err = revert_device_mac(p, ep, before->port.mac);
	if (!err && switched && before->port.mode == XM_MODE_PASSTHRU)
		err = passthru_set_parent_mac(p, ep, parent_mac, NULL);
	if (!err)
		err = xm_endpoint_write_port(p, ep, NULL);
	if (!err && switched)
		err = xm_mac_table_add(p, ep, before->port.mac, NULL);
	return err;
}

int xm_endpoint_mac_change(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e)
{
	struct xm_endpoint_record before = ep->rec;
	uint8_t parent_mac[XM_MAC_LEN];
	int err;

	memcpy(parent_mac, p->link.mac, XM_MAC_LEN);
	err = xm_endpoint_mac_switch(p, ep, mac, device, e);
	if (err && xm_endpoint_mac_revert(p, ep, &before, parent_mac, device))
		return err;
	/*
	 * Done, or undone. What fails from here on is left to the next command, in state CHANGING.
	 */
	if (xm_endpoint_mac_del_other(p, ep, NULL))
		return err;
	ep->rec.state = XM_ENDPOINT_READY;
	xm_endpoint_save(p, ep, NULL);
	return err;
}

/*
 * The device may have the other MAC: that is corrected. When the kernel refuses the correction, the
 * device's MAC is the one that counts.
 */
static int repair_device_mac(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_link peer;
	int err = xm_link_get(&p->engine->nl, ep->rec.peer_nsid, NULL, ep->rec.peer_ifindex, &peer);

	if (err || !xm_mac_equal(peer.mac, ep->rec.other_mac) ||
	    !xm_peer_set_mac(p, ep, ep->rec.port.mac, NULL))
		return 0;
	record_swap_macs(&ep->rec);
	return xm_endpoint_commit(p, ep, e);
}

/*
 * Sets the MAC of the record on the device, in the unicast filter, in mac_table and on a passthru
 * parent
 */
static int mac_enforce(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = repair_device_mac(p, ep, e);

	if (!err)
		err = xm_uc_entry_add(p, ep, xm_uc_entry_mac(ep), e);
	if (!err)
		err = xm_mac_table_add(p, ep, ep->rec.port.mac, e);
	return err ? err : passthru_set_parent_mac(p, ep, ep->rec.port.mac, e);
}

/* Exchanges the two MACs of the record and saves it */
static int mac_exchange(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	record_swap_macs(&ep->rec);
	return xm_endpoint_commit(p, ep, e);
}

int xm_endpoint_mac_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_err why = {};
	int err = 0;

	if (mac_is_none(ep->rec.other_mac))
		return 0;
	if (ep->rec.other_mac_is_new)
		err = mac_exchange(p, ep, &why);
	if (!err)
		err = mac_enforce(p, ep, &why);
	/* The new MAC was refused: restore the other one */
	if (err && !mac_exchange(p, ep, NULL) && !mac_enforce(p, ep, NULL))
		err = 0;
	if (err)
		return xm_fail(e, err, "%s", why.text);
	return xm_endpoint_mac_del_other(p, ep, e);
}

bool xm_endpoint_shares_mac(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	if (ep->rec.port.mode != XM_MODE_PASSTHRU && xm_mac_equal(ep->rec.port.mac, p->link.mac))
		return true;
	return xm_endpoint_has_additional_mac(ep, p->link.mac);
}
