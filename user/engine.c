// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Session: lock, folders of pins, and the commands as sequences of the parts */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "netns.h"
#include "parent.h"

void xm_pin_dir(const struct xm_engine *engine, uint32_t ifindex, char *ret, size_t size)
{
	snprintf(ret, size, XM_PIN_ROOT "/n%llu-%u", (unsigned long long)engine->netns_cookie, ifindex);
}

int xm_pin_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char path[1024];

	if (!d)
		return -errno;
	while ((de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		unlink(path);
	}
	closedir(d);
	return rmdir(dir) ? -errno : 0;
}

static int check_bpffs(struct xm_err *e)
{
	struct statfs fs;

	if (!statfs(XM_BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	return xm_fail(e, ENODEV,
		       "no bpffs on " XM_BPFFS ": mount it (mount -t bpf bpf " XM_BPFFS
		       "); under 'ip netns exec' it is hidden: use 'xmacvlan -n NETNS' instead");
}

static int take_lock(struct xm_err *e)
{
	int fd;

	if (mkdir(XM_PIN_ROOT, 0700) && errno != EEXIST)
		return xm_fail(e, errno, "cannot create " XM_PIN_ROOT ": %s", strerror(errno));
	fd = open(XM_PIN_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return xm_fail(e, errno, "cannot open " XM_PIN_ROOT ": %s", strerror(errno));
	while (flock(fd, LOCK_EX))
		if (errno != EINTR) {
			int err = xm_fail(e, errno, "cannot lock " XM_PIN_ROOT ": %s", strerror(errno));

			close(fd);
			return err;
		}
	return fd;
}

/* A namespace that died took its devices with it, the parent among them: its pins hold nothing any more */
static bool parent_is_gone(const char *dir)
{
	uint32_t key = XM_SLOT_PARENT, ifindex;
	char path[2048];
	bool gone;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[XM_MAP_DEVICES]);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	gone = bpf_map_lookup_elem(fd, &key, &ifindex) && errno == ENOENT;
	close(fd);
	return gone;
}

/*
 * Walks the folders: half-made ones and those of dead namespaces go, the ifindexes of this namespace's
 * are collected. Returns their number or -errno.
 */
static int walk_pins(struct xm_engine *engine, uint32_t **ret, struct xm_err *e)
{
	DIR *d = opendir(XM_PIN_ROOT);
	unsigned long long cookie;
	struct dirent *de;
	unsigned int ifindex;
	char path[1024];
	int n = 0;

	*ret = NULL;
	if (!d)
		return xm_fail(e, errno, "cannot read " XM_PIN_ROOT ": %s", strerror(errno));
	while ((de = readdir(d))) {
		int end = 0;

		snprintf(path, sizeof(path), XM_PIN_ROOT "/%s", de->d_name);
		if (!strncmp(de->d_name, "new-", 4)) {
			xm_pin_remove(path);
			continue;
		}
		if (sscanf(de->d_name, "n%llu-%u%n", &cookie, &ifindex, &end) != 2 || de->d_name[end])
			continue;
		if (cookie == engine->netns_cookie) {
			uint32_t *more = realloc(*ret, (n + 1) * sizeof(*more));

			if (!more) {
				closedir(d);
				return xm_fail(e, ENOMEM, "out of memory");
			}
			*ret = more;
			more[n++] = ifindex;
		} else if (parent_is_gone(path)) {
			xm_pin_remove(path);
		}
	}
	closedir(d);
	return n;
}

int xm_engine_parents(struct xm_engine *engine, uint32_t **ret, struct xm_err *e)
{
	return walk_pins(engine, ret, e);
}

int xm_engine_open(struct xm_engine *engine, struct xm_err *e)
{
	int err;

	memset(engine, 0, sizeof(*engine));
	engine->lock = -1;
	if (geteuid())
		return xm_fail(e, EPERM, "xmacvlan has to be run as root");
	err = check_bpffs(e);
	if (err)
		return err;
	xm_libbpf_quiet();
	err = xm_netns_cookie(&engine->netns_cookie);
	if (err)
		return xm_fail(e, err, "the kernel has no network namespace cookies (needs Linux 5.14): %s",
			       strerror(-err));
	err = xm_nl_open(&engine->nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	engine->lock = take_lock(e);
	if (engine->lock < 0) {
		err = engine->lock;
		xm_engine_close(engine);
		return err;
	}
	return 0;
}

void xm_engine_close(struct xm_engine *engine)
{
	if (engine->lock >= 0)
		close(engine->lock);
	engine->lock = -1;
	xm_nl_close(&engine->nl);
}

int xm_parent_stats(const struct xm_parent *p, uint32_t slot, struct xm_stats *ret)
{
	return xm_stats_read(p->maps[XM_MAP_STATS], slot, ret);
}

/*
 * Opens every parent of the namespace in turn. each() returns 0 to go on, 1 to keep the parent open and
 * stop, or -errno. A parent that a repair left without use is released on the way.
 */
static int each_parent(struct xm_engine *engine, struct xm_parent *p, int (*each)(struct xm_parent *, void *),
		       void *data, struct xm_err *e)
{
	uint32_t *ifindexes;
	int err = 0, n = walk_pins(engine, &ifindexes, e);

	for (int i = 0; i < n && !err; i++) {
		err = xm_parent_open(engine, ifindexes[i], p, e);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (err)
			break;
		err = each(p, data);
		if (err != 1)
			xm_parent_close(p);
	}
	free(ifindexes);
	return n < 0 ? n : err;
}

static int has_name(struct xm_parent *p, void *name)
{
	return xm_slot_by_name(p, name) ? 1 : 0;
}

/* Opens the parent that has the endpoint. 1, 0: there is none, or -errno. */
static int find_endpoint(struct xm_engine *engine, const char *name, struct xm_parent *p, struct xm_err *e)
{
	return each_parent(engine, p, has_name, (void *)name, e);
}

static int need_endpoint(struct xm_engine *engine, const char *name, struct xm_parent *p, struct xm_err *e)
{
	int ret = find_endpoint(engine, name, p, e);

	if (ret == 0)
		return xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return ret < 0 ? ret : 0;
}

struct walk {
	int (*each)(struct xm_parent *, void *);
	void *data;
	struct xm_err *e;
};

static int sync_and_look(struct xm_parent *p, void *data)
{
	struct walk *walk = data;
	int err = xm_sync(p, walk->e);

	return err ? err : walk->each(p, walk->data);
}

int xm_engine_each(struct xm_engine *engine, int (*each)(struct xm_parent *, void *), void *data,
		   struct xm_err *e)
{
	struct walk walk = { each, data, e };
	struct xm_parent p;

	return each_parent(engine, &p, sync_and_look, &walk, e);
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	struct xm_parent p;
	int err = find_endpoint(engine, add->name, &p, e);

	if (err == 1) {
		err = xm_fail(e, EEXIST, "endpoint '%s' exists already, on %s", add->name, xm_parent_name(&p));
		xm_parent_close(&p);
	}
	if (!err)
		err = xm_parent_need(engine, add->link, -1, &p, e);
	if (err)
		return err;
	err = xm_endpoint_create(&p, add, e);
	if (err)
		xm_parent_release(&p, NULL);
	xm_parent_close(&p);
	return err;
}

int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e)
{
	struct xm_parent p;
	int err = need_endpoint(engine, name, &p, e);

	if (err)
		return err;
	err = xm_endpoint_set(&p, xm_slot_by_name(&p, name), settings, e);
	xm_parent_close(&p);
	return err;
}

int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	struct xm_parent p;
	int err = need_endpoint(engine, name, &p, e);

	if (err)
		return err;
	err = xm_endpoint_remove(&p, xm_slot_by_name(&p, name), e);
	if (!err)
		err = xm_parent_update(&p, e);
	if (!err)
		err = xm_parent_release(&p, e);
	xm_parent_close(&p);
	return err;
}

/* A refused wish leaves what was */
static int change_xdp(struct xm_parent *p, uint8_t wish, struct xm_err *e)
{
	uint8_t before = p->meta.xdp_wish;
	int err;

	p->meta.xdp_wish = wish;
	err = xm_attach_xdp(p, e);
	if (err) {
		p->meta.xdp_wish = before;
		xm_attach_xdp(p, NULL);
	}
	return err;
}

int xm_engine_attach(struct xm_engine *engine, const char *parent, int xdp, struct xm_err *e)
{
	struct xm_parent p;
	int err = xm_parent_need(engine, parent, xdp, &p, e);

	if (err)
		return err;
	if (xdp >= 0 && p.meta.xdp_wish != xdp)
		err = change_xdp(&p, xdp, e);
	if (!err)
		err = xm_sync(&p, e);
	p.meta.state |= XM_PARENT_BY_HAND;
	if (!err)
		err = xm_parent_save(&p, e);
	if (err)
		xm_parent_release(&p, NULL);
	xm_parent_close(&p);
	return err;
}

int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e)
{
	struct xm_link link;
	struct xm_parent p;
	int err = xm_link_get(&engine->nl, XM_NSID_SELF, parent, 0, &link);

	if (err)
		return xm_fail(e, err, "no such parent '%s': %s", parent, xm_nl_why(&engine->nl, err));
	err = xm_parent_open(engine, link.ifindex, &p, e);
	if (err == -ENOENT)
		return xm_fail(e, err, "%s is not attached", parent);
	if (err)
		return err;
	if (p.count && !force)
		err = xm_fail(e, EBUSY, "%s has %zu endpoint%s: delete them first, or say 'force'", parent,
			      p.count, p.count == 1 ? "" : "s");
	else
		err = xm_parent_destroy(&p, e);
	xm_parent_close(&p);
	return err;
}
