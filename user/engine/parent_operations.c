// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands about parents, as sequences of the engine's parts */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/endpoint_plan.h"
#include "engine/gone.h"
#include "engine/host_end_programs.h"
#include "engine/operation.h"
#include "engine/parent_broken.h"
#include "engine/parent_create.h"
#include "engine/parent_destroy.h"
#include "engine/parent_device.h"
#include "engine/parent_force.h"
#include "engine/parent_list.h"
#include "engine/parent_lock.h"
#include "engine/parent_repair.h"
#include "engine/parent_upgrade.h"
#include "engine/record.h"
#include "engine/slot_device.h"
#include "engine/sync.h"
#include "engine/vlans.h"
#include "engine/xdp_config.h"

/* Saves the settings of a broken parent, then tries to repair it again */
static int attach_broken(struct xm_parent *p, const struct xm_attach *attach, struct xm_err *e)
{
	struct xm_err before = p->broken;
	int err;

	if (!p->loaded || !p->alive)
		return xm_parent_check_broken(p, e);
	p->broken = (struct xm_err){};
	err = xm_xdp_configure(p, attach, e);
	if (!err)
		err = xm_parent_repair(p, e);
	if (err)
		p->broken = before;
	return err;
}

int xm_engine_attach(struct xm_engine *engine, const struct xm_attach *attach, struct xm_err *e)
{
	uint8_t xdp = attach->has_xdp ? attach->xdp : XM_XDP_AUTO;
	struct xm_parent *p;
	int err = xm_engine_start(engine, e);

	if (!err)
		err = xm_parent_find_or_create(engine, attach->parent, xdp, &p, e);
	if (err)
		return err;
	if (p->count)
		xm_operation_sweep(p);
	if (p->destroyed) {
		/* the parent was removed with its last endpoint, which had no device */
		xm_parents_free_destroyed(engine);
		err = xm_parent_find_or_create(engine, attach->parent, xdp, &p, e);
		if (err)
			return err;
	}
	err = p->broken.exit_code ? attach_broken(p, attach, e) : xm_xdp_configure(p, attach, e);
	if (!err)
		err = xm_sync_devices(p, NULL, e);
	if (!err) {
		p->rec.state |= XM_PARENT_EXPLICIT;
		err = xm_parent_commit(p, e);
	}
	return xm_operation_finish(engine, p, xm_gone_parent(p, err, e), e);
}

static bool has_missing_device(struct xm_parent *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (!xm_slot_has_device(p, p->endpoints[i].slot, NULL))
			return true;
	return false;
}

int xm_engine_may_add(struct xm_engine *engine, const struct xm_link *link,
		      const struct xm_add *add, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : xm_parent_by_ifindex(engine, link->ifindex);
	struct xm_endpoint planned;
	struct xm_err why = {};

	if (!p)
		return err ? err : xm_settings_check_add(&add->settings, e);
	err = xm_endpoint_plan(p, add, &planned, &why);
	/*
	 * xm_engine_add() would first remove an endpoint without a device, and so free what it
	 * holds
	 */
	if (!err || has_missing_device(p))
		return 0;
	return xm_fail(e, err, "%s", why.text);
}

int xm_engine_may_attach(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);
	struct xm_parent *p = NULL;

	if (!err)
		err = xm_parent_device_resolve(engine, link, e);
	if (!err && engine->options.reader)
		p = xm_parent_by_ifindex(engine, link->ifindex);
	else if (!err)
		err = xm_parent_lock(engine, link->ifindex, &p, e);
	if (err < 0)
		return err;
	return p ? xm_parent_check_broken(p, e) : xm_parent_device_check(engine, link, e);
}

/* Finds and locks a broken parent without a device by "#IFINDEX" */
static int find_missing(struct xm_engine *engine, const char *name, struct xm_parent **ret,
			struct xm_err *e)
{
	uint32_t ifindex;
	int end = 0, found;

	if (sscanf(name, "#%u%n", &ifindex, &end) != 1 || name[end])
		return 0;
	found = xm_parent_lock(engine, ifindex, ret, e);
	return found > 0 && (*ret)->alive ? 0 : found;
}

static int find_attached(struct xm_engine *engine, const char *name, struct xm_parent **ret,
			 struct xm_err *e)
{
	struct xm_link link;
	int err = find_missing(engine, name, ret, e);

	if (err)
		return err < 0 ? err : 0;
	err = xm_parent_device_find(engine, name, &link, e);
	if (err)
		return err;
	err = xm_parent_lock(engine, link.ifindex, ret, e);
	if (err > 0)
		xm_operation_sweep(*ret);
	if (err < 0)
		return err;
	return err && !(*ret)->destroyed ? 0 : xm_fail(e, ENOENT, "%s is not attached", name);
}

/*
 * Calls fn for every parent of the namespace, with one lock at a time. Goes on after an error, and
 * returns the first one.
 */
static int for_each_locked_parent(struct xm_engine *engine,
				  int (*fn)(struct xm_parent *, struct xm_err *), struct xm_err *e)
{
	uint32_t *list;
	int n = xm_parents_list_pinned(engine, &list, e), ret = 0;

	for (int i = 0; i < n; i++) {
		struct xm_parent *p;
		int err = xm_parent_lock(engine, list[i], &p, ret ? NULL : e);

		if (err > 0) {
			xm_operation_sweep(p);
			err = p->destroyed ? 0 : fn(p, ret ? NULL : e);
			xm_parents_unlock(engine);
		}
		ret = ret ? ret : err;
	}
	free(list);
	return n < 0 ? n : ret;
}

static int upgrade_parent(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_check_broken(p, e);

	return err ? err : xm_gone_parent(p, xm_parent_upgrade(p, e), e);
}

int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	struct xm_parent *p;
	int err = xm_engine_start(engine, e);

	if (err)
		return err;
	if (!parent)
		return for_each_locked_parent(engine, upgrade_parent, e);
	err = find_attached(engine, parent, &p, e);
	return err ? err : upgrade_parent(p, e);
}

/* Without the pin of endpoint_tx all programs are replaced: older ones do not mark their frames */
static int sync_parent(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_check_broken(p, e);

	if (err)
		return err;
	if (!xm_host_end_programs_is_pinned(p))
		err = xm_parent_upgrade(p, e);
	if (!err)
		err = xm_sync_devices(p, NULL, e);
	return xm_gone_parent(p, err, e);
}

/* What one parent refuses keeps no other from being synchronized. `show` prints it too. */
static int sync_or_break(struct xm_parent *p, struct xm_err *e)
{
	struct xm_err why = {};
	int err = sync_parent(p, &why);

	if (err && !p->broken.exit_code)
		xm_parent_set_broken(p, err, &why);
	return err ? xm_parent_check_broken(p, e) : 0;
}

int xm_engine_sync(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	struct xm_parent *p;
	int err = xm_engine_start(engine, e);

	if (!err && parent) {
		err = find_attached(engine, parent, &p, e);
		if (!err)
			err = sync_parent(p, e);
	} else if (!err) {
		err = xm_vlans_read(engine, e);
		if (!err)
			err = for_each_locked_parent(engine, sync_or_break, e);
		xm_vlans_forget(engine);
	}
	return err;
}

/* Destroys a broken parent by the ordinary way where that is possible */
static int detach_parent(struct xm_parent *p, struct xm_err *e)
{
	struct xm_err before = p->broken;
	int err;

	if (!p->loaded)
		return xm_parent_check_broken(p, e);
	p->broken = (struct xm_err){};
	err = xm_parent_destroy(p, e);
	if (err && !p->broken.exit_code)
		p->broken = before;
	return err;
}

int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e)
{
	struct xm_parent *p;
	int err = xm_engine_start(engine, e);

	if (!err)
		err = find_attached(engine, parent, &p, e);
	if (err)
		return err;
	if (p->count && !force)
		return xm_fail(e, EBUSY, "%s has %zu endpoint%s: delete them first, or use 'force'",
			       parent, p->count, p->count == 1 ? "" : "s");
	err = force ? xm_parent_destroy_force(p, e) : detach_parent(p, e);
	err = xm_gone_parent(p, err, e);
	xm_parents_free_destroyed(engine);
	return err;
}
