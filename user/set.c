// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes of an endpoint that exists: all is checked, then done, and taken back when a step fails */
#include <errno.h>
#include <string.h>

#include "../bpf/frame.h"
#include "parent.h"

static int check(struct xm_parent *p, const struct xm_slot *ep, const struct xm_settings *s, struct xm_err *e)
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
	if (s->has_nodst && s->nodst && mode != XM_MODE_SOURCE)
		return xm_fail(e, EINVAL, "nodst is for mode source: %s is in mode %s", name,
			       xm_mode_name(mode));
	if (!s->has_address || !memcmp(s->address, ep->rec.port.mac, XM_MAC_LEN))
		return 0;
	return xm_address_check(p, ep, s->address, e);
}

static void set_flag(uint8_t *flags, uint8_t flag, bool has, bool on)
{
	if (has)
		*flags = on ? *flags | flag : *flags & ~flag;
}

static void apply(struct xm_endpoint *rec, const struct xm_settings *s)
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

static int write_all(struct xm_parent *p, struct xm_slot *ep, struct xm_err *e)
{
	int err = xm_endpoint_store(p, ep, e);

	xm_slot_count(p, ep);
	return err ? err : xm_parent_update(p, e);
}

int xm_endpoint_macaddr(struct xm_parent *p, struct xm_slot *ep, const struct xm_settings *s,
			struct xm_err *e)
{
	switch (s->macaddr) {
	case XM_MACADDR_NONE:
		return 0;
	case XM_MACADDR_ADD:
		return xm_sources_add(p, ep->slot, ep->rec.port.source_gen, s->macs[0], e);
	case XM_MACADDR_DEL:
		return xm_sources_del(p, ep->slot, ep->rec.port.source_gen, s->macs[0], e);
	case XM_MACADDR_SET:
	case XM_MACADDR_FLUSH:
		return xm_sources_set(p, ep, s, e);
	}
	return 0;
}

static int change(struct xm_parent *p, struct xm_slot *ep, const struct xm_settings *s, struct xm_err *e)
{
	bool was_source = ep->rec.port.mode == XM_MODE_SOURCE;
	struct xm_endpoint before = ep->rec;
	int err;

	ep->rec.state = XM_ENDPOINT_CHANGING;
	apply(&ep->rec, s);
	err = write_all(p, ep, e);
	if (!err)
		err = xm_endpoint_macaddr(p, ep, s, e);
	if (err) {
		ep->rec = before;
		write_all(p, ep, NULL);
		return err;
	}
	/* left in state changing, the next command sweeps the list */
	if (was_source && ep->rec.port.mode != XM_MODE_SOURCE && xm_sources_clear(p, ep->slot, NULL))
		return 0;
	/* It is done: should this fail, the next command finds nothing left to complete */
	ep->rec.state = XM_ENDPOINT_READY;
	xm_endpoint_save(p, ep, NULL);
	return 0;
}

int xm_endpoint_set(struct xm_parent *p, struct xm_slot *ep, const struct xm_settings *s, struct xm_err *e)
{
	uint8_t old[XM_MAC_LEN];
	bool moves;
	int err = check(p, ep, s, e);

	/* What its user did to the device meanwhile comes first */
	if (!err)
		err = xm_sync_endpoint(p, ep, e);
	if (err)
		return err;
	memcpy(old, ep->rec.port.mac, XM_MAC_LEN);
	moves = s->has_address && memcmp(s->address, old, XM_MAC_LEN);
	if (moves)
		err = xm_address_change(p, ep, s->address, true, e);
	if (!err) {
		err = change(p, ep, s, e);
		if (err && moves)
			xm_address_change(p, ep, old, true, NULL);
	}
	return err;
}
