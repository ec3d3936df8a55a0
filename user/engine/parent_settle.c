// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Decides about a loaded parent: it is repaired, left alone while it may be moving, or destroyed */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "engine/parent_destroy.h"
#include "engine/parent_repair.h"
#include "engine/parent_settle.h"
#include "engine/record.h"
#include "engine/slot_device.h"

/* Returns 1 while the parent's device exists, 0 when it has gone, or a negative errno */
static int parent_is_alive(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_slot_has_device(p, XM_SLOT_PARENT, e);

	if (err <= 0)
		return err;
	err = xm_link_get(nl, XM_NSID_SELF, NULL, p->rec.parent_ifindex, &p->link);
	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot examine device %u: %s", p->rec.parent_ifindex,
			       xm_nl_why(nl, err));
	return !err;
}

static bool watcher_is_alive(const struct xm_parent *p)
{
	struct xm_groups_valid valid;
	uint32_t key = 0;

	return !bpf_map_lookup_elem(p->maps[XM_MAP_GROUPS_VALID], &key, &valid) &&
	       valid.until > xm_now_ns();
}

/*
 * A parent that is moved to another namespace is gone for some milliseconds before the kernel tells
 * where it went. The watcher knows what it has heard; a command leaves the parent to a watcher that
 * is alive.
 */
static bool parent_may_be_moving(const struct xm_parent *p)
{
	const struct xm_engine_options *options = &p->engine->options;

	if (!options->has_keep_missing)
		return watcher_is_alive(p);
	for (size_t i = 0; i < options->keep_missing_count; i++)
		if (options->keep_missing[i] == p->rec.parent_ifindex)
			return true;
	return false;
}

enum parent_action { ACTION_REPAIR, ACTION_LEAVE, ACTION_DESTROY };

/* Returns enum parent_action or a negative errno */
static int parent_choose_action(struct xm_parent *p, struct xm_err *e)
{
	int alive = parent_is_alive(p, e);

	if (alive < 0)
		return alive;
	p->alive = alive;
	if (!alive && parent_may_be_moving(p))
		return ACTION_LEAVE;
	return alive && p->rec.state & XM_PARENT_READY ? ACTION_REPAIR : ACTION_DESTROY;
}

/* Returns 1 when the parent stays */
static int parent_repair_or_destroy(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_repair(p, e);

	if (err || p->count || xm_parent_stays(p))
		return err ? err : 1;
	return xm_parent_destroy(p, e);
}

int xm_parent_settle(struct xm_parent *p, struct xm_err *e)
{
	int action = parent_choose_action(p, e);

	switch (action) {
	case ACTION_REPAIR:
		return parent_repair_or_destroy(p, e);
	case ACTION_LEAVE:
		p->engine->kept_missing = true;
		return 0;
	case ACTION_DESTROY:
		return xm_parent_destroy(p, e);
	default:
		return action;
	}
}
