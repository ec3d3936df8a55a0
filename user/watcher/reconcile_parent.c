// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One namespace brought into line by the engine: each parent; what changed on it is logged and
 * remembered. reconcile_endpoint.c does its endpoints.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/watcher_calls.h"
#include "mac.h"
#include "watcher/watcher.h"

/* Pauses before a broken parent is tried again without an event; each is twice the one before */
#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS   60000

/* Logs what has changed on the parent's device, and remembers the device */
static void log_parent_changes(struct watched_parent *p, const struct xm_link *now)
{
	struct xm_link before = p->link;
	bool had = before.flags & XM_LINK_CARRIER, has = now->flags & XM_LINK_CARRIER;
	char text[XM_MAC_TEXT];

	if (before.ifindex && strcmp(before.name, now->name))
		log_of(subject_parent(p), LOG_INFO, "was renamed to %s", now->name);
	p->link = *now;
	if (!before.ifindex) {
		log_of(subject_parent(p), LOG_INFO, "watched");
		if (!has)
			log_of(subject_parent(p), LOG_INFO, "no carrier, its endpoints have none");
		return;
	}
	if (had != has)
		log_of(subject_parent(p), LOG_INFO, "carrier %s, its endpoints follow",
		       has ? "is back" : "lost");
	if (before.mtu != now->mtu)
		log_of(subject_parent(p), LOG_INFO, "mtu %u", now->mtu);
	if (!xm_mac_equal(before.mac, now->mac))
		log_of(subject_parent(p), LOG_INFO, "address %s", xm_mac_text(now->mac, text));
}

static struct watched_parent *add_parent(struct reconcile_round *r,
					 const struct xm_parent *engine_parent)
{
	struct xm_mcast_filter *filter = xm_mcast_filter_open(engine_parent);
	struct watched_parent *p;

	p = filter ? watched_parent_add(r->netns, xm_parent_link(engine_parent), filter) : NULL;
	if (p)
		mcast_load_entries(p);
	else
		xm_mcast_filter_close(filter);
	return p;
}

/*
 * Finds or adds the watcher's parent for a parent of the engine, which is not broken. NULL: no
 * memory.
 */
static struct watched_parent *find_parent(struct reconcile_round *r,
					  const struct xm_parent *engine_parent)
{
	struct watched_parent *p =
		watched_parent_by_ifindex(r->netns, xm_parent_link(engine_parent)->ifindex);

	if (p && p->mcast_filter && xm_mcast_filter_is_of(p->mcast_filter, engine_parent))
		return p;
	if (p)
		watched_parent_remove(r->w, p);
	return add_parent(r, engine_parent);
}

static void announce_changes(struct watcher *w, struct watched_parent *p)
{
	for (uint32_t i = 0; i < p->slots; i++) {
		struct watched_endpoint *e = p->by_slot[i];

		if (e && (p->notify_peers || e->mac_changed))
			announce_request(w, e);
		if (e)
			e->mac_changed = false;
	}
	p->notify_peers = false;
}

static void conclude_parent(struct reconcile_round *r, struct watched_parent *p,
			    struct xm_parent *engine_parent)
{
	reconcile_removed(r->w, p);
	log_parent_changes(p, xm_parent_link(engine_parent));
	p->exact = true;
	announce_changes(r->w, p);
}

static enum reconcile_scope take_scope(struct reconcile_round *r, struct watched_parent *p)
{
	enum reconcile_scope scope = r->netns->marked ? RECONCILE_ALL : p->scope;

	p->scope = RECONCILE_NONE;
	p->seen = true;
	for (uint32_t i = 0; i < p->slots; i++)
		if (p->by_slot[i])
			p->by_slot[i]->seen = false;
	return scope;
}

static void note_broken(struct watched_parent *p, const struct xm_link *link, const char *why)
{
	char text[sizeof(p->broken)];

	snprintf(text, sizeof(text), "%.150s", why);
	if (strcmp(p->broken, text))
		log_of(subject_parent(p), LOG_WARNING, "broken: %s", why);
	memcpy(p->broken, text, sizeof(text));
	p->retry_ms = p->retry_ms ? p->retry_ms * 2 : RETRY_FIRST_MS;
	if (p->retry_ms > RETRY_MAX_MS)
		p->retry_ms = RETRY_MAX_MS;
	p->retry_at = xm_now_ms() + p->retry_ms;
	p->link = *link; /* a difference from this device is an event */
}

static void note_works(struct watched_parent *p)
{
	if (p->broken[0])
		log_of(subject_parent(p), LOG_INFO, "no longer broken");
	p->broken[0] = '\0';
	p->retry_ms = 0;
}

/* Errors make the parent broken, and are noted */
static void reconcile_marked(struct reconcile_round *r, struct watched_parent *p,
			     struct xm_parent *engine_parent)
{
	enum reconcile_scope scope = take_scope(r, p);
	struct xm_err why = {};
	int ret;

	if (scope == RECONCILE_NONE)
		return;
	ret = xm_engine_sync_parent(engine_parent, scope == RECONCILE_ALL, &why);
	if (ret > 0)
		return;
	if (!ret)
		ret = reconcile_endpoints(r, p, engine_parent, scope == RECONCILE_ALL, &why);
	if (ret) {
		note_broken(p, xm_parent_link(engine_parent), why.text);
		return;
	}
	note_works(p);
	conclude_parent(r, p, engine_parent);
}

/* Returns 0, or -EAGAIN without memory to watch the parent */
static int reconcile_parent(struct reconcile_round *r, struct xm_parent *engine_parent)
{
	struct watched_parent *p = find_parent(r, engine_parent);

	if (!p)
		return -EAGAIN;
	reconcile_marked(r, p, engine_parent);
	order_log(p, engine_parent);
	return 0;
}

/* Watches a broken parent too, because an event of its device may make a repair possible */
static int keep_watching(struct reconcile_round *r, const struct xm_parent *engine_parent)
{
	const struct xm_link *link = xm_parent_link(engine_parent);
	struct watched_parent *p = watched_parent_by_ifindex(r->netns, link->ifindex);
	bool rests = p && watched_parent_rests(p);

	if (!p)
		p = watched_parent_add(r->netns, link, NULL);
	if (!p)
		return -EAGAIN;
	p->seen = true;
	p->scope = RECONCILE_NONE;
	if (!rests)
		note_broken(p, link, xm_parent_broken(engine_parent));
	return 0;
}

/* Another process has the lock: the parent is left as it is, and stays marked */
static void postpone_parent(struct reconcile_round *r, uint32_t ifindex)
{
	struct watched_parent *p = watched_parent_by_ifindex(r->netns, ifindex);

	r->w->lock_busy = true;
	r->netns->postponed |= !p;
	if (!p)
		return;
	p->seen = true;
	if (r->netns->marked)
		p->scope = RECONCILE_ALL;
}

static int reconcile_locked(struct reconcile_round *r, struct xm_engine *engine, uint32_t ifindex)
{
	struct xm_parent *p;
	int err = xm_engine_lock_parent(engine, ifindex, &p, NULL);

	if (err == -ETIMEDOUT)
		postpone_parent(r, ifindex);
	if (err <= 0)
		return err == -ETIMEDOUT ? 0 : err;
	err = xm_parent_broken(p) ? keep_watching(r, p) : reconcile_parent(r, p);
	xm_engine_unlock(engine);
	return err;
}

int reconcile_parents(struct watcher *w, struct watched_netns *netns, struct xm_engine *engine,
		      struct xm_nl *nl, struct xm_err *e)
{
	struct reconcile_round r = { .w = w, .netns = netns, .nl = nl };
	int n, ret = xm_engine_start(engine, e);
	uint32_t *list;

	netns->postponed = false;
	if (ret)
		return ret;
	n = xm_engine_list(engine, &list, e);
	/* An error of one parent does not prevent that the others are reconciled */
	for (int i = 0; i < n; i++) {
		int err = reconcile_locked(&r, engine, list[i]);

		ret = ret ? ret : err;
	}
	free(list);
	return n < 0 ? n : ret;
}
