// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* MAC addresses: which are allowed, in the parent's filter, and how one changes */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "mac.h"
#include "engine/internal.h"

#define MAC_FORMAT  "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_BYTES(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]

static const uint8_t no_mac[XM_MAC_LEN];

static bool same(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, XM_MAC_LEN);
}

/* The endpoint that has the MAC, by mac_table, which is an index already */
static struct xm_endpoint *owner(struct xm_parent *p, const uint8_t *mac)
{
	struct xm_mac_key key = {};
	uint32_t slot;

	memcpy(key.mac, mac, XM_MAC_LEN);
	return bpf_map_lookup_elem(p->maps[XM_MAP_MAC_TABLE], &key, &slot) ? NULL : xm_endpoint_by_slot(p, slot);
}

int xm_endpoint_mac_check(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e)
{
	const struct xm_endpoint *other;

	if (xm_mac_group(mac) || same(mac, no_mac))
		return xm_fail(e, EADDRNOTAVAIL, "address " MAC_FORMAT " is not a unicast address",
			       MAC_BYTES(mac));
	if (same(mac, p->link.mac))
		return xm_fail(e, EADDRINUSE, "address " MAC_FORMAT " is that of the parent %s",
			       MAC_BYTES(mac), xm_parent_name(p));
	other = owner(p, mac);
	if (other && other != ep)
		return xm_fail(e, EADDRINUSE, "address " MAC_FORMAT " is that of the endpoint %s",
			       MAC_BYTES(mac), other->rec.name);
	return 0;
}

int xm_endpoint_mac_random(struct xm_parent *p, uint8_t *ret, struct xm_err *e)
{
	for (int tries = 0; tries < 100; tries++) {
		if (getrandom(ret, XM_MAC_LEN, 0) != XM_MAC_LEN)
			return xm_fail(e, EIO, "cannot draw a random address");
		ret[0] = (ret[0] & 0xfc) | 0x02;
		if (!xm_endpoint_mac_check(p, NULL, ret, NULL))
			return 0;
	}
	return xm_fail(e, EADDRINUSE, "no free random address found");
}

static bool takes_none(int err)
{
	return err == -EOPNOTSUPP || err == -EINVAL;
}

/* xm_parent_update(), which comes after this, makes the parent promiscuous. That does not help with a macvlan. */
static int do_without(struct xm_parent *p, struct xm_endpoint *ep, uint8_t owned, struct xm_err *e)
{
	int err;

	if (xm_link_is_macvlan(&p->link))
		return xm_fail(e, EOPNOTSUPP, "%s is a %s of a device in another netns: use that one as the parent there",
			       p->link.name, p->link.kind);
	ep->rec.owned &= ~owned;
	err = xm_endpoint_save(p, ep, e);
	p->meta.state |= XM_PARENT_UNFILTERED;
	return err ? err : xm_parent_save(p, e);
}

/* As macvlan_open(): a passthru endpoint has the parent's own MAC and needs no entry */
static int filter(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac, uint8_t owned, bool on,
		  struct xm_err *e)
{
	bool ours = ep->rec.owned & owned; /* ... or meant to be, by a command that was killed */
	struct xm_nl *nl = &p->engine->nl;
	int err;

	if (!on) {
		err = ours ? xm_link_del_unicast(nl, p->link.ifindex, mac) : 0;
		if (err && err != -ENOENT && !takes_none(err))
			return xm_fail(e, err, "cannot remove " MAC_FORMAT " from the unicast filter of %s: %s",
				       MAC_BYTES(mac), p->link.name, xm_nl_why(nl, err));
		ep->rec.owned &= ~owned;
		return 0;
	}
	if (ep->rec.port.mode == XM_MODE_PASSTHRU || p->meta.state & XM_PARENT_UNFILTERED)
		return xm_endpoint_save(p, ep, e);
	/* Written before it is true: better to remove an entry that is not there than to forget one */
	ep->rec.owned |= owned;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_link_add_unicast(nl, p->link.ifindex, mac);
	if (!err || (err == -EEXIST && ours))
		return 0;
	/* Somebody else has put it there: it does what we need, and stays when we go */
	if (err == -EEXIST) {
		ep->rec.owned &= ~owned;
		return xm_endpoint_save(p, ep, e);
	}
	if (takes_none(err))
		return do_without(p, ep, owned, e);
	/* It is there when only the answer was lost, so what takes the change back removes it */
	return xm_fail(e, err, "cannot add " MAC_FORMAT " to the unicast filter of %s: %s", MAC_BYTES(mac),
		       p->link.name, xm_nl_why(nl, err));
}

int xm_endpoint_mac_filter(struct xm_parent *p, struct xm_endpoint *ep, bool on, struct xm_err *e)
{
	int err = on ? 0 : filter(p, ep, ep->rec.other_mac, XM_FILTERED_OTHER_MAC, false, e);

	return err ? err : filter(p, ep, ep->rec.port.mac, XM_FILTERED_MAC, on, e);
}

/* Before mac_table: a MAC without a hint is not looked for there */
static int write_hint(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac)
{
	uint32_t hint = xm_mac_hint(xm_mac_bits(mac)), index = hint / XM_HINT_WAYS;
	struct xm_hints hints;

	if (bpf_map_lookup_elem(p->maps[XM_MAP_HINTS], &index, &hints))
		return -errno;
	hints.slot[hint % XM_HINT_WAYS] = ep->slot;
	return bpf_map_update_elem(p->maps[XM_MAP_HINTS], &index, &hints, BPF_ANY) ? -errno : 0;
}

int xm_endpoint_mac_enter(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e)
{
	struct xm_mac_key key = {};
	int err = write_hint(p, ep, mac);

	if (err)
		return xm_fail(e, err, "cannot enter %s into hints: %s", ep->rec.name, strerror(-err));
	memcpy(key.mac, mac, XM_MAC_LEN);
	if (bpf_map_update_elem(p->maps[XM_MAP_MAC_TABLE], &key, &ep->slot, BPF_ANY))
		return xm_fail(e, errno, "cannot enter %s into mac_table: %s", ep->rec.name,
			       errno == E2BIG ? "the map is full" : strerror(errno));
	return 0;
}

int xm_endpoint_mac_leave(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e)
{
	struct xm_mac_key key = {};
	uint32_t slot;

	memcpy(key.mac, mac, XM_MAC_LEN);
	if (!bpf_map_lookup_elem(p->maps[XM_MAP_MAC_TABLE], &key, &slot)) {
		if (slot != ep->slot || !bpf_map_delete_elem(p->maps[XM_MAP_MAC_TABLE], &key))
			return 0;
	}
	if (errno == ENOENT)
		return 0;
	return xm_fail(e, errno, "cannot take %s out of mac_table: %s", ep->rec.name, strerror(errno));
}

/* In memory: the other address counts, the one that did is the other */
static void swap(struct xm_endpoint_record *rec)
{
	uint8_t old[XM_MAC_LEN], owned = 0;

	memcpy(old, rec->port.mac, XM_MAC_LEN);
	memcpy(rec->port.mac, rec->other_mac, XM_MAC_LEN);
	memcpy(rec->other_mac, old, XM_MAC_LEN);
	if (rec->owned & XM_FILTERED_MAC)
		owned |= XM_FILTERED_OTHER_MAC;
	if (rec->owned & XM_FILTERED_OTHER_MAC)
		owned |= XM_FILTERED_MAC;
	rec->owned = owned;
	rec->coming = false;
}

int xm_endpoint_mac_drop_other(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = 0;

	if (same(ep->rec.other_mac, no_mac))
		return 0;
	if (!same(ep->rec.other_mac, ep->rec.port.mac))
		err = xm_endpoint_mac_leave(p, ep, ep->rec.other_mac, e);
	if (!err)
		err = filter(p, ep, ep->rec.other_mac, XM_FILTERED_OTHER_MAC, false, e);
	if (!err)
		memset(ep->rec.other_mac, 0, XM_MAC_LEN);
	return err;
}

/* Passthru: the parent's MAC is the endpoint's, a change of either changes both (macvlan_set_mac_address) */
static int set_parent(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err;

	if (ep->rec.port.mode != XM_MODE_PASSTHRU)
		return 0;
	if (!same(p->link.mac, mac)) {
		err = xm_link_set_mac(nl, p->link.ifindex, mac);
		if (err)
			return xm_fail(e, err, "cannot change the address of %s: %s", p->link.name,
				       xm_nl_why(nl, err));
		memcpy(p->link.mac, mac, XM_MAC_LEN);
	}
	memcpy(p->meta.parent_mac, mac, XM_MAC_LEN);
	return xm_parent_save(p, e);
}

int xm_endpoint_mac_switch(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac, bool device, struct xm_err *e)
{
	int err;

	ep->rec.state = XM_ENDPOINT_CHANGING;
	memcpy(ep->rec.other_mac, mac, XM_MAC_LEN);
	ep->rec.coming = true;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = filter(p, ep, mac, XM_FILTERED_OTHER_MAC, true, e);
	if (!err)
		err = xm_endpoint_mac_enter(p, ep, mac, e);
	if (!err)
		err = set_parent(p, ep, mac, e);
	if (!err && device)
		err = xm_peer_set_mac(p, ep, mac, e);
	if (err)
		return err;
	swap(&ep->rec);
	return xm_endpoint_store(p, ep, e);
}

int xm_endpoint_mac_revert(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_endpoint_record *before,
		    const uint8_t *parent, bool device)
{
	bool moved = !same(ep->rec.other_mac, no_mac);
	struct xm_endpoint_record was = *before;
	int err;

	if (!same(ep->rec.port.mac, before->port.mac))
		swap(&ep->rec);
	was.state = XM_ENDPOINT_CHANGING;
	was.owned = ep->rec.owned;
	memcpy(was.other_mac, ep->rec.other_mac, XM_MAC_LEN);
	ep->rec = was;
	err = xm_endpoint_save(p, ep, NULL);
	if (!err && moved && device)
		err = xm_peer_set_mac(p, ep, before->port.mac, NULL);
	if (!err && moved && before->port.mode == XM_MODE_PASSTHRU)
		err = set_parent(p, ep, parent, NULL);
	if (!err)
		err = xm_endpoint_write_port(p, ep, NULL);
	if (!err && moved)
		err = xm_endpoint_mac_enter(p, ep, before->port.mac, NULL);
	return err;
}

int xm_endpoint_mac_change(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac, bool device,
		      struct xm_err *e)
{
	struct xm_endpoint_record before = ep->rec;
	uint8_t parent[XM_MAC_LEN];
	int err;

	memcpy(parent, p->link.mac, XM_MAC_LEN);
	err = xm_endpoint_mac_switch(p, ep, mac, device, e);
	if (err && xm_endpoint_mac_revert(p, ep, &before, parent, device))
		return err;
	/* It is done, or taken back. What fails from here on is left, in state changing, to the next command. */
	if (xm_endpoint_mac_drop_other(p, ep, NULL))
		return err;
	ep->rec.state = XM_ENDPOINT_READY;
	xm_endpoint_save(p, ep, NULL);
	return err;
}

/* The device has the address that is to go, as far as it came. When it cannot be told so, it is right. */
static int correct_device(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_link peer;
	int err = xm_link_get(&p->engine->nl, ep->rec.peer_nsid, NULL, ep->rec.peer_ifindex, &peer);

	if (err || !same(peer.mac, ep->rec.other_mac) || !xm_peer_set_mac(p, ep, ep->rec.port.mac, NULL))
		return 0;
	swap(&ep->rec);
	return xm_endpoint_store(p, ep, e);
}

int xm_endpoint_mac_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = 0;

	if (same(ep->rec.other_mac, no_mac))
		return 0;
	if (ep->rec.coming) {
		swap(&ep->rec);
		err = xm_endpoint_store(p, ep, e);
	}
	if (!err)
		err = correct_device(p, ep, e);
	if (!err)
		err = xm_endpoint_mac_filter(p, ep, true, e);
	if (!err)
		err = xm_endpoint_mac_enter(p, ep, ep->rec.port.mac, e);
	if (!err)
		err = set_parent(p, ep, ep->rec.port.mac, e);
	return err ? err : xm_endpoint_mac_drop_other(p, ep, e);
}
