// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sessions with the engine: what is marked is brought into line, a namespace a session */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/watcher_calls.h"
#include "net/netns.h"
#include "pins/pin_dir.h"
#include "pins/pin_names.h"
#include "watcher/watcher.h"

/* A namespace's devices go some time after it: for so many seconds its pins are looked at again */
#define LOST_SCANS 5

/* A missing parent is taken for deleted after so long */
#define MISSED_MS 5000
/* At its end the watcher waits this long for one lock */
#define STOP_WAIT_MS 1000
/* A moved parent may go on to another namespace for so long */
#define MOVED_MS 150

/*
 * A parent that is moved goes first, and the kernel tells where to some time later. Until the
 * kernel has said that it was deleted, or for some seconds, its endpoints are left alone.
 */
static bool may_be_moving(const struct watched_parent *p)
{
	return !p->deleted &&
	       (p->moved_ifindex || !p->missed || xm_now_ms() - p->missed < MISSED_MS);
}

/* A list of ifindexes for the engine, allocated. NULL: it is empty, or there is no memory. */
static uint32_t *list_parents(const struct watched_netns *n,
			      bool (*has)(const struct watched_parent *), size_t *count)
{
	uint32_t *list = NULL;

	*count = 0;
	for (const struct watched_parent *p = n->parents; p; p = p->next) {
		uint32_t *more = has(p) ? realloc(list, (*count + 1) * sizeof(*list)) : NULL;

		if (!more)
			continue;
		list = more;
		list[(*count)++] = p->ifindex;
	}
	return list;
}

/* Stops watching parents that were not seen. keep_moving: but for those that may be moving. */
static void drop_unseen_parents(struct watcher *w, struct watched_netns *n, bool keep_moving)
{
	struct watched_parent *p, *next;

	for (p = n->parents; p; p = next) {
		next = p->next;
		if (p->seen)
			p->missed = 0;
		else if (!p->missed)
			p->missed = xm_now_ms();
		if (p->seen || (keep_moving && may_be_moving(p)))
			continue;
		log_omitted(subject_parent(p));
		if (!p->followed)
			log_of(subject_parent(p), LOG_INFO, "stopped watching");
		watched_parent_remove(w, p);
	}
}

/* The id of the target in the old namespace, which is nl's */
static int32_t target_nsid(struct watcher *w, const struct watched_parent *p, struct xm_nl *nl)
{
	int fd = p->target ? netns_ref_open(w, p->target) : -1;
	int32_t ret = fd < 0 ? p->moved_nsid : netns_assign_id(nl, fd);

	if (fd >= 0)
		close(fd);
	return ret;
}

/* Has the engine follow parents that were moved, before it takes them for deleted */
static void follow_moved(struct watcher *w, struct watched_netns *n, struct xm_engine *engine,
			 struct xm_nl *nl)
{
	for (struct watched_parent *p = n->parents; p; p = p->next) {
		struct xm_err e = {};
		int err;

		/* Not at once: a device that is moved twice must not be met between the two */
		if (!p->moved_ifindex || xm_now_ms() - p->moved_at < MOVED_MS)
			continue;
		err = xm_engine_move(engine, p->ifindex, target_nsid(w, p, nl), p->moved_ifindex,
				     &e);
		if (err == -ETIMEDOUT) {
			w->lock_busy = true;
			continue;
		}
		p->followed = !err;
		if (!p->followed)
			log_of(subject_parent(p), LOG_WARNING,
			       "could not be followed to another namespace: %s", e.text);
		else
			log_of(subject_parent(p), LOG_INFO, "was moved to %s, its endpoints follow",
			       p->target ? p->target->label : "another namespace");
		watched_parent_set_target(p, NULL, NSID_NONE, 0);
	}
}

/* Only the second round waits, and after a wait that was in vain no other begins */
static int restore_carriers(struct watcher *w, struct xm_engine *engine, struct xm_err *e)
{
	uint32_t *list;
	int n = xm_engine_list(engine, &list, e), ret = 0;

	w->lock_busy = false;
	for (int i = 0; i < n && !(w->lock_busy && w->stop_wait_ms); i++) {
		struct xm_err why = {};
		int err = xm_engine_restore_carrier(engine, list[i], &why);

		w->lock_busy |= err == -ETIMEDOUT;
		if (err && !ret && (err != -ETIMEDOUT || w->stop_wait_ms))
			ret = xm_fail(e, err, "%s", why.text);
	}
	w->stop_again |= w->lock_busy;
	free(list);
	return n < 0 ? n : ret;
}

/* The work of a session. The engine and nl are in the namespace. */
static int session_work(struct watcher *w, struct watched_netns *n, struct xm_engine *engine,
			struct xm_nl *nl, struct xm_err *e)
{
	for (struct watched_parent *p = n->parents; p; p = p->next)
		p->seen = false;
	if (xm_engine_netns_cookie(engine) != n->cookie)
		return xm_fail(e, ENOENT, "a namespace was mistaken for another one");
	follow_moved(w, n, engine, nl);
	return w->stopping ? restore_carriers(w, engine, e)
			   : reconcile_parents(w, n, engine, nl, e);
}

static int session_with_nl(struct watcher *w, struct watched_netns *n, struct xm_engine *engine,
			   struct xm_err *e)
{
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = session_work(w, n, engine, &nl, e);
	xm_nl_close(&nl);
	return err;
}

/* In the namespace. Returns 0; -EAGAIN: to be repeated (*e is not filled); or a negative errno. */
static int session_run(struct watcher *w, struct watched_netns *n, struct xm_err *e)
{
	struct xm_engine_options options = { .wait.ms = w->stop_wait_ms, .has_keep_missing = true };
	uint32_t *moving = list_parents(n, may_be_moving, &options.keep_missing_count);
	uint32_t *resting = list_parents(n, watched_parent_rests, &options.left_alone_count);
	struct xm_engine *engine;
	bool kept_missing = false;
	int err;

	options.keep_missing = moving;
	options.left_alone = resting;
	err = xm_engine_open(&options, &engine, e);
	if (!err) {
		err = session_with_nl(w, n, engine, e);
		kept_missing = xm_engine_kept_missing(engine);
		xm_engine_close(engine);
		if ((!err || err == -EAGAIN) && !w->stopping) {
			drop_unseen_parents(w, n, true);
			err = kept_missing ? -EAGAIN : err;
		}
	}
	free(moving);
	free(resting);
	return err;
}

static int session_enter(struct watcher *w, struct watched_netns *n, struct xm_err *e)
{
	struct xm_netns_scope scope;
	int err = netns_ref_enter(w, n->ref, &scope);

	if (err)
		return err;
	err = session_run(w, n, e);
	xm_netns_scope_leave(&scope);
	return err;
}

static void reconcile_netns(struct watcher *w, struct watched_netns *n)
{
	struct xm_err e = {};
	int err = session_enter(w, n, &e);

	if (err && err != -EAGAIN && !n->retry)
		log_of(subject_netns(n), LOG_WARNING, "cannot bring its parents into line: %s",
		       e.text[0] ? e.text : strerror(-err));
	/* It is tried again after a second, and logged again after it has worked */
	n->retry = err;
	n->marked = n->postponed;
}

static bool netns_is_pending(const struct watched_netns *n)
{
	const struct watched_parent *p = n->parents;

	while (p && p->scope == RECONCILE_NONE)
		p = p->next;
	return n->marked || p;
}

/* A folder of pins. *lost: its namespace was not found. */
static void scan_folder(struct watcher *w, const char *name, bool *lost)
{
	struct watched_netns *n = w->netns;
	struct netns_ref *ref;
	struct watched_parent *p;
	uint64_t cookie;
	uint32_t ifindex;

	if (!xm_pin_dir_parse(name, &cookie, &ifindex))
		return;
	while (n && n->cookie != cookie)
		n = n->next;
	if (!n) {
		ref = netns_ref_by_cookie(w, cookie);
		if (!ref || !watched_netns_add(w, cookie, ref))
			*lost = true;
		return;
	}
	p = watched_parent_by_ifindex(n, ifindex);
	if (p)
		p->seen = true;
	else
		n->marked = true;
}

static void scan_folders(struct watcher *w, bool *lost)
{
	struct dirent *de;
	DIR *d;

	xm_pin_root_read(&d, NULL);
	for (struct watched_netns *n = w->netns; n; n = n->next)
		for (struct watched_parent *p = n->parents; p; p = p->next)
			p->seen = false;
	while (d && (de = readdir(d)))
		scan_folder(w, de->d_name, lost);
	if (d)
		closedir(d);
}

/* Any session removes the pins of dead namespaces */
static void remove_dead_pins(void)
{
	const struct xm_engine_options options = { .wait.ms = 0 };
	struct xm_engine *engine;

	if (xm_engine_open(&options, &engine, NULL))
		return; /* the scan is repeated, and commands do the same */
	xm_engine_start(engine, NULL);
	xm_engine_close(engine);
}

static void scan(struct watcher *w)
{
	struct watched_netns *n, *next;
	bool lost = false;

	w->scan = false;
	scan_folders(w, &lost);
	for (n = w->netns; n; n = next) {
		next = n->next;
		drop_unseen_parents(w, n, false);
		lost |= n->ref->nsid == NSID_NONE;
		if (n->ref->nsid == NSID_NONE || (!n->parents && !n->marked))
			watched_netns_remove(w, n);
	}
	if (!lost)
		w->scans = 0;
	else if (!w->scans)
		w->scans = LOST_SCANS;
	if (lost)
		remove_dead_pins();
}

void reconcile(struct watcher *w)
{
	for (struct netns_ref *ref = w->refs; ref; ref = ref->next)
		ref->read = false;
	if (w->scan)
		scan(w);
	w->lock_busy = false;
	for (struct watched_netns *n = w->netns; n; n = n->next)
		if (netns_is_pending(n))
			reconcile_netns(w, n);
	netns_refs_free_unused(w);
}

void reconcile_mark_failed(struct watcher *w)
{
	if (w->scans && --w->scans)
		w->scan = true;
	for (struct watched_netns *n = w->netns; n; n = n->next) {
		n->marked |= n->retry;
		for (struct watched_parent *p = n->parents; p; p = p->next)
			if (p->broken[0] && xm_now_ms() >= p->retry_at)
				watched_parent_mark(p, RECONCILE_ALL);
	}
}

void reconcile_stop(struct watcher *w)
{
	w->stopping = true;
	w->lock_busy = false;
	mcast_beat(w, false);
	for (struct watched_netns *n = w->netns; n; n = n->next)
		reconcile_netns(w, n);
	if (!w->stop_again)
		return;
	/* Another process has the lock of a parent: it gets a moment to finish */
	w->stop_wait_ms = STOP_WAIT_MS;
	w->lock_busy = false;
	for (struct watched_netns *n = w->netns; n && !w->lock_busy; n = n->next)
		reconcile_netns(w, n);
}
