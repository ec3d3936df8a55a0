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

#include "ethtool.h"
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

/* The folder's lock. -EAGAIN: somebody removed the folder meanwhile, the lock of another one is wanted. */
static int lock_folder(struct xm_err *e)
{
	struct stat locked, named;
	int err, fd;

	if (mkdir(XM_PIN_ROOT, 0700) && errno != EEXIST)
		return xm_fail(e, errno, "cannot create " XM_PIN_ROOT ": %s", strerror(errno));
	fd = open(XM_PIN_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EAGAIN :
					 xm_fail(e, errno, "cannot open " XM_PIN_ROOT ": %s", strerror(errno));
	while ((err = flock(fd, LOCK_EX) ? -errno : 0) == -EINTR)
		;
	if (err)
		xm_fail(e, err, "cannot lock " XM_PIN_ROOT ": %s", strerror(-err));
	else if (fstat(fd, &locked) || stat(XM_PIN_ROOT, &named) || locked.st_ino != named.st_ino)
		err = -EAGAIN;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int take_lock(struct xm_err *e)
{
	int fd;

	do
		fd = lock_folder(e);
	while (fd == -EAGAIN);
	return fd;
}

static bool slot_has_device(int devices_fd, uint32_t slot)
{
	uint32_t ifindex;

	return !bpf_map_lookup_elem(devices_fd, &slot, &ifindex) || errno != ENOENT;
}

/*
 * A namespace that died took its devices with it, the parent and all host ends: its pins hold nothing any
 * more. While one host end is left the namespace lives, and a command there will clean up. Pins of
 * another ABI are left alone: we cannot tell what they mean.
 */
static bool namespace_is_dead(const char *dir)
{
	uint32_t slot, *at = NULL;
	int maps[XM_MAP_COUNT];
	bool dead;

	if (xm_maps_open(dir, maps, NULL))
		return false;
	dead = !slot_has_device(maps[XM_MAP_DEVICES], XM_SLOT_PARENT);
	while (dead && !bpf_map_get_next_key(maps[XM_MAP_ENDPOINTS], at, &slot)) {
		dead = !slot_has_device(maps[XM_MAP_DEVICES], slot);
		at = &slot;
	}
	xm_maps_close(maps);
	return dead;
}

static void free_parent(struct xm_parent *p)
{
	xm_parent_close(p);
	free(p);
}

/* Frees the parents that are gone, or all */
static void reap(struct xm_engine *engine, bool all)
{
	struct xm_parent **at = &engine->parents;

	while (*at) {
		struct xm_parent *p = *at;

		if (!all && !p->gone) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		if (engine->near == p)
			engine->near = NULL;
		free_parent(p);
	}
}

static int load_parent(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e)
{
	struct xm_parent *p = calloc(1, sizeof(*p));
	struct xm_err why = {};
	int err = p ? xm_parent_open(engine, ifindex, p, &why) : -ENOMEM;

	if (err) {
		free(p);
		/* Pins that are not ours are this parent's matter alone */
		if (err == -EPROTO && !engine->broken.exit_code)
			engine->broken = why;
		if (err == -ENOENT || err == -EPROTO)
			return 0;
		return xm_fail(e, err, "%s", why.text[0] ? why.text : strerror(-err));
	}
	p->next = engine->parents;
	engine->parents = p;
	return 0;
}

/* One folder of pins: half-made ones and those of dead namespaces go, this namespace's are loaded */
static int load_folder(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	unsigned long long cookie;
	unsigned int ifindex;
	char path[1024];
	int end = 0;

	snprintf(path, sizeof(path), XM_PIN_ROOT "/%s", name);
	if (!strncmp(name, "new-", 4))
		xm_pin_remove(path);
	else if (sscanf(name, "n%llu-%u%n", &cookie, &ifindex, &end) != 2 || name[end])
		return 0;
	else if (cookie == engine->netns_cookie)
		return load_parent(engine, ifindex, e);
	else if (namespace_is_dead(path))
		xm_pin_remove(path);
	return 0;
}

int xm_engine_load(struct xm_engine *engine, struct xm_err *e)
{
	struct dirent *de;
	int err = 0;
	DIR *d;

	if (engine->loaded)
		return 0;
	d = opendir(XM_PIN_ROOT);
	if (!d)
		return xm_fail(e, errno, "cannot read " XM_PIN_ROOT ": %s", strerror(errno));
	while (!err && (de = readdir(d)))
		err = load_folder(engine, de->d_name, e);
	closedir(d);
	engine->loaded = !err;
	if (err)
		reap(engine, true);
	return err;
}

int xm_engine_open(struct xm_engine *engine, struct xm_err *e)
{
	int err;

	memset(engine, 0, sizeof(*engine));
	engine->netns.fd = engine->lock = engine->ethtool = engine->peer_ethtool = -1;
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
	engine->ethtool = xm_ethtool_open();
	if (engine->ethtool < 0)
		err = xm_fail(e, engine->ethtool, "cannot open a socket: %s", strerror(-engine->ethtool));
	engine->lock = err ? err : take_lock(e);
	if (engine->lock >= 0)
		return 0;
	err = engine->lock;
	xm_engine_close(engine);
	return err;
}

static int for_each_parent(struct xm_engine *engine, int (*fn)(struct xm_parent *, struct xm_err *),
			   struct xm_err *e)
{
	int ret = 0;

	for (struct xm_parent *p = engine->parents; p; p = p->next) {
		int err = p->gone ? 0 : fn(p, ret ? NULL : e);

		ret = ret ? ret : err;
	}
	return ret;
}

int xm_engine_flush(struct xm_engine *engine, struct xm_err *e)
{
	int added = for_each_parent(engine, xm_endpoint_complete, e);
	int deleted = for_each_parent(engine, xm_endpoint_flush, added ? NULL : e);

	/* A parent may have been attached for what could not be completed */
	if (added)
		for_each_parent(engine, xm_parent_release, NULL);
	reap(engine, false);
	return added ? added : deleted;
}

/* What every call but add and del begins with */
static int start(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_engine_load(engine, e);

	engine->near = NULL;
	return err ? err : xm_engine_flush(engine, e);
}

/* ... when it is about whole parents: without the endpoints that lost their devices */
static int start_swept(struct xm_engine *engine, struct xm_err *e)
{
	int err = start(engine, e);

	for (struct xm_parent *p = engine->parents; p && !err; p = p->next) {
		int ret = p->gone ? 0 : xm_parent_sweep(p, e);

		err = ret < 0 ? ret : xm_parent_release(p, e);
	}
	reap(engine, false);
	return err;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void xm_engine_close(struct xm_engine *engine)
{
	xm_engine_flush(engine, NULL);
	xm_stats_finish();
	reap(engine, true);
	xm_netns_close(&engine->netns);
	drop(&engine->peer_ethtool);
	drop(&engine->ethtool);
	drop(&engine->lock);
	xm_nl_close(&engine->nl);
}

int xm_parent_stats(struct xm_parent *p, uint32_t slot, struct xm_stats *ret)
{
	return xm_stats_read(p->maps[XM_MAP_STATS], &p->chunk, slot, ret);
}

struct xm_parent *xm_engine_parent(struct xm_engine *engine, uint32_t ifindex)
{
	struct xm_parent *p = engine->parents;

	while (p && (p->gone || p->meta.parent_ifindex != ifindex))
		p = p->next;
	return p;
}

/* Something asked for may be among what could not be loaded */
static int tell_broken(struct xm_engine *engine, struct xm_err *e)
{
	return engine->broken.exit_code ? xm_fail(e, EPROTO, "%s", engine->broken.text) : 0;
}

static struct xm_parent *parent_of(struct xm_engine *engine, const char *name)
{
	struct xm_parent *p = engine->parents;

	while (p && (p->gone || !xm_slot_by_name(p, name)))
		p = p->next;
	return p;
}

/*
 * The parent that has the endpoint. NULL: none, or *err when the parents could not be loaded. An endpoint
 * that lost its devices is none, and goes.
 */
static struct xm_parent *find_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p;
	int ret;

	*err = xm_engine_load(engine, e);
	p = *err ? NULL : parent_of(engine, name);
	ret = p ? xm_parent_has_device(p, xm_slot_by_name(p, name)->slot, e) : 1;
	if (!ret) {
		ret = xm_parent_sweep(p, e);
		if (ret >= 0)
			ret = xm_parent_release(p, e);
		p = NULL;
	}
	if (ret < 0)
		*err = ret;
	return ret < 0 ? NULL : p;
}

static struct xm_parent *need_endpoint(struct xm_engine *engine, const char *name, int *err,
				       struct xm_err *e)
{
	struct xm_parent *p = find_endpoint(engine, name, err, e);

	if (!p && !*err)
		*err = tell_broken(engine, e);
	if (!p && !*err)
		*err = xm_fail(e, ENOENT, "no such endpoint '%s'", name);
	return p;
}

int xm_engine_each(struct xm_engine *engine, int (*each)(struct xm_parent *, void *), void *data,
		   struct xm_err *e)
{
	int err = start_swept(engine, e);

	for (struct xm_parent *p = engine->parents; !err && p; p = p->next) {
		if (p->gone)
			continue;
		err = xm_sync(p, e);
		if (!err)
			err = each(p, data);
	}
	return err ? err : tell_broken(engine, e);
}

/* Ends an operation on a parent: nothing may be left that nobody asked for */
static int finish(struct xm_engine *engine, struct xm_parent *p, int err, struct xm_err *e)
{
	int ret = xm_parent_release(p, err ? NULL : e);

	reap(engine, false);
	return err ? err : ret;
}

/*
 * The parent of that name. A batch names one over and over: it is not looked up again until something
 * else than an add is done, or one fails.
 */
static int find_parent(struct xm_engine *engine, const char *name, struct xm_parent **ret, struct xm_err *e)
{
	int err;

	if (engine->near && !strcmp(engine->near_name, name)) {
		*ret = engine->near;
		return 0;
	}
	engine->near = NULL;
	err = xm_parent_need(engine, name, -1, ret, e);
	if (!err)
		snprintf(engine->near_name, sizeof(engine->near_name), "%s", name);
	return err;
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	struct xm_parent *p;
	int err = xm_engine_load(engine, e);

	if (!err)
		err = for_each_parent(engine, xm_endpoint_flush, e);
	if (err)
		return err;
	p = find_endpoint(engine, add->name, &err, e);
	if (p)
		return xm_fail(e, EEXIST, "endpoint '%s' exists already, on %s", add->name, xm_parent_name(p));
	if (!err)
		err = find_parent(engine, add->link, &p, e);
	if (err)
		return err;
	err = xm_endpoint_create(p, add, e);
	engine->near = err ? NULL : p;
	return err ? finish(engine, p, err, e) : 0;
}

int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e)
{
	int err = start(engine, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);

	return p ? xm_endpoint_set(p, xm_slot_by_name(p, name), settings, e) : err;
}

int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	int err = for_each_parent(engine, xm_endpoint_complete, e);
	struct xm_parent *p = err ? NULL : need_endpoint(engine, name, &err, e);

	engine->near = NULL;
	if (!p)
		return err;
	err = xm_endpoint_remove(p, xm_slot_by_name(p, name), e);
	if (!err)
		err = xm_parent_update(p, e);
	return finish(engine, p, err, e);
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

/* The guard is the XDP program's: without one it would be a promise that nobody keeps */
static int change_guard(struct xm_parent *p, int guard, struct xm_err *e)
{
	if (guard >= 0)
		p->meta.state &= ~XM_PARENT_GUARD;
	if (guard > 0)
		p->meta.state |= XM_PARENT_GUARD;
	if (!(p->meta.state & XM_PARENT_GUARD) || p->meta.xdp != XM_XDP_OFF)
		return 0;
	return xm_fail(e, EINVAL, "guard needs XDP on %s, which is off: %s", xm_parent_name(p),
		       p->meta.xdp_reason);
}

/* Both wishes or none */
static int change(struct xm_parent *p, int xdp, int guard, struct xm_err *e)
{
	uint32_t had = p->meta.state & XM_PARENT_GUARD;
	uint8_t wish = p->meta.xdp_wish;
	int err = xdp >= 0 && wish != xdp ? change_xdp(p, xdp, e) : 0;

	if (err)
		return err;
	err = change_guard(p, guard, e);
	if (!err)
		return xm_parent_update(p, e);
	p->meta.state = (p->meta.state & ~XM_PARENT_GUARD) | had;
	if (p->meta.xdp_wish != wish)
		change_xdp(p, wish, NULL);
	return err;
}

int xm_engine_attach(struct xm_engine *engine, const char *parent, int xdp, int guard, struct xm_err *e)
{
	struct xm_parent *p;
	int err = start_swept(engine, e);

	if (!err)
		err = xm_parent_need(engine, parent, xdp, &p, e);
	if (err)
		return err;
	err = change(p, xdp, guard, e);
	if (!err)
		err = xm_sync(p, e);
	if (!err) {
		p->meta.state |= XM_PARENT_BY_HAND;
		err = xm_parent_save(p, e);
	}
	return finish(engine, p, err, e);
}

int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e)
{
	struct xm_parent *p;
	struct xm_link link;
	int err = start_swept(engine, e);

	if (err)
		return err;
	err = xm_link_get(&engine->nl, XM_NSID_SELF, parent, 0, &link);
	if (err)
		return xm_fail(e, err, "no such parent '%s': %s", parent, xm_nl_why(&engine->nl, err));
	p = xm_engine_parent(engine, link.ifindex);
	if (!p && tell_broken(engine, e))
		return -EPROTO;
	if (!p)
		return xm_fail(e, ENOENT, "%s is not attached", parent);
	if (p->count && !force)
		return xm_fail(e, EBUSY, "%s has %zu endpoint%s: delete them first, or say 'force'", parent,
			       p->count, p->count == 1 ? "" : "s");
	err = xm_parent_destroy(p, e);
	reap(engine, false);
	return err;
}
