// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a session with the engine finds: told, and kept for the next one */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pins/maps.h"
#include "watcher/watcher.h"

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
	uint32_t groups_id = map_id(xp->maps[XM_MAP_MCAST_GROUPS]);
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

static bool wanted(struct xm_parent *xp, const struct xm_endpoint *ep, void *data)
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

static struct place *find_place(struct session *s, const struct endpoint *e, const struct xm_endpoint *ep)
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

static void tell_endpoint(struct endpoint *e, const struct xm_endpoint *ep, const struct xm_err *refused)
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
		e->parent->freed = e->tell = true;
		if (e->parent->tell == TELL_NONE)
			e->parent->tell = TELL_SOME;
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

static bool seen(struct xm_parent *xp, struct xm_endpoint *ep, const struct xm_err *refused, void *data)
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
	if (p->tell != TELL_NONE)
		announce(p, xp);
	p->tell = TELL_NONE;
}

int session_follow(struct watcher *w, struct space *space, struct xm_engine *engine, struct xm_err *e)
{
	struct session s = { .w = w, .space = space, .engine = engine };
	struct xm_follow follow = { .how = how, .wanted = wanted, .seen = seen, .done = done, .data = &s };
	int err = xm_engine_follow(engine, &follow, e);

	return !err && s.failed ? -EAGAIN : err;
}
