// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Network namespaces, identified by their inode in nsfs. They are opened by the kernel's handle
 * (before Linux 6.18 by the path of a mount or of a process) and never kept open. Each gets an id
 * in the watcher's namespace, so that its socket hears the namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/netns.h"
#include "watcher/watcher.h"

int32_t netns_assign_id(struct xm_nl *nl, int fd)
{
	int32_t ret = xm_netns_id(nl, fd);

	if (ret >= 0)
		return ret;
	xm_nl_begin(nl, RTM_NEWNSID, 0, sizeof(struct rtgenmsg));
	xm_nl_put_u32(nl, NETNSA_FD, fd);
	xm_nl_put_u32(nl, NETNSA_NSID, (uint32_t)-1); /* any number */
	xm_nl_talk(nl, NULL, NULL);
	return xm_netns_id(nl, fd);
}

void netns_refs_read_own_id(struct watcher *w)
{
	w->own_nsid = xm_netns_id(&w->nl, w->self);
}

static ino_t inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

static struct netns_ref *netns_ref_by_ino(struct watcher *w, ino_t ino)
{
	struct netns_ref *p = w->refs;

	while (p && (p->ino != ino || p->nsid == NSID_NONE))
		p = p->next;
	return p;
}

/* A name in XM_NETNS_DIR is preferred to another mount */
static int try_label(const char *path, ino_t ino, void *data)
{
	const size_t len = strlen(XM_NETNS_DIR "/");
	struct netns_ref *ref = data;
	bool named = !strncmp(path, XM_NETNS_DIR "/", len);

	if (ino == ref->ino && (named || !ref->label[0]))
		snprintf(ref->label, sizeof(ref->label), "netns %s", named ? path + len : path);
	return ino == ref->ino && named;
}

static void set_label(struct netns_ref *ref)
{
	ref->label[0] = '\0';
	xm_netns_each_mount(try_label, ref);
	if (!ref->label[0] && ref->nsid == XM_NSID_SELF)
		snprintf(ref->label, sizeof(ref->label), "own netns");
	else if (!ref->label[0])
		snprintf(ref->label, sizeof(ref->label), "netns net:[%lu]",
			 (unsigned long)ref->ino);
}

struct netns_ref *netns_ref_of(struct watcher *w, int fd)
{
	ino_t ino = inode(fd);
	struct netns_ref *p = ino ? netns_ref_by_ino(w, ino) : NULL;
	int32_t nsid = XM_NSID_SELF;

	if (ino && ino != inode(w->self)) {
		nsid = netns_assign_id(&w->nl, fd);
		if (nsid < 0)
			return NULL;
	}
	/* An inode number may be reused: then the id differs */
	if (p && p->nsid == nsid)
		return p;
	if (p)
		p->nsid = NSID_NONE;
	p = ino ? calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	p->ino = ino;
	p->nsid = nsid;
	xm_netns_handle_read(fd, &p->handle);
	set_label(p);
	p->next = w->refs;
	w->refs = p;
	return p;
}

struct netns_ref *netns_ref_by_nsid(struct watcher *w, int32_t nsid)
{
	struct netns_ref *p = w->refs;

	while (p && p->nsid != nsid)
		p = p->next;
	return p;
}

static int open_checked(const char *path, ino_t ino)
{
	int fd = xm_netns_open(path, NULL);

	if (fd < 0)
		return fd;
	if (inode(fd) == ino)
		return fd;
	close(fd);
	return -ENOENT;
}

struct netns_search {
	struct netns_ref *ref;
	struct watcher *w;
	uint64_t cookie;
	int fd;
};

static int try_path(const char *path, ino_t ino, void *data)
{
	struct netns_search *s = data;

	if (ino != s->ref->ino)
		return 0;
	s->fd = open_checked(path, ino);
	if (s->fd < 0)
		return 0;
	snprintf(s->ref->path, sizeof(s->ref->path), "%s",
		 strlen(path) < sizeof(s->ref->path) ? path : "");
	return 1;
}

int netns_ref_open(struct watcher *w, struct netns_ref *ref)
{
	struct netns_search s = { .ref = ref };
	int fd;

	if (ref->nsid == XM_NSID_SELF) {
		fd = fcntl(w->self, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	if (ref->nsid == NSID_NONE)
		return -ENOENT;
	fd = xm_netns_handle_open(&ref->handle, w->self);
	if (fd < 0 && ref->path[0])
		fd = open_checked(ref->path, ref->ino);
	if (fd < 0)
		fd = xm_netns_each_path(try_path, &s) ? s.fd : -ENOENT;
	/* Another namespace may have got the inode number of one that has ended */
	if (fd >= 0 && xm_netns_id(&w->nl, fd) != ref->nsid) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int netns_ref_enter(struct watcher *w, struct netns_ref *ref, struct xm_netns_scope *scope)
{
	int err, fd = netns_ref_open(w, ref);

	if (fd < 0)
		return fd;
	err = xm_netns_scope_enter(scope, fd);
	close(fd);
	return err;
}

/* Opens the namespace that the one of from_fd calls nsid */
static int open_from(int from_fd, int32_t nsid)
{
	struct xm_nl nl;
	int fd, err = xm_netns_nl_open(from_fd, &nl);

	if (err)
		return err;
	fd = xm_netns_open_nsid(&nl, nsid);
	xm_nl_close(&nl);
	return fd;
}

struct netns_ref *netns_ref_from(struct watcher *w, struct netns_ref *from, int32_t nsid)
{
	struct netns_ref *ret;
	int fd, from_fd = netns_ref_open(w, from);

	if (from_fd < 0)
		return NULL;
	fd = open_from(from_fd, nsid);
	close(from_fd);
	if (fd < 0)
		return NULL;
	ret = netns_ref_of(w, fd);
	close(fd);
	return ret;
}

static int try_cookie(int fd, uint64_t cookie, void *data)
{
	struct netns_search *s = data;

	if (cookie == s->cookie)
		s->ref = netns_ref_of(s->w, fd);
	return s->ref != NULL;
}

struct netns_ref *netns_ref_by_cookie(struct watcher *w, uint64_t cookie)
{
	struct netns_search s = { .w = w, .cookie = cookie };

	xm_netns_each(try_cookie, &s);
	return s.ref;
}

void netns_refs_free_unused(struct watcher *w)
{
	struct netns_ref **at = &w->refs;

	while (*at) {
		struct netns_ref *p = *at;

		if (p->users) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		xm_mcast_free(&p->mcast_groups);
		free(p);
	}
}
