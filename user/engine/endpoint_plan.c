// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an `add` asks for, checked and written as a record. Nothing is changed here. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/host_end_name.h"
#include "engine/endpoint_mac.h"
#include "engine/endpoint_plan.h"
#include "engine/endpoint_table.h"
#include "engine/kinds.h"
#include "engine/parent_list.h"

/* A passthru endpoint is the only one of its parent (macvlan_common_newlink()) */
static int plan_check_passthru(const struct xm_parent *p, uint8_t mode, struct xm_err *e)
{
	if (p->count && p->endpoints[0].rec.port.mode == XM_MODE_PASSTHRU)
		return xm_fail(e, EBUSY,
			       "%s has a passthru endpoint (%s), which has to be its only one",
			       xm_parent_name(p), p->endpoints[0].rec.name);
	if (mode == XM_MODE_PASSTHRU && p->count)
		return xm_fail(e, EBUSY,
			       "a passthru endpoint has to be the only one of its parent: %s has "
			       "%zu already",
			       xm_parent_name(p), p->count);
	return 0;
}

/* Peer ends must not have names of host ends: a later host end could need the name */
static int plan_check_name(const char *what, const char *name, struct xm_err *e)
{
	uint32_t parent, slot;

	if (!name || !xm_host_end_parse(name, &parent, &slot))
		return 0;
	return xm_fail_usage(e, "%s '%s' is reserved for host ends (xm<parent>-<slot>)", what,
			     name);
}

static int plan_choose_mac(struct xm_parent *p, const struct xm_settings *s, struct xm_endpoint *ep,
			   struct xm_err *e)
{
	if (ep->rec.port.mode == XM_MODE_PASSTHRU) {
		memcpy(ep->rec.port.mac, p->link.mac, XM_MAC_LEN);
		return 0;
	}
	if (!s->has_address)
		return xm_endpoint_mac_choose(p, ep->rec.port.mac, e);
	memcpy(ep->rec.port.mac, s->address, XM_MAC_LEN);
	return xm_endpoint_mac_check(p, NULL, s->address, e);
}

static bool plan_is_untrusted(const struct xm_settings *s)
{
	return s->has_trust && !s->trust;
}

static uint8_t plan_flags(const struct xm_settings *s, uint8_t mode)
{
	uint8_t flags = 0;

	if (s->has_host_access && s->host_access)
		flags |= XM_PORT_HOST_ACCESS;
	if (s->has_spoofchk ? s->spoofchk : mode != XM_MODE_PASSTHRU || plan_is_untrusted(s))
		flags |= XM_PORT_SPOOFCHK;
	if (s->nodst)
		flags |= XM_PORT_NODST;
	return flags;
}

/*
 * Everything of the record that follows from `add`, its kind and the parent's MTU alone. Pure.
 */
static void plan_record(const struct xm_add *add, uint32_t parent_mtu,
			struct xm_endpoint_record *rec)
{
	const struct xm_settings *s = &add->settings;
	uint8_t mode = xm_settings_mode(s);

	snprintf(rec->name, sizeof(rec->name), "%s", add->name);
	snprintf(rec->requested_ifname, sizeof(rec->requested_ifname), "%s",
		 add->ifname ? add->ifname : add->name);
	rec->state = XM_ENDPOINT_PARTIAL;
	rec->peer_nsid = XM_NSID_SELF;
	rec->requested_mtu = add->mtu;
	rec->queues = add->queues;
	rec->applied = add->applied;
	rec->bcqueuelen = s->has_bcqueuelen ? s->bcqueuelen : XM_BCQUEUELEN_DEFAULT;
	rec->bclim = s->has_bclim ? s->bclim : XM_BCLIM_DEFAULT;
	rec->nopromisc = s->has_promisc && !s->promisc;
	rec->untrusted = plan_is_untrusted(s);
	rec->follows_peer_macs = s->has_follow && s->follow;
	rec->port.mode = mode;
	rec->port.mtu = add->mtu ? add->mtu : parent_mtu;
	rec->port.flags = plan_flags(s, mode) | xm_kind_by_id(rec->kind)->port_flags;
#ifdef XM_NEXT_MAP
	rec->next_number = XM_NEXT_NUMBER;
#endif
}

int xm_endpoint_plan(struct xm_parent *p, const struct xm_add *add, struct xm_endpoint *ret,
		     struct xm_err *e)
{
	int err = xm_add_check(add, e);

	memset(ret, 0, sizeof(*ret));
	if (!err)
		err = plan_check_name("name", add->name, e);
	if (!err)
		err = plan_check_name("ifname", add->ifname, e);
	if (!err)
		err = plan_check_passthru(p, xm_settings_mode(&add->settings), e);
	if (err)
		return err;
	if (add->mtu > p->link.mtu)
		return xm_fail(e, EINVAL, "mtu %u is larger than the %u of %s", add->mtu,
			       p->link.mtu, xm_parent_name(p));
	ret->slot = xm_slot_lowest_free(p);
	if (!ret->slot)
		return xm_fail(e, ENOSPC, "%s is full: it has %zu endpoints", xm_parent_name(p),
			       p->count);
	ret->rec.kind = add->auto_kind ? xm_kind_choose(p, xm_settings_mode(&add->settings),
							&ret->rec.kind_why)
				       : add->kind;
	plan_record(add, p->link.mtu, &ret->rec);
	return plan_choose_mac(p, &add->settings, ret, e);
}
