// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes of an endpoint that exists: all is checked, then done, and taken back when a step fails */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"
#include "mac.h"

static int check(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e)
{
	uint8_t now = ep->rec.port.mode, mode = s->has_mode ? s->mode : now;
	const char *name = ep->rec.name;

	if (mode != now && (mode == XM_MODE_PASSTHRU || now == XM_MODE_PASSTHRU))
		return xm_fail(e, EINVAL, "%s cannot %s passthru mode: delete it and add it again", name,
			       now == XM_MODE_PASSTHRU ? "leave" : "enter");
	if (s->macaddr != XM_MACADDR_NONE && mode != XM_MODE_SOURCE)
		return xm_fail(e, EINVAL, "macaddr is for mode source: %s is in mode %s", name,
			       xm_mode_name(mode));
	if (s->has_promisc && mode != XM_MODE_PASSTHRU)
		return xm_fail(e, EINVAL, "%s is for mode passthru: %s is in mode %s",
			       s->promisc ? "promisc" : "nopromisc", name, xm_mode_name(mode));
	if (!s->has_address || !memcmp(s->address, ep->rec.port.mac, XM_MAC_LEN))
		return 0;
	return xm_endpoint_mac_check(p, ep, s->address, e);
}

static void set_flag(uint8_t *flags, uint8_t flag, bool has, bool on)
{
	if (has)
		*flags = on ? *flags | flag : *flags & ~flag;
}

static void apply(struct xm_endpoint_record *rec, const struct xm_settings *s)
{
	uint8_t *flags = &rec->port.flags;

	/* nodst stays when source mode is left and counts again when it is entered, as macvlan's flag */
	if (s->has_mode)
		rec->port.mode = s->mode;
	set_flag(flags, XM_PORT_HOST, s->has_host, s->host);
	set_flag(flags, XM_PORT_SPOOFCHK, s->has_spoofchk, s->spoofchk);
	set_flag(flags, XM_PORT_NODST, s->has_nodst, s->nodst);
	if (s->has_promisc)
		rec->nopromisc = !s->promisc;
	if (s->has_bcqueuelen)
		rec->bcqueuelen = s->bcqueuelen;
	if (s->has_bclim)
		rec->bclim = s->bclim;
}

int xm_endpoint_macaddr(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			struct xm_err *e)
{
	switch (s->macaddr) {
	case XM_MACADDR_NONE:
		return 0;
	case XM_MACADDR_ADD:
		return xm_source_list_add(p, ep->slot, ep->rec.port.source_gen, s->macs[0], e);
	case XM_MACADDR_DEL:
		return xm_source_list_del(p, ep->slot, ep->rec.port.source_gen, s->macs[0], e);
	case XM_MACADDR_SET:
	case XM_MACADDR_FLUSH:
		return xm_source_list_set(p, ep, s, e);
	}
	return 0;
}

/* Whether nothing else is asked for than one MAC more or less, which is one write of the list */
static bool is_single(const struct xm_settings *s)
{
	return (s->macaddr == XM_MACADDR_ADD || s->macaddr == XM_MACADDR_DEL) && !s->has_mode &&
	       !s->has_address && !s->has_promisc && !s->has_nodst && !s->has_host && !s->has_spoofchk &&
	       !s->has_bcqueuelen && !s->has_bclim;
}

/* What no longer counts is taken away, and the change is done. On failure the next command does it. */
static void conclude(struct xm_parent *p, struct xm_endpoint *ep, bool listed)
{
	if ((listed && xm_source_list_sweep(p, ep->slot, NULL)) || xm_endpoint_mac_drop_other(p, ep, NULL))
		return;
	ep->rec.state = XM_ENDPOINT_READY;
	/* Should this fail, the next command finds nothing left to complete */
	xm_endpoint_save(p, ep, NULL);
}

/* All that is asked for, but for a single MAC, comes into force by one write of the record */
static int write_all(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, bool moves,
		     struct xm_err *e)
{
	uint16_t gen = ep->rec.port.source_gen;
	int err = 0;

	if (s->macaddr != XM_MACADDR_NONE) {
		err = xm_endpoint_save(p, ep, e); /* what is filled in is to be swept after a kill */
		gen++;
		err = err ? err : xm_source_list_fill(p, ep, s, gen, e);
	}
	if (err)
		return err;
	apply(&ep->rec, s);
	ep->rec.port.source_gen = gen;
	return moves ? xm_endpoint_mac_switch(p, ep, s->address, true, e) : xm_endpoint_store(p, ep, e);
}

static int update(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	xm_endpoint_count_features(p, ep);
	return xm_parent_update(p, e);
}

static int change(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e)
{
	bool moves = s->has_address && memcmp(s->address, ep->rec.port.mac, XM_MAC_LEN);
	bool leaves = ep->rec.port.mode == XM_MODE_SOURCE && s->has_mode && s->mode != XM_MODE_SOURCE;
	struct xm_endpoint_record before = ep->rec;
	uint8_t parent[XM_MAC_LEN];
	int err;

	memcpy(parent, p->link.mac, XM_MAC_LEN);
	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = write_all(p, ep, s, moves, e);
	if (!err)
		err = update(p, ep, e);
	if (!err || (!xm_endpoint_mac_revert(p, ep, &before, parent, true) && !update(p, ep, NULL)))
		conclude(p, ep, leaves || s->macaddr != XM_MACADDR_NONE);
	return err;
}

/* The list is changed where it is: it may be long */
static int change_list(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e)
{
	int err;

	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_endpoint_macaddr(p, ep, s, e);
	conclude(p, ep, err);
	return err;
}

/* An address that its user gave the device and that is refused does not stop a command: the record's counts */
static int take_over(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_err why = {};
	int err = xm_sync_endpoint(p, ep, &why);

	if (!err || err == -EADDRINUSE || err == -EADDRNOTAVAIL)
		return 0;
	return xm_fail(e, err, "%s", why.text);
}

/* ... and may be given to the device again */
static int correct(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e)
{
	if (!s->has_address || memcmp(s->address, ep->rec.port.mac, XM_MAC_LEN) ||
	    !memcmp(s->address, ep->peer.mac, XM_MAC_LEN))
		return 0;
	return xm_peer_set_mac(p, ep, s->address, e);
}

int xm_endpoint_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e)
{
	int err = check(p, ep, s, e);

	/* What a line before could not complete, and what its user did to the device meanwhile, come first */
	if (!err && ep->rec.state != XM_ENDPOINT_READY)
		err = xm_endpoint_complete_change(p, ep, e);
	if (!err)
		err = take_over(p, ep, e);
	if (!err && ep->rec.state != XM_ENDPOINT_READY)
		err = xm_endpoint_complete_change(p, ep, e);
	if (!err)
		err = correct(p, ep, s, e);
	if (err)
		return err;
	return is_single(s) ? change_list(p, ep, s, e) : change(p, ep, s, e);
}
