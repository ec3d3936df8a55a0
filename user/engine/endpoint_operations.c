// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands about endpoints, as sequences of the engine's parts */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/endpoint_add.h"
#include "engine/endpoint_remove.h"
#include "engine/endpoint_set.h"
#include "engine/endpoint_table.h"
#include "engine/endpoint_verify.h"
#include "engine/gone.h"
#include "engine/names.h"
#include "engine/operation.h"
#include "engine/parent_broken.h"
#include "engine/parent_create.h"
#include "engine/parent_destroy.h"
#include "engine/parent_list.h"
#include "engine/parent_lock.h"
#include "engine/parent_needs.h"
#include "engine/parent_sweep.h"
#include "engine/reader.h"
#include "engine/record.h"
#include "engine/session_core.h"
#include "engine/slot_device.h"
#include "mac.h"

/*
 * Finds and locks the parent that has the endpoint. An endpoint without a device is removed first.
 * NULL: *err is 0, there is none; or a negative errno.
 */
static struct xm_parent *find_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p = NULL;
	int ret = xm_session_begin_once(engine, e);

	*err = ret;
	if (!ret)
		ret = xm_name_lock(engine, name, &p, e);
	p = ret > 0 ? p : NULL;
	ret = p ? xm_slot_has_device(p, xm_endpoint_by_name(p, name)->slot, e) : ret;
	if (p && !ret) {
		xm_operation_sweep(p);
		ret = xm_endpoint_by_name(p, name) ? xm_parent_check_broken(p, e) : 0;
		p = NULL;
		xm_parents_free_destroyed(engine);
	}
	*err = ret < 0 ? ret : 0;
	return ret < 0 ? NULL : p;
}

/* A name that was not found may be in pins that cannot be read */
static int check_unloaded(struct xm_engine *engine, struct xm_err *e)
{
	uint32_t *list;
	int n, err = xm_parents_check_unloaded(engine, e);

	if (err || !engine->pins_unread)
		return err;
	n = xm_parents_list_pinned(engine, &list, e);
	for (int i = 0; i < n && !err; i++) {
		struct xm_parent *p = NULL;

		if (xm_parent_by_ifindex(engine, list[i]))
			continue;
		if (xm_parent_try_lock(engine, list[i], &p, NULL) <= 0)
			continue;
		err = p->loaded ? 0 : xm_parent_check_broken(p, e);
		xm_parent_unlock(p);
	}
	free(list);
	return n < 0 ? n : err;
}

static struct xm_parent *need_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p = find_endpoint(engine, name, err, e);

	if (!p && !*err)
		*err = check_unloaded(engine, e);
	if (!p && !*err)
		*err = xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return p;
}

static int verify_endpoint(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);
	struct xm_parent *p = NULL;

	if (!err && engine->options.reader)
		p = xm_parent_of_endpoint(engine, name);
	else if (!err)
		err = xm_name_lock(engine, name, &p, e);
	if (err < 0)
		return err;
	if (!p)
		err = engine->options.reader ? xm_parents_check_unloaded(engine, e)
					     : check_unloaded(engine, e);
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
		xm_parents_free(engine);
		engine->begun = false;
		why = (struct xm_err){};
		err = verify_endpoint(engine, name, &why);
	}
	return err ? xm_fail(e, err, "%s", why.text) : 0;
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

	if (cache->parent && !cache->parent->destroyed && !strcmp(cache->parent_name, name) &&
	    if_nametoindex(name) == cache->parent->rec.parent_ifindex) {
		*ret = cache->parent;
		return 0;
	}
	cache->parent = NULL;
	err = xm_parent_find_or_create(engine, name, XM_XDP_AUTO, ret, e);
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

/*
 * Checks the name in the parents that this session has locked. own: ifindex of the parent that is
 * to get the endpoint.
 */
static int add_check_locked(struct xm_engine *engine, uint32_t own, const char *name,
			    struct xm_err *e)
{
	struct xm_parent *p = xm_parent_of_endpoint(engine, name);
	int err;

	if (p && !xm_slot_has_device(p, xm_endpoint_by_name(p, name)->slot, NULL)) {
		xm_operation_sweep(p);
		xm_parents_free_destroyed(engine);
		p = xm_parent_of_endpoint(engine, name);
	}
	err = p ? add_free_name(p, name, e) : 0;
	if (p && !err && p->rec.parent_ifindex != own) {
		xm_parent_destroy_unused(p, NULL);
		xm_parents_free_destroyed(engine);
	}
	return err;
}

/*
 * Checks the name in the parent that is to get the endpoint: another process may have added it
 * before this one got the lock
 */
static int add_check_own(struct xm_parent *p, const char *name, struct xm_err *e)
{
	const struct xm_endpoint *ep = xm_endpoint_by_name(p, name);

	if (ep && !xm_slot_has_device(p, ep->slot, NULL)) {
		xm_parent_sweep(p, NULL);
		ep = xm_endpoint_by_name(p, name);
	}
	return ep ? add_free_name(p, name, e) : 0;
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	uint32_t own = if_nametoindex(add->link);
	struct xm_parent *p;
	int err = xm_session_begin_once(engine, e);

	if (!err)
		err = xm_session_flush_deleted(engine, e);
	if (err)
		return err;
	err = add_check_locked(engine, own, add->name, e);
	if (!err)
		err = xm_name_check_others(engine, own, add->name, e);
	if (!err)
		err = add_find_parent(engine, add->link, &p, e);
	if (!err)
		err = xm_parent_check_broken(p, e);
	if (err)
		return err;
	err = add_check_own(p, add->name, e);
	if (!err)
		err = xm_endpoint_add(p, add, e);
	engine->add_cache.parent = err ? NULL : p;
	return err ? xm_operation_finish(engine, p, err, e) : 0;
}

int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e)
{
	bool needs_mac =
		settings->has_address || settings->additional_mac_op == XM_ADDITIONAL_MAC_ADD;
	int err = xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);
	struct xm_endpoint *ep;

	if (!p)
		return err;
	/* An endpoint whose device or namespace no longer exists may hold the MAC */
	if (needs_mac) {
		xm_operation_sweep(p);
		ep = xm_endpoint_by_name(p, name);
		if (ep && settings->has_address &&
		    !xm_mac_equal(settings->address, ep->rec.port.mac))
			xm_parent_sweep_ended(p, settings->address, NULL);
		if (settings->additional_mac_op == XM_ADDITIONAL_MAC_ADD)
			xm_parent_sweep_ended(p, settings->additional, NULL);
	}
	ep = xm_endpoint_by_name(p, name);
	return ep ? xm_endpoint_set(p, ep, settings, e)
		  : xm_fail(e, ENOENT, "no such endpoint '%s'", name);
}

/*
 * After the endpoint was removed, a refusal concerns the parent, which becomes broken. The removal
 * has succeeded.
 */
static void update_after_removal(struct xm_parent *p)
{
	struct xm_err why = {};
	int err = xm_parent_meet_needs(p, &why);

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
	return xm_operation_finish(engine, p, xm_gone_parent(p, err, e), e);
}
