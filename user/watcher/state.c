// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Spaces, their parents, their endpoints */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pins/maps.h"
#include "watcher/watcher.h"

static void let_go(struct place *place)
{
	if (place)
		place->users--;
}

struct space *space_add(struct watcher *w, uint64_t cookie, struct place *place)
{
	struct space *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->cookie = cookie;
	s->place = place;
	s->all = true;
	place->users++;
	s->next = w->spaces;
	w->spaces = s;
	return s;
}

struct space *space_by_place(struct watcher *w, const struct place *place)
{
	struct space *s = w->spaces;

	while (s && s->place != place)
		s = s->next;
	return s;
}

void space_drop(struct watcher *w, struct space *s)
{
	struct space **at = &w->spaces;

	while (s->parents)
		parent_drop(w, s->parents);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	let_go(s->place);
	free(s);
}

struct watched *parent_by_ifindex(struct space *s, uint32_t ifindex)
{
	struct watched *p = s->parents;

	while (p && p->ifindex != ifindex)
		p = p->next;
	return p;
}

struct watched *parent_add(struct space *s, struct xm_parent *p)
{
	struct watched *ret = calloc(1, sizeof(*ret));

	if (!ret)
		return NULL;
	ret->space = s;
	ret->ifindex = p->meta.parent_ifindex;
	ret->how = XM_FOLLOW_ALL;
	ret->groups = fcntl(p->maps[XM_MAP_MCAST_GROUPS], F_DUPFD_CLOEXEC, 0);
	ret->watch = fcntl(p->maps[XM_MAP_GROUPS_VALID], F_DUPFD_CLOEXEC, 0);
	if (ret->groups < 0 || ret->watch < 0) {
		if (ret->groups >= 0)
			close(ret->groups);
		free(ret);
		return NULL;
	}
	ret->next = s->parents;
	s->parents = ret;
	return ret;
}

void parent_drop(struct watcher *w, struct watched *p)
{
	struct watched **at = &p->space->parents;

	for (uint32_t i = 0; i < p->reached; i++)
		if (p->at[i])
			endpoint_drop(w, p->at[i]);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	let_go(p->moved_to);
	close(p->groups);
	close(p->watch);
	free(p->at);
	free(p);
}

void parent_moved(struct watched *p, struct place *to, int32_t nsid, uint32_t ifindex)
{
	if (to)
		to->users++;
	let_go(p->moved_to);
	p->moved_to = to;
	p->moved_nsid = nsid;
	p->moved_ifindex = ifindex;
	p->moved_at = xm_now_ms();
}

struct watched *parent_by_move(struct watcher *w, const struct place *place, uint32_t ifindex)
{
	for (struct space *s = w->spaces; s; s = s->next)
		for (struct watched *p = s->parents; p; p = p->next)
			if (p->moved_ifindex == ifindex && p->moved_to == place)
				return p;
	return NULL;
}

void parent_want(struct watched *p, enum xm_follow_how how)
{
	if (p->how < how)
		p->how = how;
}

struct endpoint *endpoint_at(struct watched *p, uint32_t slot)
{
	return slot < p->reached ? p->at[slot] : NULL;
}

struct endpoint *endpoint_add(struct watched *p, uint32_t slot)
{
	uint32_t reached = p->reached ? p->reached : 16;
	struct endpoint *e, **at;

	while (reached <= slot)
		reached *= 2;
	if (reached != p->reached) {
		at = realloc(p->at, reached * sizeof(*at));
		if (!at)
			return NULL;
		memset(at + p->reached, 0, (reached - p->reached) * sizeof(*at));
		p->at = at;
		p->reached = reached;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->parent = p;
	e->slot = slot;
	p->at[slot] = e;
	return e;
}

void endpoint_want(struct endpoint *e)
{
	e->wanted = true;
	parent_want(e->parent, XM_FOLLOW_SOME);
}

static struct endpoint **chain_of(struct watcher *w, const struct place *place, uint32_t ifindex)
{
	uint64_t hash = ((uint64_t)place->ino << 32 ^ ifindex) * 0x9e3779b97f4a7c15ull;

	return &w->peers[hash >> 52];
}

static void unchain(struct watcher *w, struct endpoint *e)
{
	struct endpoint **at;

	if (!e->place)
		return;
	at = chain_of(w, e->place, e->peer_ifindex);
	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	let_go(e->place);
	e->place = NULL;
}

void endpoint_settle(struct watcher *w, struct endpoint *e, struct place *place, uint32_t ifindex)
{
	struct endpoint **at;

	if (place)
		place->users++;
	unchain(w, e);
	e->place = place;
	e->peer_ifindex = ifindex;
	if (!place)
		return;
	at = chain_of(w, place, ifindex);
	e->chain = *at;
	*at = e;
}

void endpoint_drop(struct watcher *w, struct endpoint *e)
{
	joined_clear(e);
	unchain(w, e);
	e->parent->at[e->slot] = NULL;
	free(e->groups);
	free(e);
}

struct endpoint *endpoint_by_peer(struct watcher *w, const struct place *place, uint32_t ifindex)
{
	struct endpoint *e = *chain_of(w, place, ifindex);

	while (e && (e->place != place || e->peer_ifindex != ifindex))
		e = e->chain;
	return e;
}

bool joins_wait(const struct watcher *w)
{
	const struct place *place = w->places;

	while (place && !place->stale)
		place = place->next;
	return place;
}

bool work_waits(const struct watcher *w)
{
	if (w->scan)
		return true;
	if (joins_wait(w))
		return true;
	for (const struct space *s = w->spaces; s; s = s->next) {
		if (s->all)
			return true;
		for (const struct watched *p = s->parents; p; p = p->next)
			if (p->how != XM_FOLLOW_NOT)
				return true;
	}
	return false;
}
