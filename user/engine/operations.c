// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands, as sequences of the engine's parts */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/endpoint_add.h"
#include "engine/endpoint_plan.h"
#include "engine/endpoint_remove.h"
#include "engine/endpoint_set.h"
#include "engine/endpoint_table.h"
#include "engine/endpoint_verify.h"
#include "engine/parent_broken.h"
#include "engine/parent_create.h"
#include "engine/parent_destroy.h"
#include "engine/parent_device.h"
#include "engine/parent_force.h"
#include "engine/parent_list.h"
#include "engine/parent_needs.h"
#include "engine/parent_repair.h"
#include "engine/parent_sweep.h"
#include "engine/parent_upgrade.h"
#include "engine/reader.h"
#include "engine/record.h"
#include "engine/session_load.h"
#include "engine/session_open.h"
#include "engine/sync.h"
#include "engine/vlans.h"
#include "engine/watcher_calls.h"
#include "engine/xdp_config.h"
#include "mac.h"

/* A refusal makes this parent broken; the command goes on with the others */
static void sweep_parent(struct xm_parent *p)
{
	struct xm_err why = {};
	int err;

	/* The devices of a moving parent may be in another namespace */
	if (p->detached || !p->loaded || p->rec.state & XM_PARENT_MOVING)
		return;
	err = xm_parent_sweep_destroy_unused(p, &why);
	if (err)
		xm_parent_set_broken(p, err, &why);
}

/* For commands about whole parents: endpoints without devices are removed first */
static int start_swept(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);

	for (struct xm_parent *p = engine->parents; p && !err; p = p->next)
		sweep_parent(p);
	xm_parents_free(engine, false);
	return err;
}

/*
 * The parent that has the endpoint; NULL: none has it, or *err. An endpoint whose device has gone
 * does not count, and is removed.
 */
static struct xm_parent *find_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p;
	int ret;

	*err = xm_session_load(engine, e);
	p = *err ? NULL : xm_parent_of_endpoint(engine, name);
	ret = p ? xm_slot_has_device(p, xm_endpoint_by_name(p, name)->slot, e) : 1;
	if (!ret) {
		sweep_parent(p);
		p = xm_parent_of_endpoint(engine, name);
		ret = p ? xm_parent_check_broken(p, e) : 1;
	}
	if (ret < 0)
		*err = ret;
	return ret < 0 ? NULL : p;
}

static struct xm_parent *need_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p = find_endpoint(engine, name, err, e);

	if (!p && !*err)
		*err = xm_parents_check_unloaded(engine, e);
	if (!p && !*err)
		*err = xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return p;
}

static int verify_endpoint(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : xm_parent_of_endpoint(engine, name);

	if (!p && !err)
		err = xm_parents_check_unloaded(engine, e);
	if (!p)
		return err ? err : xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return xm_endpoint_verify(p, xm_endpoint_by_name(p, name), e);
}

/*
 * A reader takes no lock: while a command changes the endpoint, the endpoint looks damaged for a
 * moment
 */
int xm_engine_verify(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	struct xm_err why = {};
	int err = verify_endpoint(engine, name, &why);

	for (int try = 0; err && engine->options.reader && try < XM_READ_TRIES; try++) {
		xm_reader_nap(try);
		xm_parents_free(engine, true);
		engine->loaded = false;
		why = (struct xm_err){};
		err = verify_endpoint(engine, name, &why);
	}
	return err ? xm_fail(e, err, "%s", why.text) : 0;
}

/* Ends an operation on a parent: a parent that nobody asked for must not stay */
static int finish_operation(struct xm_engine *engine, struct xm_parent *p, int err,
			    struct xm_err *e)
{
	int ret = xm_parent_destroy_unused(p, err ? NULL : e);

	xm_parents_free(engine, false);
	return err ? err : ret;
}

/*
 * The parent of that name, attached if need be. A batch names one over and over: it is not looked
 * up again until another command than add is run, or one fails.
 */
static int add_find_parent(struct xm_engine *engine, const char *name, struct xm_parent **ret,
			   struct xm_err *e)
{
	struct xm_add_cache *cache = &engine->add_cache;
	int err;

	if (cache->parent && !cache->parent->detached && !strcmp(cache->parent_name, name) &&
	    if_nametoindex(name) == cache->parent->rec.parent_ifindex) {
		*ret = cache->parent;
		return 0;
	}
	cache->parent = NULL;
	err = xm_parent_find_or_attach(engine, name, XM_XDP_AUTO, ret, e);
	if (!err)
		snprintf(cache->parent_name, sizeof(cache->parent_name), "%s", name);
	return err;
}

/* Removes the endpoint of that name, if its namespace has ended */
static int add_free_name(struct xm_parent *p, const char *name, struct xm_err *e)
{
	struct xm_endpoint *ep = xm_endpoint_by_name(p, name);
	uint8_t mac[XM_MAC_LEN];
	int ret;

	memcpy(mac, ep->rec.port.mac, XM_MAC_LEN);
	ret = xm_parent_sweep_ended(p, mac, e);
	if (ret < 0)
		return ret;
	return ret ? 0
		   : xm_fail(e, EEXIST, "endpoint '%s' exists already, on %s", name,
			     xm_parent_name(p));
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	struct xm_parent *p = NULL, *had_name;
	int err = xm_session_load(engine, e);

	if (!err)
		err = xm_session_flush_deleted(engine, e);
	if (err)
		return err;
	had_name = find_endpoint(engine, add->name, &err, e);
	if (had_name)
		err = add_free_name(had_name, add->name, e);
	if (!err)
		err = add_find_parent(engine, add->link, &p, e);
	if (had_name && had_name != p)
		xm_parent_destroy_unused(had_name, NULL);
	if (!err)
		err = xm_parent_check_broken(p, e);
	if (err)
		return err;
	err = xm_endpoint_add(p, add, e);
	engine->add_cache.parent = err ? NULL : p;
	return err ? finish_operation(engine, p, err, e) : 0;
}

int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e)
{
	/* The address may still be held by an endpoint whose device has gone: sweep first */
	bool needs_mac = settings->has_address || settings->address_op == XM_ADDRESS_ADD;
	int err = needs_mac ? start_swept(engine, e) : xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);

	if (!p)
		return err;
	/* An endpoint whose namespace has ended may hold the MAC too */
	if (settings->has_address &&
	    !xm_mac_equal(settings->address, xm_endpoint_by_name(p, name)->rec.port.mac))
		xm_parent_sweep_ended(p, settings->address, NULL);
	if (settings->address_op == XM_ADDRESS_ADD)
		xm_parent_sweep_ended(p, settings->additional, NULL);
	return xm_endpoint_set(p, xm_endpoint_by_name(p, name), settings, e);
}

/*
 * After the endpoint was removed, a refusal concerns the parent, which becomes broken. The removal
 * has succeeded.
 */
static void update_after_removal(struct xm_parent *p)
{
	struct xm_err why = {};
	int err = xm_parent_update(p, &why);

	if (err)
		xm_parent_set_broken(p, err, &why);
}

int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	enum xm_delete_how how = xm_endpoint_delete_how(engine);
	int err = xm_parents_each(engine, xm_endpoint_add_finish, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);

	engine->add_cache.parent = NULL;
	if (!p)
		return err;
	err = xm_endpoint_remove(p, xm_endpoint_by_name(p, name), how, e);
	if (!err)
		update_after_removal(p);
	return finish_operation(engine, p, err, e);
}

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
	struct xm_parent *p;
	int err = start_swept(engine, e);

	if (!err)
		err = xm_parent_find_or_attach(engine, attach->parent,
					       attach->has_xdp ? attach->xdp : XM_XDP_AUTO, &p, e);
	if (err)
		return err;
	err = p->broken.exit_code ? attach_broken(p, attach, e) : xm_xdp_configure(p, attach, e);
	if (!err)
		err = xm_follow(p, NULL, e);
	if (!err) {
		p->rec.state |= XM_PARENT_EXPLICIT;
		err = xm_parent_commit(p, e);
	}
	return finish_operation(engine, p, err, e);
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
	struct xm_parent *p;

	if (!err)
		err = xm_parent_device_resolve(engine, link, e);
	if (err)
		return err;
	p = xm_parent_by_ifindex(engine, link->ifindex);
	return p ? xm_parent_check_broken(p, e) : xm_parent_device_check(engine, link, e);
}

/* Finds a broken parent without a device by "#IFINDEX" */
static struct xm_parent *find_missing(struct xm_engine *engine, const char *name)
{
	struct xm_parent *p = xm_engine_next_parent(engine, NULL);

	while (p && (p->alive || strcmp(xm_parent_name(p), name)))
		p = xm_engine_next_parent(engine, p);
	return p;
}

static int find_attached(struct xm_engine *engine, const char *name, struct xm_parent **ret,
			 struct xm_err *e)
{
	struct xm_link link;
	int err;

	*ret = find_missing(engine, name);
	if (*ret)
		return 0;
	err = xm_parent_device_find(engine, name, &link, e);
	if (err)
		return err;
	*ret = xm_parent_by_ifindex(engine, link.ifindex);
	return *ret ? 0 : xm_fail(e, ENOENT, "%s is not attached", name);
}

static int upgrade_parent(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_check_broken(p, e);

	return err ? err : xm_parent_upgrade(p, e);
}

int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	struct xm_parent *p;
	int err = start_swept(engine, e);

	if (err)
		return err;
	if (!parent)
		return xm_parents_each(engine, upgrade_parent, e);
	err = find_attached(engine, parent, &p, e);
	return err ? err : upgrade_parent(p, e);
}

static int sync_parent(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_check_broken(p, e);

	return err ? err : xm_follow(p, NULL, e);
}

/* A refusal makes the parent broken, which `show` prints; the other parents are synchronized */
static int sync_or_break(struct xm_parent *p, struct xm_err *e)
{
	struct xm_err why = {};
	int err = p->broken.exit_code ? 0 : sync_parent(p, &why);

	(void)e;
	if (err)
		xm_parent_set_broken(p, err, &why);
	return 0;
}

int xm_engine_sync(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	struct xm_parent *p;
	int err = start_swept(engine, e);

	if (!err && parent) {
		err = find_attached(engine, parent, &p, e);
		return err ? err : sync_parent(p, e);
	}
	if (!err)
		err = xm_vlans_read(engine, e);
	if (!err)
		xm_parents_each(engine, sync_or_break, NULL);
	xm_vlans_forget(engine);
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
	int err = start_swept(engine, e);

	if (!err)
		err = find_attached(engine, parent, &p, e);
	if (err)
		return err;
	if (p->count && !force)
		return xm_fail(e, EBUSY, "%s has %zu endpoint%s: delete them first, or use 'force'",
			       parent, p->count, p->count == 1 ? "" : "s");
	err = force ? xm_parent_destroy_force(p, e) : detach_parent(p, e);
	xm_parents_free(engine, false);
	return err;
}
