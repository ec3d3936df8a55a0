// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An endpoint added. Its record comes first, in state PARTIAL: whatever a killed command leaves is
 * named by a record, and the next command removes it.
 */
#include <errno.h>
#include <string.h>

#include "engine/endpoint_add.h"
#include "engine/endpoint_build.h"
#include "engine/endpoint_plan.h"
#include "engine/endpoint_remove.h"
#include "engine/endpoint_table.h"
#include "engine/gone.h"
#include "engine/host_end.h"
#include "engine/host_end_programs.h"
#include "engine/kinds.h"
#include "engine/parent_list.h"
#include "engine/parent_needs.h"
#include "engine/parent_sweep.h"
#include "engine/record.h"
#include "engine/slot_device.h"
#include "engine/tc_order.h"

/*
 * A device that joins a block with a TC filter waits for a grace period (mini_qdisc_pair_swap()).
 * In a batch the first endpoints of a parent join before the block has its TC filter, and stay down
 * until then.
 */
static bool add_may_defer(const struct xm_parent *p)
{
	return p->engine->options.batching && !p->block_filled && p->count == p->pending_up;
}

/*
 * Removes a host end of the same name that no pin names. Either its pins were deleted by hand; or
 * they are in another bpffs, whose program is attached to the parent next to ours. A PARTIAL
 * endpoint finds its host end by name, so it would take that one for its own.
 */
static int add_remove_stray(struct xm_parent *p, const struct xm_link *stray, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err;

	if (xm_tc_count_rx(p) > 1)
		return xm_fail(e, EBUSY,
			       "%s has endpoints whose pins are in another bpffs: use that one, or "
			       "delete %s",
			       p->link.name, stray->name);
	err = xm_link_del(nl, stray->ifindex);
	return err ? xm_fail(e, err, "cannot remove %s: %s", stray->name, xm_nl_why(nl, err)) : 0;
}

/*
 * The name of the host end depends on the slot. When another device has it as its name or an
 * alternative name, the next free slot is used.
 */
static int add_free_host_name(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	const struct xm_kind *kind = xm_kind_of(ep);
	char name[XM_NAME_LEN];
	struct xm_link other;

	if (!kind->host_end_second_name)
		return 0; /* another slot would not change the name */
	for (; ep->slot; ep->slot = xm_slot_next_free(p, ep->slot)) {
		kind->host_end_name(ep, p->rec.parent_ifindex, name);
		if (xm_link_get(&p->engine->nl, XM_NSID_SELF, name, 0, &other))
			return 0;
		if (xm_host_end_is(ep->slot, &other) && !strcmp(other.name, name))
			return add_remove_stray(p, &other, e);
	}
	return xm_fail(e, ENOSPC,
		       "%s has no free slot: other devices have names of host ends, such as '%s'",
		       xm_parent_name(p), name);
}

/*
 * Removes endpoints whose devices or namespace no longer exist, when `err` may be due to them.
 * Returns whether any was removed.
 */
static bool add_sweep(struct xm_parent *p, const struct xm_add *add, int err)
{
	const struct xm_settings *s = &add->settings;
	bool swept = xm_parent_sweep(p, NULL) > 0;

	if (err == -EADDRINUSE)
		return (s->has_address && xm_parent_sweep_ended(p, s->address, NULL) > 0) || swept;
	/* the parent allows no other endpoint, or all slots are in use */
	return ((err == -EBUSY || err == -ENOSPC) && xm_parent_sweep_ended(p, NULL, NULL) > 0) ||
	       swept;
}

static int add_plan(struct xm_parent *p, const struct xm_add *add, struct xm_endpoint *planned,
		    struct xm_err *e)
{
	struct xm_err why = {};
	int err = xm_endpoint_plan(p, add, planned, &why);

	/* An endpoint whose devices no longer exist may hold the name, the MAC or the slot */
	if (err && add_sweep(p, add, err)) {
		why = (struct xm_err){};
		err = xm_endpoint_plan(p, add, planned, &why);
	}
	if (err && e && !e->exit_code)
		*e = why;
	err = err ? err : add_free_host_name(p, planned, e);
	return xm_gone_parent(p, err, e);
}

/*
 * What cannot be removed stays PARTIAL: xm_endpoint_add_finish() tries again, then the next
 * command
 */
static void add_undo(struct xm_parent *p, struct xm_endpoint *ep)
{
	if (xm_endpoint_remove(p, ep, xm_endpoint_delete_how(p->engine), NULL))
		p->pending_up++;
}

int xm_endpoint_add(struct xm_parent *p, const struct xm_add *add, struct xm_err *e)
{
	bool defer = add_may_defer(p);
	struct xm_endpoint planned, *ep;
	int err = add_plan(p, add, &planned, e);

	if (err)
		return err;
	ep = xm_endpoint_table_add(p, planned.slot, &planned.rec);
	if (!ep)
		return xm_fail(e, ENOMEM, "out of memory");
	err = xm_endpoint_build(p, ep, add, !defer, e);
	if (!err && !defer)
		err = xm_endpoint_bring_up(p, ep, e);
	if (err) {
		err = xm_gone_endpoint(p, ep, err, e);
		add_undo(p, ep);
		xm_parent_meet_needs(p, NULL);
	} else if (defer) {
		ep->pending_up = true;
		p->pending_up++;
	}
	return err;
}

/*
 * Brings a pending endpoint up, or removes it. filled: the block has its TC filter (0), or a
 * negative errno.
 */
static int complete_endpoint(struct xm_parent *p, struct xm_endpoint *ep, int filled,
			     struct xm_err *e)
{
	bool pending = ep->pending_up;
	struct xm_err why = {};
	int err = filled;

	if (ep->rec.state != XM_ENDPOINT_PARTIAL)
		return 0;
	ep->pending_up = false;
	if (pending && !filled) {
		err = xm_endpoint_bring_up(p, ep, &why);
		if (!err)
			return 0;
		/*
		 * Another program has deleted its device meanwhile: no error of the line that comes
		 * now
		 */
		if (xm_slot_has_device(p, ep->slot, NULL))
			xm_fail(e, err, "%s", why.text);
		else
			err = 0;
	}
	add_undo(p, ep);
	return pending ? err : 0;
}

/* Whether a pending endpoint still has its device, and the parent with it the block */
static bool block_exists(struct xm_parent *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->endpoints[i].pending_up && xm_slot_has_device(p, p->endpoints[i].slot, NULL))
			return true;
	return false;
}

int xm_endpoint_add_finish(struct xm_parent *p, struct xm_err *e)
{
	size_t before = p->count;
	int filled, ret;

	if (!p->pending_up)
		return 0;
	p->pending_up = 0;
	filled = ret = block_exists(p) ? xm_host_end_programs_fill_once(p, e) : 0;
	for (size_t i = p->count; i--;) {
		int err = complete_endpoint(p, &p->endpoints[i], filled, ret ? NULL : e);

		ret = ret ? ret : err;
	}
	if (p->count != before)
		xm_parent_meet_needs(p, NULL);
	return ret;
}
