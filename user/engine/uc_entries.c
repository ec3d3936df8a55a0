// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The MACs of endpoints in the parent's unicast filter */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "engine/additional_mac_list.h"
#include "engine/record.h"
#include "engine/uc_entries.h"
#include "net/uc_filter.h"

/*
 * An entry on a bridge filters nothing: it belongs to the forwarding table, and the bridge keeps
 * all frames for that MAC. This is wrong when the MAC moves to another machine. A promiscuous
 * bridge receives every frame, as with a macvlan (docs/design.md, The unicast filter).
 */
static bool filter_misleads(const struct xm_link *link)
{
	return !strcmp(link->kind, "bridge");
}

/* The driver's ndo_fdb_add accepts no entries: see xm_uc_filter_add() */
static bool filter_is_missing(int err)
{
	return err == -EOPNOTSUPP || err == -EINVAL;
}

/* Or ndo_fdb_add accepts no more entries (ixgbe with SR-IOV). An existing entry may stay then. */
static bool filter_takes_none(const struct xm_nl *nl, int err)
{
	return filter_is_missing(err) || (nl->answered && (err == -ENOMEM || err == -ENOSPC));
}

/*
 * xm_parent_meet_needs() comes later and makes the parent promiscuous. That does not help with a
 * macvlan.
 */
static int filter_do_without(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err;

	if (xm_link_is_macvlan(&p->link))
		return xm_fail(
			e, EOPNOTSUPP,
			"%s is a %s of a device in another netns: use that one as the parent there",
			p->link.name, p->link.kind);
	err = xm_endpoint_save(p, ep, e);
	p->rec.state |= XM_PARENT_NO_UC_FILTER;
	return err ? err : xm_parent_commit(p, e);
}

struct xm_uc_entry xm_uc_entry_mac(struct xm_endpoint *ep)
{
	return (struct xm_uc_entry){ ep->rec.port.mac, &ep->rec.uc_filtered, XM_UC_FILTERED_MAC };
}

struct xm_uc_entry xm_uc_entry_other(struct xm_endpoint *ep)
{
	return (struct xm_uc_entry){ ep->rec.other_mac, &ep->rec.uc_filtered,
				     XM_UC_FILTERED_OTHER_MAC };
}

struct xm_uc_entry xm_uc_entry_additional(struct xm_additional_mac *mac)
{
	return (struct xm_uc_entry){ mac->mac, &mac->flags, XM_ADDITIONAL_MAC_UC_FILTERED };
}

/* A passthru endpoint has the parent's own MAC, which needs no entry */
static bool filter_needs_none(const struct xm_parent *p, const struct xm_endpoint *ep,
			      const struct xm_uc_entry *entry)
{
	return p->rec.state & XM_PARENT_NO_UC_FILTER ||
	       (ep->rec.port.mode == XM_MODE_PASSTHRU && entry->flags == &ep->rec.uc_filtered);
}

int xm_uc_entry_add(struct xm_parent *p, struct xm_endpoint *ep, struct xm_uc_entry entry,
		    struct xm_err *e)
{
	bool ours = *entry.flags & entry.ours; /* or a killed command was about to make it */
	struct xm_nl *nl = &p->engine->nl;
	char text[XM_MAC_TEXT];
	int err;

	if (filter_needs_none(p, ep, &entry))
		return xm_endpoint_save(p, ep, e);
	if (filter_misleads(&p->link)) {
		*entry.flags &= ~entry.ours;
		return filter_do_without(p, ep, e);
	}
	/*
	 * The record first: removing an entry that is not there is better than forgetting one that
	 * is
	 */
	*entry.flags |= entry.ours;
	err = xm_endpoint_save(p, ep, e);
	if (err)
		return err;
	err = xm_uc_filter_add(nl, p->link.ifindex, entry.mac);
	if (!err || (err == -EEXIST && ours))
		return 0;
	/*
	 * Another program has entered the MAC. The entry serves the endpoint too, and stays when
	 * the endpoint is removed.
	 */
	if (err == -EEXIST) {
		*entry.flags &= ~entry.ours;
		return xm_endpoint_save(p, ep, e);
	}
	/*
	 * After any other error the entry may have been made: the record still says that it has to
	 * be removed
	 */
	if (filter_takes_none(nl, err)) {
		if (filter_is_missing(err))
			*entry.flags &= ~entry.ours;
		return filter_do_without(p, ep, e);
	}
	/* If only the answer was lost the entry is there: undoing the change removes it */
	return xm_fail(e, err, "cannot add %s to the unicast filter of %s: %s",
		       xm_mac_text(entry.mac, text), p->link.name, xm_nl_why(nl, err));
}

int xm_uc_entry_del(struct xm_parent *p, struct xm_uc_entry entry, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	char text[XM_MAC_TEXT];
	int err = *entry.flags & entry.ours ? xm_uc_filter_del(nl, p->link.ifindex, entry.mac) : 0;

	if (err && err != -ENOENT && !filter_is_missing(err))
		return xm_fail(e, err, "cannot remove %s from the unicast filter of %s: %s",
			       xm_mac_text(entry.mac, text), p->link.name, xm_nl_why(nl, err));
	*entry.flags &= ~entry.ours;
	return 0;
}

int xm_uc_entries_add(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = xm_uc_entry_add(p, ep, xm_uc_entry_mac(ep), e);

	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS && !err; i++)
		if (xm_additional_mac_in_force(&ep->rec.additional_macs[i]))
			err = xm_uc_entry_add(
				p, ep, xm_uc_entry_additional(&ep->rec.additional_macs[i]), e);
	return err;
}

int xm_uc_entries_del(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err = xm_uc_entry_del(p, xm_uc_entry_other(ep), e);

	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS && !err; i++)
		err = xm_uc_entry_del(p, xm_uc_entry_additional(&ep->rec.additional_macs[i]), e);
	return err ? err : xm_uc_entry_del(p, xm_uc_entry_mac(ep), e);
}
