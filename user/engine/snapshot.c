// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Copies of the state for the front ends */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stats.h"
#include "engine/endpoint_table.h"
#include "engine/owner.h"
#include "engine/parent_broken.h"
#include "engine/parent_list.h"
#include "engine/parent_lock.h"
#include "engine/parent_sweep.h"
#include "engine/reader.h"
#include "engine/session_core.h"
#include "engine/slot_device.h"
#include "engine/snapshot_record.h"
#include "engine/source_list.h"
#include "engine/stale.h"
#include "engine/tc_order.h"
#include "engine/usage.h"
#include "engine/watcher_calls.h"
#include "net/netns.h"

void xm_endpoint_describe(const struct xm_endpoint *ep, struct xm_endpoint_info *ret)
{
	xm_record_describe(ep->slot, &ep->rec, ret);
}

static void endpoint_info_free(struct xm_endpoint_info *info)
{
	free((void *)info->owner);
	free(info->netns);
	free(info->sources);
}

void xm_snapshot_free(struct xm_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		for (size_t j = 0; j < snapshot->parents[i].count; j++)
			endpoint_info_free(&snapshot->parents[i].endpoints[j]);
		free(snapshot->parents[i].endpoints);
		free(snapshot->parents[i].broken);
	}
	free(snapshot->parents);
	*snapshot = (struct xm_snapshot){};
}

/* What is known of a loaded endpoint without looking at a device */
static void snapshot_describe(struct xm_parent *p, const struct xm_endpoint *ep,
			      struct xm_endpoint_info *ret)
{
	xm_endpoint_describe(ep, ret);
	ret->parent_ifindex = p->link.ifindex;
	memcpy(ret->parent, p->link.name, XM_NAME_LEN);
}

static int snapshot_owner(struct xm_parent *p, const struct xm_endpoint *ep,
			  struct xm_endpoint_info *ret)
{
	struct xm_owner owner, *copy;

	if (xm_owner_read(p, ep->slot, &owner, NULL) <= 0)
		return 0;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = owner;
	ret->owner = copy;
	return 0;
}

static int snapshot_netns(struct xm_parent *p, struct xm_endpoint_info *ret)
{
	const char *name = ret->peer_nsid == XM_NSID_SELF
				   ? NULL
				   : xm_netns_name(&p->engine->nl, ret->peer_nsid);

	ret->netns = name ? strdup(name) : NULL;
	return name && !ret->netns ? -ENOMEM : 0;
}

/* What xm_parent_sweep() and xm_parent_sweep_ended() remove */
static bool endpoint_is_gone(struct xm_parent *p, const struct xm_endpoint *ep)
{
	return p->alive && ep->rec.state == XM_ENDPOINT_READY &&
	       (!xm_slot_has_device(p, ep->slot, NULL) || xm_endpoint_has_ended(p, ep));
}

static int snapshot_endpoint(struct xm_parent *p, struct xm_endpoint *ep, bool stats,
			     struct xm_endpoint_info *ret)
{
	struct xm_link host_end;
	bool has_devices = xm_reader_endpoint(p, ep, &host_end);
	int n, err;

	snapshot_describe(p, ep, ret);
	xm_endpoint_why_stale(p, ep, has_devices ? &host_end : NULL, ret->stale);
	ret->device = ep->device;
	ret->gone = !has_devices && endpoint_is_gone(p, ep);
	err = snapshot_owner(p, ep, ret);
	if (!err)
		err = snapshot_netns(p, ret);
	if (!err && ret->mode == XM_MODE_SOURCE) {
		n = xm_source_list_read(p, ep, &ret->sources);
		err = n == -ENOMEM ? n : 0;
		ret->source_count = n > 0 ? n : 0;
	}
	ret->has_stats = stats && !xm_endpoint_stats(p, ep, &ret->stats);
	return err;
}

static void snapshot_parent_itself(struct xm_parent *p, const struct xm_snapshot_request *request,
				   struct xm_parent_info *ret)
{
	const struct xm_parent_record *r = &p->rec;

	*ret = (struct xm_parent_info){
		.link = p->link,
		.is_loaded = p->loaded,
		.abi_minor = r->abi_minor,
		.programs_minor = r->programs_minor,
		.tcx = r->state & XM_PARENT_TCX,
		.xdp = r->xdp,
		.xdp_requested = r->xdp_requested,
		.xdp_single = r->xdp_single,
		.guard = r->state & XM_PARENT_GUARD,
		.neigh_direct = r->state & XM_PARENT_NEIGH,
		.fanout = r->state & XM_PARENT_FANOUT,
		.endpoint_count = p->count,
		.is_named = request->name && !strcmp(request->name, xm_parent_name(p)),
	};
	xm_tc_find_earlier(p, &ret->earlier);
	memcpy(ret->xdp_reason, r->xdp_reason, sizeof(ret->xdp_reason));
	for (size_t i = 0; i < p->count; i++)
		if (p->endpoints[i].rec.bcqueuelen > ret->used_bcqueuelen)
			ret->used_bcqueuelen = p->endpoints[i].rec.bcqueuelen;
	xm_parent_why_stale(p, ret->stale);
	ret->has_stats =
		request->stats && p->loaded && !xm_slot_stats(p, XM_SLOT_PARENT, &ret->stats);
	if (request->usage && p->loaded)
		xm_parent_usage(p, &ret->usage);
}

static int info_compare_name(const void *a, const void *b)
{
	const struct xm_endpoint_info *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* In the order of the slots, for neighbouring slots share a chunk of counters */
static int snapshot_endpoints(struct xm_parent *p, const struct xm_snapshot_request *request,
			      struct xm_parent_info *ret)
{
	int err = 0;

	for (uint32_t slot = 0; slot < p->index.end && !err; slot++) {
		struct xm_endpoint *ep = xm_endpoint_by_slot(p, slot);

		if (ep && (!request->name || !strcmp(request->name, ep->rec.name)))
			err = snapshot_endpoint(p, ep, request->stats,
						&ret->endpoints[ret->count++]);
	}
	return err;
}

static int snapshot_parent(struct xm_parent *p, const struct xm_snapshot_request *request,
			   struct xm_parent_info *ret)
{
	int err;

	snapshot_parent_itself(p, request, ret);
	if (p->broken.exit_code) {
		ret->broken = strdup(p->broken.text);
		if (!ret->broken)
			return -ENOMEM;
	}
	ret->endpoints = calloc(p->count + 1, sizeof(*ret->endpoints));
	if (!ret->endpoints)
		return -ENOMEM;
	err = snapshot_endpoints(p, request, ret);
	qsort(ret->endpoints, ret->count, sizeof(*ret->endpoints), info_compare_name);
	return err;
}

/* Whether the request concerns the parent or one of its endpoints */
static bool snapshot_wants(struct xm_parent *p, const struct xm_snapshot_request *request)
{
	if (request->link && strcmp(request->link, xm_parent_name(p)))
		return false;
	return !request->name || !strcmp(request->name, xm_parent_name(p)) ||
	       xm_endpoint_by_name(p, request->name);
}

/* Whether the request is for one endpoint only; then the devices are not read all at once */
static bool snapshot_is_of_endpoint(struct xm_engine *engine,
				    const struct xm_snapshot_request *request)
{
	struct xm_parent *p = xm_engine_next_parent(engine, NULL);

	while (p && request->name && strcmp(request->name, xm_parent_name(p)))
		p = xm_engine_next_parent(engine, p);
	return request->name && !p;
}

static int snapshot_append(struct xm_parent *p, const struct xm_snapshot_request *request,
			   struct xm_snapshot *ret, struct xm_err *e)
{
	struct xm_parent_info *more = realloc(ret->parents, (ret->count + 1) * sizeof(*more));
	int err = more ? 0 : -ENOMEM;

	if (more) {
		ret->parents = more;
		err = snapshot_parent(p, request, &more[ret->count++]);
	}
	return err ? xm_fail(e, err, "out of memory") : 0;
}

/* Replaces an alternative name of a parent by its name */
static const char *snapshot_real_name(struct xm_engine *engine, const char *name)
{
	struct xm_parent *p = name ? xm_parent_of_endpoint(engine, name) : NULL;
	struct xm_link link;

	if (!name || p || xm_link_get(&engine->nl, XM_NSID_SELF, name, 0, &link))
		return name;
	p = xm_parent_by_ifindex(engine, link.ifindex);
	return p ? xm_parent_name(p) : name;
}

static int snapshot_take(struct xm_engine *engine, const struct xm_snapshot_request *request,
			 struct xm_snapshot *ret, struct xm_err *e)
{
	int err = 0;

	if (!snapshot_is_of_endpoint(engine, request))
		err = xm_reader_read_links(engine, e);
	for (struct xm_parent *p = engine->parents; !err && p; p = p->next)
		if (snapshot_wants(p, request))
			err = snapshot_append(p, request, ret, e);
	xm_reader_forget_links(engine);
	return err;
}

int xm_engine_snapshot(struct xm_engine *engine, const struct xm_snapshot_request *request,
		       struct xm_snapshot *ret, struct xm_err *e)
{
	struct xm_snapshot_request real = *request;
	int err = xm_engine_start(engine, e);

	*ret = (struct xm_snapshot){ .netns_cookie = engine->netns_cookie };
	if (err)
		return err;
	real.name = snapshot_real_name(engine, request->name);
	real.link = snapshot_real_name(engine, request->link);
	err = snapshot_take(engine, &real, ret, e);
	/* A name that was not found may belong to a parent that could not be read */
	if (!err && !ret->count && (request->name || request->link))
		err = xm_parents_check_unloaded(engine, e);
	return err;
}

struct owned_visit {
	int (*each)(const struct xm_endpoint_info *info, void *data);
	void *data;
};

static int owned_each(struct xm_parent *p, void *data, struct xm_err *e)
{
	const struct owned_visit *v = data;
	struct xm_endpoint_info info;
	struct xm_owner owner;
	int ret = 0;

	for (size_t i = 0; i < p->count && ret >= 0; i++) {
		const struct xm_endpoint *ep = &p->endpoints[i];

		if (ep->rec.state == XM_ENDPOINT_PARTIAL)
			continue;
		ret = xm_owner_read(p, ep->slot, &owner, e);
		if (ret <= 0)
			continue;
		xm_endpoint_describe(ep, &info);
		info.parent_ifindex = p->rec.parent_ifindex;
		info.owner = &owner;
		ret = v->each(&info, v->data);
	}
	return ret < 0 ? ret : 0;
}

/* Nothing is locked, also in a session that changes something */
int xm_engine_owned(struct xm_engine *engine,
		    int (*each)(const struct xm_endpoint_info *info, void *data), void *data,
		    struct xm_err *e)
{
	struct owned_visit owned = { .each = each, .data = data };
	const struct xm_look_visit v = { .each = owned_each, .data = &owned };
	int err;

	engine->add_cache.parent = NULL;
	err = xm_engine_flush(engine, e);
	return err ? err : xm_session_look(engine, &v, e);
}

int xm_engine_sources(struct xm_engine *engine, const char *name, uint8_t (**ret)[XM_MAC_LEN],
		      struct xm_err *e)
{
	int n, err = xm_engine_start(engine, e);
	struct xm_parent *p = err ? NULL : xm_parent_of_endpoint(engine, name);

	*ret = NULL;
	if (!p)
		return err ? err : xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	n = xm_source_list_read(p, xm_endpoint_by_name(p, name), ret);
	return n < 0 ? xm_fail(e, n, "cannot read the source addresses: %s", strerror(-n)) : n;
}
