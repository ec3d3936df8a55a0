// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A parent's endpoints in memory: an array without an order, an index by name and one by slot, so
 * that a batch of n commands does not take n * n steps.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/endpoint_table.h"
#include "engine/state.h"

/* The chain of a name. The hash is FNV-1a. */
static uint32_t *table_chain(struct xm_endpoint_index *ix, const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return &ix->by_name[hash & (ix->room - 1)];
}

static void table_link(struct xm_parent *p, uint32_t i)
{
	uint32_t *first = table_chain(&p->index, p->endpoints[i].rec.name);

	p->endpoints[i].next_by_name = *first;
	*first = i + 1;
	p->index.by_slot[p->endpoints[i].slot] = i + 1;
}

static void table_unlink(struct xm_parent *p, uint32_t i)
{
	uint32_t *link = table_chain(&p->index, p->endpoints[i].rec.name);

	while (*link != i + 1)
		link = &p->endpoints[*link - 1].next_by_name;
	*link = p->endpoints[i].next_by_name;
	p->index.by_slot[p->endpoints[i].slot] = 0;
}

/* Doubles the array and the number of chains */
static bool table_grow(struct xm_parent *p)
{
	uint32_t room = p->index.room ? p->index.room * 2 : 1;
	struct xm_endpoint *endpoints = realloc(p->endpoints, room * sizeof(*endpoints));
	uint32_t *by_name;

	if (!endpoints)
		return false;
	p->endpoints = endpoints;
	by_name = realloc(p->index.by_name, room * sizeof(*by_name));
	if (!by_name)
		return false;
	memset(by_name, 0, room * sizeof(*by_name));
	p->index.by_name = by_name;
	p->index.room = room;
	for (uint32_t i = 0; i < p->count; i++)
		table_link(p, i);
	return true;
}

static bool table_reach_slot(struct xm_endpoint_index *ix, uint32_t slot)
{
	uint32_t slots = ix->slots ? ix->slots : 1;
	uint32_t *by_slot;

	while (slots <= slot)
		slots *= 2;
	if (slots == ix->slots)
		return true;
	by_slot = realloc(ix->by_slot, slots * sizeof(*by_slot));
	if (!by_slot)
		return false;
	memset(by_slot + ix->slots, 0, (slots - ix->slots) * sizeof(*by_slot));
	ix->by_slot = by_slot;
	ix->slots = slots;
	return true;
}

static void table_set_uses(struct xm_parent *p, struct xm_endpoint *ep, uint32_t uses)
{
	struct xm_endpoint_index *ix = &p->index;

	ix->host_access += !!(uses & XM_USES_HOST_ACCESS) - !!(ep->uses & XM_USES_HOST_ACCESS);
	ix->sources += !!(uses & XM_USES_SOURCES) - !!(ep->uses & XM_USES_SOURCES);
	ep->uses = uses;
}

void xm_endpoint_count_uses(struct xm_parent *p, struct xm_endpoint *ep)
{
	uint32_t uses = 0;

	if (ep->rec.port.flags & XM_PORT_HOST_ACCESS)
		uses |= XM_USES_HOST_ACCESS;
	if (ep->rec.port.mode == XM_MODE_SOURCE)
		uses |= XM_USES_SOURCES;
	table_set_uses(p, ep, uses);
}

struct xm_endpoint *xm_endpoint_table_add(struct xm_parent *p, uint32_t slot,
					  const struct xm_endpoint_record *rec)
{
	struct xm_endpoint_index *ix = &p->index;
	struct xm_endpoint *ep;

	if (!table_reach_slot(ix, slot) || (p->count == ix->room && !table_grow(p)))
		return NULL;
	ep = &p->endpoints[p->count];
	*ep = (struct xm_endpoint){ .slot = slot, .rec = *rec };
	table_link(p, p->count++);
	if (slot >= ix->end)
		ix->end = slot + 1;
	xm_endpoint_count_uses(p, ep);
	return ep;
}

void xm_endpoint_table_del(struct xm_parent *p, struct xm_endpoint *ep)
{
	struct xm_endpoint_index *ix = &p->index;
	uint32_t i = ep - p->endpoints, last = p->count - 1;

	table_set_uses(p, ep, 0);
	if (ep->slot < ix->lowest_free)
		ix->lowest_free = ep->slot;
	table_unlink(p, i);
	if (i != last) {
		table_unlink(p, last);
		p->endpoints[i] = p->endpoints[last];
		table_link(p, i);
	}
	p->count = last;
	while (ix->end && !ix->by_slot[ix->end - 1])
		ix->end--;
}

void xm_endpoints_free(struct xm_parent *p)
{
	free(p->endpoints);
	free(p->index.by_name);
	free(p->index.by_slot);
	p->endpoints = NULL;
	p->count = 0;
	p->index = (struct xm_endpoint_index){};
}

struct xm_endpoint *xm_endpoint_by_name(struct xm_parent *p, const char *name)
{
	uint32_t i = p->count ? *table_chain(&p->index, name) : 0;

	while (i && strcmp(p->endpoints[i - 1].rec.name, name))
		i = p->endpoints[i - 1].next_by_name;
	return i ? &p->endpoints[i - 1] : NULL;
}

struct xm_endpoint *xm_endpoint_by_slot(struct xm_parent *p, uint32_t slot)
{
	uint32_t i = slot < p->index.slots ? p->index.by_slot[slot] : 0;

	return i ? &p->endpoints[i - 1] : NULL;
}

uint32_t xm_slot_lowest_free(struct xm_parent *p)
{
	struct xm_endpoint_index *ix = &p->index;

	if (ix->lowest_free <= XM_SLOT_PARENT)
		ix->lowest_free = XM_SLOT_PARENT + 1;
	while (ix->lowest_free < ix->slots && ix->by_slot[ix->lowest_free])
		ix->lowest_free++;
	return ix->lowest_free < XM_MAX_SLOTS ? ix->lowest_free : 0;
}

uint32_t xm_slot_next_free(struct xm_parent *p, uint32_t after)
{
	const struct xm_endpoint_index *ix = &p->index;
	uint32_t slot = after + 1;

	while (slot < ix->slots && ix->by_slot[slot])
		slot++;
	return slot < XM_MAX_SLOTS ? slot : 0;
}
