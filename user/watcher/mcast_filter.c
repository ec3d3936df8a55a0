// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The exact multicast filter: who has joined what, into the map `mcast_groups` */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "watcher/watcher.h"

/* How long the filter holds without us: then frames are flooded again */
#define HOLDS_NS 3000000000ull

/* Whoever has too many groups is not filtered, and not looked at for a while */
#define SHUNNED_MS 10000

static int here(void *data)
{
	return xm_mcast_read(data);
}

int joined_read(struct watcher *w, struct place *place)
{
	struct xm_groups fresh = {};
	int err, fd;

	if (place->read)
		return 0;
	if (place->shunned && xm_now_ms() < place->shunned)
		return -E2BIG;
	fd = place_open(w, place);
	if (fd < 0)
		return fd;
	err = xm_netns_run(fd, here, &fresh);
	close(fd);
	place->shunned = err == -E2BIG ? xm_now_ms() + SHUNNED_MS : 0;
	if (err)
		return err;
	xm_mcast_free(&place->groups);
	place->groups = fresh;
	place->read = true;
	return 0;
}

static bool same(const struct endpoint *e, const struct xm_group *list, size_t count)
{
	if (e->group_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (memcmp(e->groups[i], list[i].mac, XM_MAC_LEN))
			return false;
	return true;
}

enum step { ENTER_NEW, LEAVE_NEW, LEAVE_OLD };

/* Walks both lists, which are in order, e's being the old one: what only one of them has enters or leaves */
static int change(struct endpoint *e, const struct xm_group *list, size_t count, enum step step)
{
	int map = e->parent->groups, err = 0;
	size_t i = 0, j = 0;

	while (!err && (i < e->group_count || j < count)) {
		int order = i == e->group_count ? 1 :
			    j == count		? -1 :
						  memcmp(e->groups[i], list[j].mac, XM_MAC_LEN);

		if (order > 0 && step == ENTER_NEW)
			err = xm_mcast_filter_enter(map, e->slot, list[j].mac);
		if (order > 0 && step == LEAVE_NEW)
			err = xm_mcast_filter_leave(map, e->slot, list[j].mac);
		if (order < 0 && step == LEAVE_OLD)
			err = xm_mcast_filter_leave(map, e->slot, e->groups[i]);
		i += order <= 0;
		j += order >= 0;
	}
	return err;
}

static int remember(struct endpoint *e, const struct xm_group *list, size_t count)
{
	uint8_t(*fresh)[XM_MAC_LEN] = count ? malloc(count * sizeof(*fresh)) : NULL;

	if (count && !fresh)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		memcpy(fresh[i], list[i].mac, XM_MAC_LEN);
	free(e->groups);
	e->groups = fresh;
	e->group_count = count;
	return 0;
}

int joined_update(struct endpoint *e)
{
	size_t count;
	const struct xm_group *list = xm_mcast_of(&e->place->groups, e->peer_ifindex, &count);
	int err;

	if (same(e, list, count))
		return 0;
	/* First who comes, so that nobody misses a frame for what another one leaves */
	err = change(e, list, count, ENTER_NEW);
	if (err)
		change(e, list, count, LEAVE_NEW);
	else
		err = change(e, list, count, LEAVE_OLD);
	return err ? err : remember(e, list, count);
}

void joined_clear(struct endpoint *e)
{
	change(e, NULL, 0, LEAVE_OLD);
	remember(e, NULL, 0);
}

static int adopt(struct watched *p, const struct xm_group_key *key)
{
	struct endpoint *e = endpoint_at(p, key->slot);
	uint8_t(*more)[XM_MAC_LEN];

	if (!e)
		e = endpoint_add(p, key->slot);
	more = e ? realloc(e->groups, (e->group_count + 1) * sizeof(*more)) : NULL;
	if (!more)
		return -ENOMEM;
	e->groups = more;
	memcpy(e->groups[e->group_count++], key->mac, XM_MAC_LEN);
	return 0;
}

static int by_mac(const void *a, const void *b)
{
	return memcmp(a, b, XM_MAC_LEN);
}

int joined_adopt(struct watched *p)
{
	struct xm_group_key key, *at = NULL;
	int err = 0;

	while (!err && !bpf_map_get_next_key(p->groups, at, &key)) {
		err = adopt(p, &key);
		at = &key;
	}
	for (uint32_t i = 0; i < p->reached; i++)
		if (p->at[i] && p->at[i]->group_count)
			qsort(p->at[i]->groups, p->at[i]->group_count, XM_MAC_LEN, by_mac);
	return err;
}

static void poll_endpoint(struct watcher *w, struct endpoint *e)
{
	bool known = e->place && !joined_read(w, e->place) && !joined_update(e);

	/* Not found the last time, or no longer as its port says: to be looked at as a whole */
	if (!e->place || known != e->known)
		endpoint_want(e);
}

/* The map takes it without the engine's lock, which a command may hold for long */
static void poll_some(struct watcher *w, bool all)
{
	for (struct place *place = w->places; place; place = place->next)
		place->read &= !all && !place->stale;
	for (struct space *s = w->spaces; s; s = s->next)
		for (struct watched *p = s->parents; p; p = p->next)
			for (uint32_t i = 0; i < p->reached; i++)
				if (p->at[i] && (all || (p->at[i]->place && p->at[i]->place->stale)))
					poll_endpoint(w, p->at[i]);
	for (struct place *place = w->places; place; place = place->next)
		place->stale = false;
}

void joined_poll(struct watcher *w)
{
	poll_some(w, true);
}

void joined_refresh(struct watcher *w)
{
	if (joins_wait(w))
		poll_some(w, false);
}

void joined_beat(struct watcher *w, bool on)
{
	struct xm_groups_valid valid = {};
	uint32_t key = 0;

	if (on)
		valid.until = xm_now_ns() + HOLDS_NS;
	for (struct space *s = w->spaces; s; s = s->next)
		for (struct watched *p = s->parents; p; p = p->next)
			if (p->exact || !on)
				bpf_map_update_elem(p->watch, &key, &valid, BPF_ANY);
}
