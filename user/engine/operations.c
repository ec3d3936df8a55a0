// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands as sequences of the parts */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/internal.h"

/* What lost its devices goes first, when it is about whole parents */
static int start_swept(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);

	for (struct xm_parent *p = engine->parents; p && !err; p = p->next)
		err = p->gone ? 0 : xm_engine_sweep(p, e);
	xm_engine_reap(engine, false);
	return err;
}

/* Something asked for may be among what could not be loaded */
static int tell_broken(struct xm_engine *engine, struct xm_err *e)
{
	return engine->broken.exit_code ? xm_fail(e, EPROTO, "%s", engine->broken.text) : 0;
}

static struct xm_parent *parent_of(struct xm_engine *engine, const char *name)
{
	struct xm_parent *p = engine->parents;

	while (p && (p->gone || !xm_endpoint_by_name(p, name)))
		p = p->next;
	return p;
}

/*
 * The parent that has the endpoint. NULL: none, or *err when the parents could not be loaded. An endpoint
 * that lost its devices is none, and goes.
 */
static struct xm_parent *find_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p;
	int ret;

	*err = xm_engine_load(engine, e);
	p = *err ? NULL : parent_of(engine, name);
	ret = p ? xm_parent_has_device(p, xm_endpoint_by_name(p, name)->slot, e) : 1;
	if (!ret) {
		ret = xm_engine_sweep(p, e);
		p = NULL;
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
		*err = tell_broken(engine, e);
	if (!p && !*err)
		*err = xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return p;
}

int xm_engine_owned(struct xm_engine *engine,
		    int (*each)(struct xm_parent *, const struct xm_endpoint *, const struct xm_owner *, void *),
		    void *data, struct xm_err *e)
{
	struct xm_owner owner;
	int ret = xm_engine_start(engine, e);

	for (struct xm_parent *p = engine->parents; p && ret >= 0; p = p->next)
		for (size_t i = 0; !p->gone && i < p->count && ret >= 0; i++) {
			ret = xm_owner_read(p, p->slots[i].slot, &owner, e);
			if (ret > 0)
				ret = each(p, &p->slots[i], &owner, data);
		}
	if (ret >= 0)
		ret = tell_broken(engine, e);
	return ret < 0 ? ret : 0;
}

int xm_engine_verify(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : parent_of(engine, name);

	if (!p && !err)
		err = tell_broken(engine, e);
	if (!p)
		return err ? err : xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return xm_endpoint_verify(p, xm_endpoint_by_name(p, name), e);
}

static uint32_t used_bcqueuelen(const struct xm_parent *p)
{
	uint32_t used = 0;

	for (size_t i = 0; i < p->count; i++)
		if (p->slots[i].rec.bcqueuelen > used)
			used = p->slots[i].rec.bcqueuelen;
	return used;
}

/* 1: the parent is synchronised as far as it is asked for; 0: it is not asked for */
static int prepare(struct xm_parent *p, const char *name, struct xm_err *e)
{
	bool all = !name || !strcmp(name, xm_parent_name(p));
	struct xm_endpoint *ep = all ? NULL : xm_endpoint_by_name(p, name);
	int ret;

	if (!all && !ep)
		return 0;
	if (all || !xm_parent_has_device(p, ep->slot, NULL)) {
		ret = xm_engine_sweep(p, e);
		if (ret < 0 || p->gone)
			return ret;
		ep = all ? NULL : xm_endpoint_by_name(p, name);
		if (!all && !ep)
			return 0;
	}
	p->used_bcqueuelen = used_bcqueuelen(p);
	ret = xm_sync(p, ep, e);
	return ret ? ret : 1;
}

int xm_engine_each(struct xm_engine *engine, const char *name, int (*each)(struct xm_parent *, void *),
		   void *data, struct xm_err *e)
{
	int err = xm_engine_start(engine, e);

	if (!err && !name)
		err = xm_vlans_read(engine, e);
	for (struct xm_parent *p = engine->parents; !err && p; p = p->next) {
		int ret = p->gone ? 0 : prepare(p, name, e);

		if (ret > 0)
			ret = each(p, data);
		err = ret < 0 ? ret : 0;
	}
	xm_vlans_forget(engine);
	xm_engine_reap(engine, false);
	return err ? err : tell_broken(engine, e);
}

/* Ends an operation on a parent: nothing may be left that nobody asked for */
static int finish(struct xm_engine *engine, struct xm_parent *p, int err, struct xm_err *e)
{
	int ret = xm_parent_release(p, err ? NULL : e);

	xm_engine_reap(engine, false);
	return err ? err : ret;
}

/*
 * The parent of that name. A batch names one over and over: it is not looked up again until something
 * else than an add is done, or one fails.
 */
static int find_parent(struct xm_engine *engine, const char *name, struct xm_parent **ret, struct xm_err *e)
{
	int err;

	if (engine->near && !engine->near->gone && !strcmp(engine->near_name, name) &&
	    if_nametoindex(name) == engine->near->meta.parent_ifindex) {
		*ret = engine->near;
		return 0;
	}
	engine->near = NULL;
	err = xm_parent_need(engine, name, -1, ret, e);
	if (!err)
		snprintf(engine->near_name, sizeof(engine->near_name), "%s", name);
	return err;
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	struct xm_parent *p;
	int err = xm_engine_load(engine, e);

	if (!err)
		err = xm_engine_for_each(engine, xm_parent_delete_pending, e);
	if (err)
		return err;
	p = find_endpoint(engine, add->name, &err, e);
	if (p)
		return xm_fail(e, EEXIST, "endpoint '%s' exists already, on %s", add->name, xm_parent_name(p));
	if (!err)
		err = find_parent(engine, add->link, &p, e);
	if (err)
		return err;
	err = xm_endpoint_create(p, add, e);
	engine->near = err ? NULL : p;
	return err ? finish(engine, p, err, e) : 0;
}

int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e)
{
	/* whose address it may be that is asked for may be gone */
	int err = settings->has_address ? start_swept(engine, e) : xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);

	return p ? xm_endpoint_set(p, xm_endpoint_by_name(p, name), settings, e) : err;
}

int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	int err = xm_engine_for_each(engine, xm_parent_complete_added, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);

	engine->near = NULL;
	if (!p)
		return err;
	err = xm_endpoint_remove(p, xm_endpoint_by_name(p, name), e);
	if (!err)
		err = xm_parent_update(p, e);
	return finish(engine, p, err, e);
}

int xm_engine_attach(struct xm_engine *engine, const char *parent, int xdp, int guard, struct xm_err *e)
{
	struct xm_parent *p;
	int err = start_swept(engine, e);

	if (!err)
		err = xm_parent_need(engine, parent, xdp, &p, e);
	if (err)
		return err;
	err = xm_xdp_configure(p, xdp, guard, e);
	if (!err)
		err = xm_sync(p, NULL, e);
	if (!err) {
		p->meta.state |= XM_PARENT_EXPLICIT;
		err = xm_parent_save(p, e);
	}
	return finish(engine, p, err, e);
}

/* The parent of that name, which is to be attached */
static int find_attached(struct xm_engine *engine, const char *name, struct xm_parent **ret, struct xm_err *e)
{
	struct xm_link link;
	int err = xm_link_get(&engine->nl, XM_NSID_SELF, name, 0, &link);

	if (err)
		return xm_fail(e, err, "no such parent '%s': %s", name, xm_nl_why(&engine->nl, err));
	*ret = xm_engine_parent(engine, link.ifindex);
	if (!*ret && tell_broken(engine, e))
		return -EPROTO;
	return *ret ? 0 : xm_fail(e, ENOENT, "%s is not attached", name);
}

static int upgrade(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_tc_upgrade(p, e);

	return err ? err : xm_xdp_upgrade(p, e);
}

int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	struct xm_parent *p;
	int err = start_swept(engine, e);

	if (err)
		return err;
	if (!parent) {
		err = xm_engine_for_each(engine, upgrade, e);
		return err ? err : tell_broken(engine, e);
	}
	err = find_attached(engine, parent, &p, e);
	return err ? err : upgrade(p, e);
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
		return xm_fail(e, EBUSY, "%s has %zu endpoint%s: delete them first, or say 'force'", parent,
			       p->count, p->count == 1 ? "" : "s");
	err = xm_parent_destroy(p, e);
	xm_engine_reap(engine, false);
	return err;
}
