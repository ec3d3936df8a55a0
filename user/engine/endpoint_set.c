// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes of an endpoint: everything is checked, then done, and undone when a step fails */
#include <errno.h>
#include <string.h>

#include "engine/additional_mac_list.h"
#include "engine/additional_macs.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_peer.h"
#include "engine/endpoint_repair.h"
#include "engine/endpoint_set.h"
#include "engine/fanout_entrance.h"
#include "engine/endpoint_table.h"
#include "engine/gone.h"
#include "engine/kinds.h"
#include "engine/parent_needs.h"
#include "engine/record.h"
#include "engine/source_list.h"
#include "engine/sync.h"
#include "mac.h"

static bool set_changes_mac(const struct xm_endpoint *ep, const struct xm_settings *s)
{
	return s->has_address && !xm_mac_equal(s->address, ep->rec.port.mac);
}

static int set_check(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		     struct xm_err *e)
{
	int err = xm_settings_check_set(s, ep->rec.name, ep->rec.port.mode, e);

	if (!err)
		err = xm_settings_check_kind(s, ep->rec.kind, e);
	if (!err)
		err = xm_additional_mac_check(p, ep, s, e);
	return err || !set_changes_mac(ep, s) ? err : xm_endpoint_mac_check(p, ep, s->address, e);
}

static void record_set_flag(struct xm_endpoint_record *rec, uint8_t flag, bool has, bool on)
{
	if (has)
		rec->port.flags = on ? rec->port.flags | flag : rec->port.flags & ~flag;
}

/* `trust off` has frames with another source MAC dropped, unless the same command says spoofchk */
static void record_set_spoofchk(struct xm_endpoint_record *rec, const struct xm_settings *s)
{
	bool implied = s->has_trust && !s->trust && !s->has_spoofchk;

	record_set_flag(rec, XM_PORT_SPOOFCHK, s->has_spoofchk || implied, implied || s->spoofchk);
}

/* The settings but MAC and source list, into the record in memory */
static void record_apply(struct xm_endpoint_record *rec, const struct xm_settings *s)
{
	/* nodst survives leaving source mode and counts again in it, as macvlan's flag */
	if (s->has_mode)
		rec->port.mode = s->mode;
	record_set_flag(rec, XM_PORT_HOST_ACCESS, s->has_host_access, s->host_access);
	record_set_spoofchk(rec, s);
	record_set_flag(rec, XM_PORT_NODST, s->has_nodst, s->nodst);
	if (s->has_promisc)
		rec->nopromisc = !s->promisc;
	if (s->has_trust)
		rec->untrusted = !s->trust;
	if (s->dhcp_started)
		rec->applied = XM_APPLIED;
	if (s->has_bcqueuelen)
		rec->bcqueuelen = s->bcqueuelen;
	if (s->has_bclim)
		rec->bclim = s->bclim;
	xm_additional_mac_list_apply(rec, s);
}

/*
 * Whether one MAC more or less in the source list is all that is asked for: one write of the list
 */
static bool set_is_single_mac(const struct xm_settings *s)
{
	struct xm_settings others = *s;

	others.macaddr = XM_MACADDR_NONE;
	return (s->macaddr == XM_MACADDR_ADD || s->macaddr == XM_MACADDR_DEL) &&
	       xm_settings_empty(&others);
}

/* Removes what no longer counts; the change is done. What fails here, the next command does. */
static void set_conclude(struct xm_parent *p, struct xm_endpoint *ep, bool sweep_sources)
{
	if ((sweep_sources && xm_source_list_sweep(p, ep->slot, NULL)) ||
	    xm_endpoint_mac_del_other(p, ep, NULL) || xm_additional_macs_sweep(p, ep, NULL))
		return;
	ep->rec.state = XM_ENDPOINT_READY;
	xm_endpoint_save(p, ep, NULL);
}

/* Everything that is asked for comes into force by one write of the record */
static int set_write(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		     struct xm_err *e)
{
	bool switch_mac = set_changes_mac(ep, s);
	uint16_t gen = ep->rec.port.source_gen;
	int err = 0;

	if (s->macaddr != XM_MACADDR_NONE) {
		/* after a kill the new generation has to be swept */
		err = xm_endpoint_save(p, ep, e);
		gen++;
		err = err ? err : xm_source_list_fill(p, ep, s, gen, e);
	}
	if (!err)
		err = xm_additional_mac_enter(p, ep, s, e);
	if (err)
		return err;
	record_apply(&ep->rec, s);
	ep->rec.port.source_gen = gen;
	return switch_mac ? xm_endpoint_mac_switch(p, ep, s->address, true, e)
			  : xm_endpoint_commit(p, ep, e);
}

static int set_update_parent(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	xm_endpoint_count_uses(p, ep);
	return xm_parent_meet_needs(p, e);
}

static int set_change(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		      struct xm_err *e)
{
	bool leaves_source =
		ep->rec.port.mode == XM_MODE_SOURCE && s->has_mode && s->mode != XM_MODE_SOURCE;
	struct xm_endpoint_record before = ep->rec;
	uint8_t parent_mac[XM_MAC_LEN];
	int err;

	memcpy(parent_mac, p->link.mac, XM_MAC_LEN);
	if (ep->rec.port.mode == XM_MODE_SOURCE || (s->has_mode && s->mode == XM_MODE_SOURCE))
		xm_fanout_hold_listeners(p);
	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = set_write(p, ep, s, e);
	if (!err)
		err = set_update_parent(p, ep, e);
	if (!err || (!xm_endpoint_mac_revert(p, ep, &before, parent_mac, true) &&
		     !set_update_parent(p, ep, NULL)))
		set_conclude(p, ep, leaves_source || s->macaddr != XM_MACADDR_NONE);
	return err;
}

/* The list is changed in place, for it may be long */
static int set_change_list(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			   struct xm_err *e)
{
	int err;

	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_source_list_apply(p, ep, s, e);
	set_conclude(p, ep, err);
	return err;
}

/*
 * Follows the devices. A MAC set from inside that we refuse is not fatal: the recorded MAC counts.
 */
static int set_sync(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_err why = {};
	int err = xm_sync_endpoint(p, ep, XM_CARRIER_KEEP, &why);

	if (!err || err == -EADDRINUSE || err == -EADDRNOTAVAIL || err == -EACCES || err == -ENOSPC)
		return 0;
	return xm_fail(e, err, "%s", why.text);
}

/* `set address` with the recorded MAC gives it back to a device whose user changed it */
static int set_restore_device_mac(struct xm_parent *p, struct xm_endpoint *ep,
				  const struct xm_settings *s, struct xm_err *e)
{
	if (!s->has_address || !xm_kind_of(ep)->has_peer ||
	    !xm_mac_equal(s->address, ep->rec.port.mac) || xm_mac_equal(s->address, ep->device.mac))
		return 0;
	return xm_peer_set_mac(p, ep, s->address, e);
}

static int set_complete_pending(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	return ep->rec.state == XM_ENDPOINT_READY ? 0 : xm_endpoint_repair(p, ep, e);
}

/*
 * Errors are ignored: the watcher tries again and logs them. The watcher does not see a change of
 * the record; a request about the host end makes the kernel send an event, by which it reads the
 * record again.
 */
static void set_start_following(struct xm_parent *p, struct xm_endpoint *ep)
{
	xm_additional_macs_follow(p, ep, NULL);
	xm_link_set_group(&p->engine->nl, ep->rec.host_ifindex, XM_LINK_GROUP_BASE + ep->slot);
}

static int set_all(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		   struct xm_err *e)
{
	int err = set_check(p, ep, s, e);

	/* First what an earlier change left, and what the user of the peer end did to the device */
	if (!err)
		err = set_complete_pending(p, ep, e);
	if (!err)
		err = set_sync(p, ep, e);
	if (!err)
		err = set_complete_pending(p, ep, e);
	if (!err)
		err = set_restore_device_mac(p, ep, s, e);
	if (err)
		return err;
	if (set_is_single_mac(s))
		return set_change_list(p, ep, s, e);
	err = set_change(p, ep, s, e);
	if (!err && s->has_follow)
		set_start_following(p, ep);
	return err;
}

int xm_endpoint_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		    struct xm_err *e)
{
	return xm_gone_endpoint(p, ep, set_all(p, ep, s, e), e);
}
