// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The folders of pins: one a parent, named by its namespace's cookie and its ifindex */
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

#include "parent.h"

void xm_pin_dir(const struct xm_engine *engine, uint32_t ifindex, char *ret, size_t size)
{
	char name[XM_FOLDER_NAME_LEN];

	xm_folder_name(engine->netns_cookie, ifindex, name);
	snprintf(ret, size, XM_PIN_ROOT "/%s", name);
}

int xm_pin_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char path[1024];
	int err = 0;

	if (!d)
		return -errno;
	while ((de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		if (unlink(path) && !err)
			err = -errno;
	}
	closedir(d);
	if (rmdir(dir) && !err)
		err = -errno;
	return err;
}

int xm_bpffs_check(struct xm_err *e)
{
	struct statfs fs;

	if (!statfs(XM_BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	return xm_fail(e, ENODEV,
		       "no bpffs on " XM_BPFFS ": mount it (mount -t bpf bpf " XM_BPFFS
		       "); under 'ip netns exec' it is hidden: use 'xmacvlan -n NETNS' instead");
}

/* Who makes the folder, or is given it, works with it: pins in it are their maker's alone */
static int denied(int err, const char *what, struct xm_err *e)
{
	struct stat st;

	if (err == EACCES && !stat(XM_PIN_ROOT, &st))
		return xm_fail(e, err, "cannot %s " XM_PIN_ROOT ": it belongs to user %u, whom xmacvlan has to "
			       "run as", what, st.st_uid);
	if (err == EACCES || err == EPERM)
		return xm_fail(e, err, "cannot %s " XM_PIN_ROOT ": no permission: give it to user %u, see "
			       "PRIVILEGES in xmacvlan(8)", what, geteuid());
	return xm_fail(e, err, "cannot %s " XM_PIN_ROOT ": %s", what, strerror(err));
}

/* 1, 0: somebody removed the folder meanwhile; -errno, said */
static int is_named(int fd, struct xm_err *e)
{
	struct stat locked, named = {};

	if (fstat(fd, &locked) || (stat(XM_PIN_ROOT, &named) && errno != ENOENT))
		return xm_fail(e, errno, "cannot examine " XM_PIN_ROOT ": %s", strerror(errno));
	if (locked.st_ino != named.st_ino)
		return 0;
	if (locked.st_uid && locked.st_uid != geteuid())
		return denied(EACCES, "use", e); /* it could put other maps there */
	return 1;
}

/* The folder's lock. -EAGAIN: the lock of another folder is wanted, which is made instead. */
static int lock_folder(bool wait, struct xm_err *e)
{
	int err, fd;

	if (mkdir(XM_PIN_ROOT, 0700) && errno != EEXIST)
		return denied(errno, "create", e);
	fd = open(XM_PIN_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EAGAIN : denied(errno, "open", e);
	while ((err = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) ? -errno : 0) == -EINTR)
		;
	if (err == -EWOULDBLOCK) {
		close(fd);
		return -EBUSY;
	}
	err = err ? xm_fail(e, err, "cannot lock " XM_PIN_ROOT ": %s", strerror(-err)) : is_named(fd, e);
	if (err > 0)
		return fd;
	close(fd);
	return err ? err : -EAGAIN;
}

int xm_folders_lock(bool wait, struct xm_err *e)
{
	int fd = xm_bpffs_check(e);

	if (fd)
		return fd;

	do
		fd = lock_folder(wait, e);
	while (fd == -EAGAIN);
	return fd;
}

static bool slot_has_device(int devices_fd, uint32_t slot)
{
	uint32_t ifindex;

	return !bpf_map_lookup_elem(devices_fd, &slot, &ifindex) || errno != ENOENT;
}

/* Settles it for most, of which every command sees all */
static bool parent_lives(const char *dir)
{
	char path[1100];
	bool lives;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[XM_MAP_DEVICES]);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	lives = slot_has_device(fd, XM_SLOT_PARENT);
	close(fd);
	return lives;
}

/*
 * A namespace that died took its devices with it, the parent and all host ends: its pins hold nothing any
 * more. While one host end is left the namespace lives, and a command there will clean up. Pins of
 * another ABI are left alone: we cannot tell what they mean.
 */
static bool namespace_is_dead(const char *dir)
{
	uint32_t slot, key = 0, *at = NULL;
	int maps[XM_MAP_COUNT];
	struct xm_meta meta;
	bool dead;

	if (parent_lives(dir) || xm_maps_open(dir, maps, NULL))
		return false;
	/* On the way from one namespace to another a parent has no devices */
	dead = !bpf_map_lookup_elem(maps[XM_MAP_META], &key, &meta) && !(meta.state & XM_PARENT_MOVING) &&
	       !slot_has_device(maps[XM_MAP_DEVICES], XM_SLOT_PARENT);
	while (dead && !bpf_map_get_next_key(maps[XM_MAP_ENDPOINTS], at, &slot)) {
		dead = !slot_has_device(maps[XM_MAP_DEVICES], slot);
		at = &slot;
	}
	xm_maps_close(maps);
	return dead;
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
	uint64_t cookie;
	uint32_t ifindex;
	char path[1024];

	snprintf(path, sizeof(path), XM_PIN_ROOT "/%s", name);
	if (!strncmp(name, "new-", 4))
		xm_pin_remove(path);
	else if (!xm_folder_parse(name, &cookie, &ifindex))
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
		xm_engine_reap(engine, true);
	return err;
}
