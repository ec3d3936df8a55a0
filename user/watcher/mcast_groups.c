// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The exact multicast filters: the groups that the devices of endpoints have joined, entered into
 * the filters of the parents
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mac.h"
#include "net/netns.h"
#include "watcher/watcher.h"

/*
 * How long a multicast filter is valid after a beat. When the watcher dies, multicast is flooded
 * afterwards, not lost.
 */
#define VALID_NS 3000000000ull

/* A namespace with too many groups is flooded, and read again after so long */
#define TOO_MANY_MS 10000

int mcast_read(struct watcher *w, struct netns_ref *ref)
{
	struct xm_netns_scope scope;
	struct xm_mcast_groups fresh = {};
	int err;

	if (ref->read)
		return 0;
	if (ref->retry_after && xm_now_ms() < ref->retry_after)
		return -E2BIG;
	err = netns_ref_enter(w, ref, &scope);
	if (err)
		return err;
	err = xm_mcast_read(&fresh);
	xm_netns_scope_leave(&scope);
	ref->retry_after = err == -E2BIG ? xm_now_ms() + TOO_MANY_MS : 0;
	if (err)
		return err;
	xm_mcast_free(&ref->mcast_groups);
	ref->mcast_groups = fresh;
	ref->read = true;
	return 0;
}

static bool groups_are_equal(const struct watched_endpoint *e, const struct xm_mcast_group *list,
			     size_t count)
{
	if (e->mcast_group_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!xm_mac_equal(e->mcast_groups[i], list[i].mac))
			return false;
	return true;
}

enum groups_step { ADD_NEW, DELETE_NEW, DELETE_OLD };

/*
 * Walks the endpoint's old list and the new one, both sorted, and adds or deletes what only one of
 * them has
 */
static int groups_apply(struct watched_endpoint *e, const struct xm_mcast_group *list, size_t count,
			enum groups_step step)
{
	struct xm_mcast_filter *filter = e->parent->mcast_filter;
	size_t i = 0, j = 0;
	int err = 0;

	while (!err && (i < e->mcast_group_count || j < count)) {
		int order = i == e->mcast_group_count ? 1
			    : j == count	      ? -1
					 : memcmp(e->mcast_groups[i], list[j].mac, XM_MAC_LEN);

		if (order > 0 && step == ADD_NEW)
			err = xm_mcast_filter_add(filter, e->slot, list[j].mac);
		if (order > 0 && step == DELETE_NEW)
			err = xm_mcast_filter_del(filter, e->slot, list[j].mac);
		if (order < 0 && step == DELETE_OLD)
			err = xm_mcast_filter_del(filter, e->slot, e->mcast_groups[i]);
		i += order <= 0;
		j += order >= 0;
	}
	return err;
}

static int groups_remember(struct watched_endpoint *e, const struct xm_mcast_group *list,
			   size_t count)
{
	uint8_t(*fresh)[XM_MAC_LEN] = count ? malloc(count * sizeof(*fresh)) : NULL;

	if (count && !fresh)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		memcpy(fresh[i], list[i].mac, XM_MAC_LEN);
	free(e->mcast_groups);
	e->mcast_groups = fresh;
	e->mcast_group_count = count;
	return 0;
}

int mcast_update(struct watched_endpoint *e)
{
	size_t count;
	const struct xm_mcast_group *list =
		xm_mcast_of(&e->ref->mcast_groups, e->peer_ifindex, &count);
	int err;

	if (groups_are_equal(e, list, count))
		return 0;
	/* Joins before leaves: no frame is missed because of a group that is left */
	err = groups_apply(e, list, count, ADD_NEW);
	if (err)
		groups_apply(e, list, count, DELETE_NEW);
	else
		err = groups_apply(e, list, count, DELETE_OLD);
	return err ? err : groups_remember(e, list, count);
}

static int adopt_entry(uint32_t slot, const uint8_t *mac, void *parent)
{
	struct watched_endpoint *e = watched_endpoint_by_slot(parent, slot);
	uint8_t(*more)[XM_MAC_LEN];

	if (!e)
		e = watched_endpoint_add(parent, slot);
	more = e ? realloc(e->mcast_groups, (e->mcast_group_count + 1) * sizeof(*more)) : NULL;
	if (!more)
		return -ENOMEM;
	e->mcast_groups = more;
	memcpy(e->mcast_groups[e->mcast_group_count++], mac, XM_MAC_LEN);
	return 0;
}

static int by_mac(const void *a, const void *b)
{
	return memcmp(a, b, XM_MAC_LEN);
}

int mcast_load_entries(struct watched_parent *p)
{
	int err = xm_mcast_filter_each(p->mcast_filter, adopt_entry, p);

	for (uint32_t i = 0; i < p->slots; i++)
		if (p->by_slot[i] && p->by_slot[i]->mcast_group_count)
			qsort(p->by_slot[i]->mcast_groups, p->by_slot[i]->mcast_group_count,
			      XM_MAC_LEN, by_mac);
	return err;
}

static void poll_endpoint(struct watcher *w, struct watched_endpoint *e)
{
	bool known = e->ref && !mcast_read(w, e->ref) && !mcast_update(e);

	/*
	 * Its namespace was not found the last time, or its port says otherwise: it needs a session
	 */
	if (!e->ref || known != e->known)
		watched_endpoint_mark(e);
}

/* The multicast filters are written without the engine's lock, which a command may hold for long */
static void poll_endpoints(struct watcher *w, bool all)
{
	for (struct netns_ref *ref = w->refs; ref; ref = ref->next)
		ref->read &= !all && !ref->groups_changed;
	for (struct watched_netns *n = w->netns; n; n = n->next)
		for (struct watched_parent *p = n->parents; p; p = p->next)
			for (uint32_t i = 0; i < p->slots; i++)
				if (p->by_slot[i] && (all || (p->by_slot[i]->ref &&
							      p->by_slot[i]->ref->groups_changed)))
					poll_endpoint(w, p->by_slot[i]);
	for (struct netns_ref *ref = w->refs; ref; ref = ref->next)
		ref->groups_changed = false;
}

void mcast_poll(struct watcher *w)
{
	poll_endpoints(w, true);
}

void mcast_refresh(struct watcher *w)
{
	if (joins_are_pending(w))
		poll_endpoints(w, false);
}

void mcast_beat(struct watcher *w, bool on)
{
	uint64_t until = on ? xm_now_ns() + VALID_NS : 0;

	for (struct watched_netns *n = w->netns; n; n = n->next)
		for (struct watched_parent *p = n->parents; p; p = p->next)
			if (p->mcast_filter && (p->exact || !on))
				xm_mcast_filter_valid_until(p->mcast_filter, until);
}
