// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sessions with the engine: what is marked is brought into line, and what has changed is told */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmdline.h"
#include "maps.h"
#include "names.h"
#include "watcher.h"

/* The devices of a namespace go some time after it: once a second for so long its pins are looked at again */
#define LOST_SCANS 5

/* So long a parent may be missed before it is taken for deleted */
#define MISSED_MS 5000
/* ... and so long one that was moved may go on */
#define MOVED_MS 150

/* A session: where, and the engine of it */
struct session {
	struct watcher *w;
	struct space *space;
	struct xm_engine *engine;
	struct watched *parent; /* the engine is at it, since how() */
	bool failed; /* something was not looked at */
};

static void tell_parent(const struct watched *p, const struct xm_link *now)
{
	bool had = p->link.flags & XM_LINK_CARRIER, has = now->flags & XM_LINK_CARRIER;
	char text[XM_MAC_TEXT];

	if (!p->link.ifindex) {
		log_info("%s: watched", now->name);
		if (!has)
			log_info("%s: no carrier, its endpoints have none", now->name);
		return;
	}
	if (strcmp(p->link.name, now->name))
		log_info("%s: is called %s now", p->link.name, now->name);
	if (had != has)
		log_info("%s: carrier %s, its endpoints follow", now->name, has ? "is back" : "lost");
	if (p->link.mtu != now->mtu)
		log_info("%s: mtu %u", now->name, now->mtu);
	if (memcmp(p->link.mac, now->mac, XM_MAC_LEN))
		log_info("%s: address %s", now->name, xm_mac_text(now->mac, text));
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static enum xm_follow_how how(struct xm_parent *xp, void *data)
{
	struct session *s = data;
	struct watched *p = parent_by_ifindex(s->space, xp->meta.parent_ifindex);
	uint32_t groups_id = map_id(xp->maps[XM_MAP_GROUPS]);
	enum xm_follow_how ret;

	if (p && p->groups_id != groups_id) {
		parent_drop(s->w, p);
		p = NULL;
	}
	if (!p) {
		p = parent_add(s->space, xp);
		if (!p) {
			s->failed = true;
			return XM_FOLLOW_NOT;
		}
		p->groups_id = groups_id;
		joined_adopt(p);
	}
	s->parent = p;
	p->there = true;
	ret = s->space->all ? XM_FOLLOW_ALL : p->how;
	p->how = XM_FOLLOW_NOT;
	for (uint32_t i = 0; i < p->reached; i++)
		if (p->at[i])
			p->at[i]->there = false;
	return ret;
}

static bool wanted(struct xm_parent *xp, const struct xm_slot *ep, void *data)
{
	const struct session *s = data;
	struct endpoint *e = endpoint_at(s->parent, ep->slot);

	(void)xp;
	/* What is not looked at is there all the same */
	if (e && !e->wanted && e->host_ifindex == ep->rec.host_ifindex) {
		e->there = true;
		return false;
	}
	return true;
}

static struct place *find_place(struct session *s, const struct endpoint *e, const struct xm_slot *ep)
{
	struct place *ret;
	int fd;

	if (ep->rec.peer_nsid == XM_NSID_SELF)
		return s->space->place;
	/* An id may come to mean another namespace only after the death of the one that had it */
	if (e->place && e->place->nsid != NSID_NONE && e->host_ifindex == ep->rec.host_ifindex &&
	    e->peer_nsid == ep->rec.peer_nsid)
		return e->place;
	fd = xm_netns_open_nsid(&s->engine->nl, ep->rec.peer_nsid);
	if (fd < 0)
		return NULL;
	ret = place_of(s->w, fd);
	close(fd);
	return ret;
}

static void tell_endpoint(const struct endpoint *e, const struct xm_slot *ep, const struct xm_err *refused)
{
	const struct xm_port *was = &e->port, *is = &ep->rec.port;
	const char *text = refused ? refused->text : "";
	char mac[XM_MAC_TEXT];

	if (strncmp(e->refused, text, 150) && *text)
		log_warning("%s: not followed: %s", ep->rec.name, text);
	if (e->host_ifindex != ep->rec.host_ifindex) {
		if (e->parent->exact) /* not all of them at the start */
			log_info("%s: is new", ep->rec.name);
		return;
	}
	if (memcmp(was->mac, is->mac, XM_MAC_LEN)) {
		e->parent->freed = true;
		log_info("%s: address %s", ep->rec.name, xm_mac_text(is->mac, mac));
	}
	if (was->mtu != is->mtu)
		log_info("%s: mtu %u", ep->rec.name, is->mtu);
	if (e->peer_nsid != ep->rec.peer_nsid)
		log_info("%s: was moved to another namespace", ep->rec.name);
}

/* Whoever listens to everything gets everything */
static bool hears_all(const struct xm_link *peer)
{
	return peer->promiscuity || peer->allmulti || peer->flags & (IFF_PROMISC | IFF_ALLMULTI);
}

static bool seen(struct xm_parent *xp, struct xm_slot *ep, const struct xm_err *refused, void *data)
{
	struct session *s = data;
	struct endpoint *e = endpoint_at(s->parent, ep->slot);

	(void)xp;
	if (!e)
		e = endpoint_add(s->parent, ep->slot);
	if (!e)
		return false;
	tell_endpoint(e, ep, refused);
	snprintf(e->refused, sizeof(e->refused), "%.150s", refused ? refused->text : "");
	snprintf(e->name, sizeof(e->name), "%s", ep->rec.name);
	endpoint_settle(s->w, e, find_place(s, e, ep), ep->rec.peer_ifindex);
	e->port = ep->rec.port;
	e->host_ifindex = ep->rec.host_ifindex;
	e->peer_nsid = ep->rec.peer_nsid;
	e->wanted = false;
	e->there = true;
	e->known = e->place && !joined_read(s->w, e->place) && !joined_update(e);
	return e->known && !hears_all(&ep->peer);
}

/* An address that was refused may have become free */
static void try_refused(struct watched *p)
{
	for (uint32_t i = 0; i < p->reached && p->freed; i++)
		if (p->at[i] && p->at[i]->refused[0])
			endpoint_want(p->at[i]);
	p->freed = false;
}

static void done(struct xm_parent *xp, void *data)
{
	struct session *s = data;
	struct watched *p = s->parent;

	for (uint32_t i = 0; i < p->reached; i++) {
		struct endpoint *e = p->at[i];

		if (!e || e->there)
			continue;
		p->freed = true;
		if (e->name[0]) /* else adopted entries of one that was gone before we came */
			log_info("%s: is gone", e->name);
		endpoint_drop(s->w, e);
	}
	try_refused(p);
	tell_parent(p, &xp->link);
	p->link = xp->link;
	p->exact = true;
	if (p->announce)
		announce(xp);
	p->announce = false;
}

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

/* Parents that went to another namespace, before the engine takes them for deleted */
static void follow_moved(struct space *s, struct xm_engine *engine)
{
	for (struct watched *p = s->parents; p; p = p->next) {
		struct xm_err e = {};

		/* Not at once: who moves a device twice is not to be met on the way */
		if (!p->moved_ifindex || xm_now_ms() - p->moved_at < MOVED_MS)
			continue;
		if (xm_engine_move(engine, p->ifindex, p->moved_nsid, p->moved_ifindex, &e))
			log_warning("%s: could not be followed to its new namespace: %s", p->link.name, e.text);
		else
			log_info("%s: was moved to another namespace, its endpoints follow", p->link.name);
		p->moved_ifindex = 0;
	}
}

static int run_engine(struct watcher *w, struct space *s, struct xm_err *e)
{
	struct xm_engine engine;
	struct session session = { .w = w, .space = s, .engine = &engine };
	struct xm_follow follow = { .how = how, .wanted = wanted, .seen = seen, .done = done, .data = &session };
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
		follow_moved(s, &engine);
	if (engine.netns_cookie != s->cookie)
		err = xm_fail(e, ENOENT, "a namespace was mistaken for another one");
	else if (w->stopping)
		err = xm_engine_unfollow(&engine, e);
	else
		err = xm_engine_follow(&engine, &follow, e);
	if (engine.broken.exit_code && strncmp(s->broken, engine.broken.text, 150))
		log_warning("%s", engine.broken.text);
	snprintf(s->broken, sizeof(s->broken), "%.150s", engine.broken.text);
	xm_engine_close(&engine);
	if (err || w->stopping)
		return err;
	drop_gone(w, s, true);
	return engine.spared || session.failed ? -EAGAIN : 0;
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

	if (!xm_folder_parse(name, &cookie, &ifindex))
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
