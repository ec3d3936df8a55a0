// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The loaded parents of a session */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/endpoint_table.h"
#include "engine/parent_list.h"
#include "engine/state.h"
#include "engine/watcher_calls.h"
#include "pins/pin_dir.h"

const char *xm_parent_name(const struct xm_parent *p)
{
	return p->link.name;
}

const struct xm_link *xm_parent_link(const struct xm_parent *p)
{
	return &p->link;
}

const struct xm_tc_earlier *xm_parent_earlier(const struct xm_parent *p)
{
	return &p->earlier;
}

uint32_t xm_parent_reattached(const struct xm_parent *p)
{
	return p->reattached;
}

struct xm_parent *xm_engine_next_parent(struct xm_engine *engine, const struct xm_parent *after)
{
	struct xm_parent *p = after ? after->next : engine->parents;

	while (p && p->destroyed)
		p = p->next;
	return p;
}

struct xm_parent *xm_parent_by_ifindex(struct xm_engine *engine, uint32_t ifindex)
{
	struct xm_parent *p = xm_engine_next_parent(engine, NULL);

	while (p && p->rec.parent_ifindex != ifindex)
		p = xm_engine_next_parent(engine, p);
	return p;
}

struct xm_parent *xm_parent_of_endpoint(struct xm_engine *engine, const char *name)
{
	struct xm_parent *p = xm_engine_next_parent(engine, NULL);

	while (p && !xm_endpoint_by_name(p, name))
		p = xm_engine_next_parent(engine, p);
	return p;
}

struct xm_endpoint *xm_parent_endpoint(struct xm_parent *p, size_t i)
{
	return i < p->count ? &p->endpoints[i] : NULL;
}

void xm_parent_init(struct xm_parent *p, struct xm_engine *engine, uint32_t ifindex)
{
	memset(p, 0, sizeof(*p));
	xm_maps_init(p->maps);
	xm_chunk_init(&p->chunk);
	p->engine = engine;
	p->lock = -1;
	xm_pin_dir(engine->netns_cookie, ifindex, p->dir, sizeof(p->dir));
}

void xm_parent_close(struct xm_parent *p)
{
	xm_maps_close(p->maps);
	xm_chunk_close(&p->chunk);
	xm_endpoints_free(p);
	if (p->lock >= 0)
		close(p->lock);
	p->lock = -1;
	free(p->pending_delete);
	p->pending_delete = NULL;
	p->pending_delete_count = 0;
}

void xm_parents_insert(struct xm_engine *engine, struct xm_parent *p)
{
	p->next = engine->parents;
	engine->parents = p;
}

static void parent_free_at(struct xm_parent **at)
{
	struct xm_parent *p = *at;

	*at = p->next;
	if (p->engine->add_cache.parent == p)
		p->engine->add_cache.parent = NULL;
	xm_parent_close(p);
	free(p);
}

void xm_parent_unlock(struct xm_parent *p)
{
	struct xm_parent **at = &p->engine->parents;

	while (*at != p)
		at = &(*at)->next;
	parent_free_at(at);
}

void xm_parents_free_destroyed(struct xm_engine *engine)
{
	struct xm_parent **at = &engine->parents;

	while (*at)
		if ((*at)->destroyed)
			parent_free_at(at);
		else
			at = &(*at)->next;
}

void xm_parents_free(struct xm_engine *engine)
{
	while (engine->parents)
		parent_free_at(&engine->parents);
}

int xm_parents_each(struct xm_engine *engine, int (*fn)(struct xm_parent *, struct xm_err *),
		    struct xm_err *e)
{
	int ret = 0;

	for (struct xm_parent *p = engine->parents; p; p = p->next) {
		int err = p->destroyed ? 0 : fn(p, ret ? NULL : e);

		ret = ret ? ret : err;
	}
	return ret;
}
