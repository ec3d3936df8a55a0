// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A parent's endpoints in memory: an array without an order, with an index by name and one by slot, so
 * that a batch of n commands does not take n * n steps.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

/* FNV-1a */
static uint32_t *chain_of(struct xm_index *ix, const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return &ix->names[hash & (ix->room - 1)];
}

static void chain(struct xm_parent *p, uint32_t i)
{
	uint32_t *first = chain_of(&p->index, p->slots[i].rec.name);

	p->slots[i].next = *first;
	*first = i + 1;
	p->index.at[p->slots[i].slot] = i + 1;
}

static void unchain(struct xm_parent *p, uint32_t i)
{
	uint32_t *link = chain_of(&p->index, p->slots[i].rec.name);

	while (*link != i + 1)
		link = &p->slots[*link - 1].next;
	*link = p->slots[i].next;
	p->index.at[p->slots[i].slot] = 0;
}

/* Room for one more, and as many chains */
static bool grow(struct xm_parent *p)
{
	uint32_t room = p->index.room ? p->index.room * 2 : 1;
	struct xm_endpoint *slots = realloc(p->slots, room * sizeof(*slots));
	uint32_t *names;

	if (!slots)
		return false;
	p->slots = slots;
	names = realloc(p->index.names, room * sizeof(*names));
	if (!names)
		return false;
	memset(names, 0, room * sizeof(*names));
	p->index.names = names;
	p->index.room = room;
	for (uint32_t i = 0; i < p->count; i++)
		chain(p, i);
	return true;
}

static bool reach(struct xm_index *ix, uint32_t slot)
{
	uint32_t reached = ix->reached ? ix->reached : 1;
	uint32_t *at;

	while (reached <= slot)
		reached *= 2;
	if (reached == ix->reached)
		return true;
	at = realloc(ix->at, reached * sizeof(*at));
	if (!at)
		return false;
	memset(at + ix->reached, 0, (reached - ix->reached) * sizeof(*at));
	ix->at = at;
	ix->reached = reached;
	return true;
}

static void count(struct xm_parent *p, struct xm_endpoint *ep, uint32_t features)
{
	p->index.hosts += !!(features & XM_FEATURE_HOST) - !!(ep->counted & XM_FEATURE_HOST);
	p->index.sources += !!(features & XM_FEATURE_SOURCES) - !!(ep->counted & XM_FEATURE_SOURCES);
	ep->counted = features;
}

void xm_endpoint_count_features(struct xm_parent *p, struct xm_endpoint *ep)
{
	uint32_t features = 0;

	if (ep->rec.port.flags & XM_PORT_HOST)
		features |= XM_FEATURE_HOST;
	if (ep->rec.port.mode == XM_MODE_SOURCE)
		features |= XM_FEATURE_SOURCES;
	count(p, ep, features);
}

struct xm_endpoint *xm_endpoint_push(struct xm_parent *p, uint32_t slot, const struct xm_endpoint_record *rec)
{
	struct xm_index *ix = &p->index;
	struct xm_endpoint *ep;

	if (!reach(ix, slot) || (p->count == ix->room && !grow(p)))
		return NULL;
	ep = &p->slots[p->count];
	*ep = (struct xm_endpoint){ .slot = slot, .rec = *rec };
	chain(p, p->count++);
	if (slot >= ix->end)
		ix->end = slot + 1;
	xm_endpoint_count_features(p, ep);
	return ep;
}

void xm_endpoint_drop(struct xm_parent *p, struct xm_endpoint *ep)
{
	struct xm_index *ix = &p->index;
	uint32_t i = ep - p->slots, last = p->count - 1;

	count(p, ep, 0);
	if (ep->slot < ix->lowest)
		ix->lowest = ep->slot;
	unchain(p, i);
	if (i != last) {
		unchain(p, last);
		p->slots[i] = p->slots[last];
		chain(p, i);
	}
	p->count = last;
	while (ix->end && !ix->at[ix->end - 1])
		ix->end--;
}

void xm_endpoints_free(struct xm_parent *p)
{
	free(p->slots);
	free(p->index.names);
	free(p->index.at);
	p->slots = NULL;
	p->count = 0;
	p->index = (struct xm_index){};
}

struct xm_endpoint *xm_endpoint_by_name(struct xm_parent *p, const char *name)
{
	uint32_t i = p->count ? *chain_of(&p->index, name) : 0;

	while (i && strcmp(p->slots[i - 1].rec.name, name))
		i = p->slots[i - 1].next;
	return i ? &p->slots[i - 1] : NULL;
}

struct xm_endpoint *xm_endpoint_by_slot(struct xm_parent *p, uint32_t slot)
{
	uint32_t i = slot < p->index.reached ? p->index.at[slot] : 0;

	return i ? &p->slots[i - 1] : NULL;
}

uint32_t xm_slot_lowest_free(struct xm_parent *p)
{
	struct xm_index *ix = &p->index;

	if (ix->lowest <= XM_SLOT_PARENT)
		ix->lowest = XM_SLOT_PARENT + 1;
	while (ix->lowest < ix->reached && ix->at[ix->lowest])
		ix->lowest++;
	return ix->lowest < XM_MAX_SLOTS ? ix->lowest : 0;
}
