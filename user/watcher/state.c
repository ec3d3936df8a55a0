// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lists: namespaces with parents, their parents, their endpoints */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "watcher/watcher.h"

static void netns_ref_put(struct netns_ref *ref)
{
	if (ref)
		ref->users--;
}

struct watched_netns *watched_netns_add(struct watcher *w, uint64_t cookie, struct netns_ref *ref)
{
	struct watched_netns *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->cookie = cookie;
	n->ref = ref;
	n->marked = true;
	ref->users++;
	n->next = w->netns;
	w->netns = n;
	return n;
}

struct watched_netns *watched_netns_by_ref(struct watcher *w, const struct netns_ref *ref)
{
	struct watched_netns *n = w->netns;

	while (n && n->ref != ref)
		n = n->next;
	return n;
}

void watched_netns_remove(struct watcher *w, struct watched_netns *n)
{
	struct watched_netns **at = &w->netns;

	while (n->parents)
		watched_parent_remove(w, n->parents);
	log_omitted(subject_netns(n));
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	netns_ref_put(n->ref);
	free(n);
}

struct watched_parent *watched_parent_by_ifindex(struct watched_netns *n, uint32_t ifindex)
{
	struct watched_parent *p = n->parents;

	while (p && p->ifindex != ifindex)
		p = p->next;
	return p;
}

struct watched_parent *watched_parent_add(struct watched_netns *n, const struct xm_link *link,
					  struct xm_mcast_filter *filter)
{
	struct watched_parent *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->netns = n;
	p->ifindex = link->ifindex;
	snprintf(p->link.name, sizeof(p->link.name), "%s", link->name);
	p->scope = RECONCILE_ALL;
	p->mcast_filter = filter;
	p->next = n->parents;
	n->parents = p;
	return p;
}

void watched_parent_remove(struct watcher *w, struct watched_parent *p)
{
	struct watched_parent **at = &p->netns->parents;

	for (uint32_t i = 0; i < p->slots; i++)
		if (p->by_slot[i])
			watched_endpoint_remove(w, p->by_slot[i]);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	netns_ref_put(p->target);
	xm_mcast_filter_close(p->mcast_filter);
	free(p->by_slot);
	free(p);
}

void watched_parent_set_target(struct watched_parent *p, struct netns_ref *to, int32_t nsid,
			       uint32_t ifindex)
{
	if (to)
		to->users++;
	netns_ref_put(p->target);
	p->target = to;
	p->moved_nsid = nsid;
	p->moved_ifindex = ifindex;
	p->moved_at = xm_now_ms();
}

struct watched_parent *watched_parent_by_target(struct watcher *w, const struct netns_ref *ref,
						uint32_t ifindex)
{
	for (struct watched_netns *n = w->netns; n; n = n->next)
		for (struct watched_parent *p = n->parents; p; p = p->next)
			if (p->moved_ifindex == ifindex && p->target == ref)
				return p;
	return NULL;
}

void watched_parent_mark(struct watched_parent *p, enum reconcile_scope scope)
{
	if (p->scope < scope)
		p->scope = scope;
}

bool watched_parent_rests(const struct watched_parent *p)
{
	return p->broken[0] && !p->netns->marked && p->scope != RECONCILE_ALL &&
	       xm_now_ms() < p->retry_at;
}

struct watched_endpoint *watched_endpoint_by_slot(struct watched_parent *p, uint32_t slot)
{
	return slot < p->slots ? p->by_slot[slot] : NULL;
}

static bool watched_parent_reach_slot(struct watched_parent *p, uint32_t slot)
{
	uint32_t slots = p->slots ? p->slots : 16;
	struct watched_endpoint **by_slot;

	while (slots <= slot)
		slots *= 2;
	if (slots == p->slots)
		return true;
	by_slot = realloc(p->by_slot, slots * sizeof(*by_slot));
	if (!by_slot)
		return false;
	memset(by_slot + p->slots, 0, (slots - p->slots) * sizeof(*by_slot));
	p->by_slot = by_slot;
	p->slots = slots;
	return true;
}

struct watched_endpoint *watched_endpoint_add(struct watched_parent *p, uint32_t slot)
{
	struct watched_endpoint *e =
		watched_parent_reach_slot(p, slot) ? calloc(1, sizeof(*e)) : NULL;

	if (!e)
		return NULL;
	e->parent = p;
	e->slot = slot;
	p->by_slot[slot] = e;
	return e;
}

void watched_endpoint_mark(struct watched_endpoint *e)
{
	e->marked = true;
	watched_parent_mark(e->parent, RECONCILE_SOME);
}

static struct watched_endpoint **peer_chain(struct watcher *w, const struct netns_ref *ref,
					    uint32_t ifindex)
{
	uint64_t hash = ((uint64_t)ref->ino << 32 ^ ifindex) * 0x9e3779b97f4a7c15ull;

	return &w->by_peer[hash >> 52];
}

static void peer_unlink(struct watcher *w, struct watched_endpoint *e)
{
	struct watched_endpoint **at;

	if (!e->ref)
		return;
	at = peer_chain(w, e->ref, e->peer_ifindex);
	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	netns_ref_put(e->ref);
	e->ref = NULL;
}

void watched_endpoint_set_peer(struct watcher *w, struct watched_endpoint *e, struct netns_ref *ref,
			       uint32_t ifindex)
{
	struct watched_endpoint **at;

	if (ref)
		ref->users++;
	peer_unlink(w, e);
	e->ref = ref;
	e->peer_ifindex = ifindex;
	if (!ref)
		return;
	at = peer_chain(w, ref, ifindex);
	e->chain = *at;
	*at = e;
}

void watched_endpoint_remove(struct watcher *w, struct watched_endpoint *e)
{
	for (size_t i = 0; i < e->mcast_group_count; i++)
		xm_mcast_filter_del(e->parent->mcast_filter, e->slot, e->mcast_groups[i]);
	peer_unlink(w, e);
	e->parent->by_slot[e->slot] = NULL;
	free(e->mcast_groups);
	free(e);
}

struct watched_endpoint *watched_endpoint_by_peer(struct watcher *w, const struct netns_ref *ref,
						  uint32_t ifindex)
{
	struct watched_endpoint *e = *peer_chain(w, ref, ifindex);

	while (e && (e->ref != ref || e->peer_ifindex != ifindex))
		e = e->chain;
	return e;
}

bool joins_are_pending(const struct watcher *w)
{
	const struct netns_ref *ref = w->refs;

	while (ref && !ref->groups_changed)
		ref = ref->next;
	return ref;
}

bool work_is_pending(const struct watcher *w)
{
	if (w->scan || joins_are_pending(w))
		return true;
	for (const struct watched_netns *n = w->netns; n; n = n->next) {
		if (n->marked)
			return true;
		for (const struct watched_parent *p = n->parents; p; p = p->next)
			if (p->scope != RECONCILE_NONE)
				return true;
	}
	return false;
}
