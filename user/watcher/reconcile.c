// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sessions with the engine: what is marked is brought into line */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pins/maps.h"
#include "pins/pin_names.h"
#include "watcher/watcher.h"

/* The devices of a namespace go some time after it: once a second for so long its pins are looked at again */
#define LOST_SCANS 5

/* So long a parent may be missed before it is taken for deleted */
#define MISSED_MS 5000
/* ... and so long one that was moved may go on */
#define MOVED_MS 150

/*
 * A parent that is moved goes first and tells where to some time later. Until the kernel has said that it
 * was deleted, or for some seconds, its endpoints are left alone.
 */
static bool spares(uint32_t ifindex, void *space)
{
	const struct watched *p = parent_by_ifindex(space, ifindex);

	return p && !p->gone && (p->moved_ifindex || !p->missed || xm_now_ms() - p->missed < MISSED_MS);
}

/* Parents that the engine knows no more, or that have no pins any more */
static void drop_gone(struct watcher *w, struct space *s, bool pins)
{
	struct watched *p, *next;

	for (p = s->parents; p; p = next) {
		next = p->next;
		if (p->there)
			p->missed = 0;
		else if (!p->missed)
			p->missed = xm_now_ms();
		if (p->there || (pins && spares(p->ifindex, s)))
			continue;
		log_info("%s: is watched no more", p->link.name[0] ? p->link.name : "a parent");
		parent_drop(w, p);
	}
}

/* As the engine's namespace, the old one, calls the new one */
static int32_t moved_nsid(struct watcher *w, const struct watched *p, struct xm_nl *nl)
{
	int fd = p->moved_to ? place_open(w, p->moved_to) : -1;
	int32_t ret = fd < 0 ? p->moved_nsid : place_id(nl, fd);

	if (fd >= 0)
		close(fd);
	return ret;
}

/* Parents that went to another namespace, before the engine takes them for deleted */
static void follow_moved(struct watcher *w, struct space *s, struct xm_engine *engine)
{
	for (struct watched *p = s->parents; p; p = p->next) {
		struct xm_err e = {};

		/* Not at once: who moves a device twice is not to be met on the way */
		if (!p->moved_ifindex || xm_now_ms() - p->moved_at < MOVED_MS)
			continue;
		if (xm_engine_move(engine, p->ifindex, moved_nsid(w, p, &engine->nl), p->moved_ifindex, &e))
			log_warning("%s: could not be followed to its new namespace: %s", p->link.name, e.text);
		else
			log_info("%s: was moved to another namespace, its endpoints follow", p->link.name);
		parent_moved(p, NULL, NSID_NONE, 0);
	}
}

static int run_engine(struct watcher *w, struct space *s, struct xm_err *e)
{
	struct xm_engine engine;
	bool wait = w->insist || w->stopping;
	int err = wait ? xm_engine_open(&engine, e) : xm_engine_try_open(&engine, e);

	w->locked_out |= err == -EBUSY;
	if (err)
		return err;
	engine.watching = true;
	engine.spares = spares;
	engine.spares_data = s;
	for (struct watched *p = s->parents; p; p = p->next)
		p->there = false;
	if (engine.netns_cookie == s->cookie)
		follow_moved(w, s, &engine);
	if (engine.netns_cookie != s->cookie)
		err = xm_fail(e, ENOENT, "a namespace was mistaken for another one");
	else if (w->stopping)
		err = xm_engine_unfollow(&engine, e);
	else
		err = session_follow(w, s, &engine, e);
	if (engine.broken.exit_code && strncmp(s->broken, engine.broken.text, 150))
		log_warning("%s", engine.broken.text);
	snprintf(s->broken, sizeof(s->broken), "%.150s", engine.broken.text);
	xm_engine_close(&engine);
	if ((err && err != -EAGAIN) || w->stopping)
		return err;
	drop_gone(w, s, true);
	return engine.spared ? -EAGAIN : err;
}

struct run {
	struct watcher *w;
	struct space *space;
	struct xm_err *e;
};

static int run_there(void *data)
{
	struct run *r = data;

	return run_engine(r->w, r->space, r->e);
}

static void session(struct watcher *w, struct space *s)
{
	struct xm_err e = {};
	struct run r = { w, s, &e };
	int fd = place_open(w, s->place), err = fd < 0 ? fd : xm_netns_run(fd, run_there, &r);

	if (fd >= 0)
		close(fd);
	if (w->locked_out)
		return; /* all is still to be done */
	if (err && err != -EAGAIN && !s->retry)
		log_warning("%s", e.text[0] ? e.text : strerror(-err));
	/* A second one later, and no more words until it has worked */
	s->retry = err;
	s->all = false;
}

static bool space_waits(const struct space *s)
{
	const struct watched *p = s->parents;

	while (p && p->how == XM_FOLLOW_NOT)
		p = p->next;
	return s->all || p;
}

/* A folder of pins: its namespace is lost if it is found nowhere */
static void take_folder(struct watcher *w, const char *name, bool *lost)
{
	struct space *s = w->spaces;
	struct place *place;
	struct watched *p;
	uint64_t cookie;
	uint32_t ifindex;

	if (!xm_pin_dir_parse(name, &cookie, &ifindex))
		return;
	while (s && s->cookie != cookie)
		s = s->next;
	if (!s) {
		place = place_by_cookie(w, cookie);
		if (!place || !space_add(w, cookie, place))
			*lost = true;
		return;
	}
	p = parent_by_ifindex(s, ifindex);
	if (p)
		p->there = true;
	else
		s->all = true;
}

static enum xm_follow_how none(struct xm_parent *xp, void *data)
{
	(void)xp;
	(void)data;
	return XM_FOLLOW_NOT;
}

/* The pins of namespaces that are no more: any session removes them */
static void clean_up(void)
{
	struct xm_follow follow = { .how = none };
	struct xm_engine engine;

	if (xm_engine_try_open(&engine, NULL))
		return; /* the scan is tried again, and commands do the same */
	xm_engine_follow(&engine, &follow, NULL);
	xm_engine_close(&engine);
}

static void scan(struct watcher *w)
{
	DIR *d = opendir(XM_PIN_ROOT);
	struct space *s, *next;
	struct dirent *de;
	bool lost = false;

	w->scan = false;
	for (s = w->spaces; s; s = s->next)
		for (struct watched *p = s->parents; p; p = p->next)
			p->there = false;
	while (d && (de = readdir(d)))
		take_folder(w, de->d_name, &lost);
	if (d)
		closedir(d);
	for (s = w->spaces; s; s = next) {
		next = s->next;
		drop_gone(w, s, false);
		lost |= s->place->nsid == NSID_NONE;
		if (s->place->nsid == NSID_NONE || (!s->parents && !s->all))
			space_drop(w, s);
	}
	if (!lost)
		w->scans = 0;
	else if (!w->scans)
		w->scans = LOST_SCANS;
	if (lost)
		clean_up();
}

void follow(struct watcher *w)
{
	for (struct place *p = w->places; p; p = p->next)
		p->read = false;
	if (w->scan)
		scan(w);
	w->locked_out = false;
	for (struct space *s = w->spaces; s && !w->locked_out; s = s->next)
		if (space_waits(s))
			session(w, s);
	places_sweep(w);
}

void follow_again(struct watcher *w)
{
	if (w->scans && --w->scans)
		w->scan = true;
	for (struct space *s = w->spaces; s; s = s->next)
		s->all |= s->retry;
}

void unfollow(struct watcher *w)
{
	w->stopping = true;
	w->locked_out = false;
	joined_beat(w, false);
	for (struct space *s = w->spaces; s; s = s->next)
		session(w, s);
}
