// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Network namespaces: known by the inode of nsfs, opened by what leads there (a mount, a process), never
 * held, and given an id in the watcher's namespace so that its socket hears them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watcher/watcher.h"

int32_t place_id(struct xm_nl *nl, int fd)
{
	int32_t ret = xm_netns_id(nl, fd);
	struct xm_req req;

	if (ret >= 0)
		return ret;
	xm_nl_begin(&req, RTM_NEWNSID, 0, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(req.nlh, NETNSA_FD, fd);
	mnl_attr_put_u32(req.nlh, NETNSA_NSID, (uint32_t)-1); /* any number */
	xm_nl_talk(nl, &req, NULL, NULL);
	return xm_netns_id(nl, fd);
}

void places_own_id(struct watcher *w)
{
	w->own_nsid = xm_netns_id(&w->nl, w->self);
}

static ino_t inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

static struct place *by_ino(struct watcher *w, ino_t ino)
{
	struct place *p = w->places;

	while (p && (p->ino != ino || p->nsid == NSID_NONE))
		p = p->next;
	return p;
}

struct place *place_of(struct watcher *w, int fd)
{
	ino_t ino = inode(fd);
	struct place *p = ino ? by_ino(w, ino) : NULL;
	int32_t nsid = XM_NSID_SELF;

	if (ino && ino != inode(w->self)) {
		nsid = place_id(&w->nl, fd);
		if (nsid < 0)
			return NULL;
	}
	/* An inode may be used again: then the id is another one */
	if (p && p->nsid == nsid)
		return p;
	if (p)
		p->nsid = NSID_NONE;
	p = ino ? calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	p->ino = ino;
	p->nsid = nsid;
	p->next = w->places;
	w->places = p;
	return p;
}

struct place *place_by_nsid(struct watcher *w, int32_t nsid)
{
	struct place *p = w->places;

	while (p && p->nsid != nsid)
		p = p->next;
	return p;
}

static int open_checked(const char *path, ino_t ino)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (inode(fd) == ino)
		return fd;
	close(fd);
	return -ENOENT;
}

struct search {
	struct place *place;
	struct watcher *w;
	uint64_t cookie;
	int fd;
};

static int try_path(const char *path, ino_t ino, void *data)
{
	struct search *s = data;

	if (ino != s->place->ino)
		return 0;
	s->fd = open_checked(path, ino);
	if (s->fd < 0)
		return 0;
	snprintf(s->place->path, sizeof(s->place->path), "%s", strlen(path) < sizeof(s->place->path) ? path : "");
	return 1;
}

int place_open(struct watcher *w, struct place *place)
{
	struct search s = { .place = place };
	int fd;

	if (place->nsid == XM_NSID_SELF)
		return dup(w->self);
	if (place->nsid == NSID_NONE)
		return -ENOENT;
	fd = place->path[0] ? open_checked(place->path, place->ino) : -ENOENT;
	if (fd < 0)
		fd = xm_netns_each_path(try_path, &s) ? s.fd : -ENOENT;
	/* The inode of a namespace that died may be another one's */
	if (fd >= 0 && xm_netns_id(&w->nl, fd) != place->nsid) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

struct lead {
	int32_t nsid;
	int fd;
};

static int take_lead(void *data)
{
	struct lead *l = data;
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return err;
	l->fd = xm_netns_open_nsid(&nl, l->nsid);
	xm_nl_close(&nl);
	return 0;
}

struct place *place_from(struct watcher *w, struct place *from, int32_t nsid)
{
	struct lead lead = { .nsid = nsid, .fd = -1 };
	struct place *ret = NULL;
	int fd = place_open(w, from);

	if (fd < 0)
		return NULL;
	xm_netns_run(fd, take_lead, &lead);
	close(fd);
	if (lead.fd < 0)
		return NULL;
	ret = place_of(w, lead.fd);
	close(lead.fd);
	return ret;
}

static int try_cookie(int fd, uint64_t cookie, void *data)
{
	struct search *s = data;

	if (cookie == s->cookie)
		s->place = place_of(s->w, fd);
	return s->place != NULL;
}

struct place *place_by_cookie(struct watcher *w, uint64_t cookie)
{
	struct search s = { .w = w, .cookie = cookie };

	xm_netns_each(try_cookie, &s);
	return s.place;
}

void places_sweep(struct watcher *w)
{
	struct place **at = &w->places;

	while (*at) {
		struct place *p = *at;

		if (p->users) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		xm_mcast_free(&p->groups);
		free(p);
	}
}
