// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads the parents of the namespace from their pins */
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

#include "engine/internal.h"

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

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[XM_MAP_TC_DEVICES]);
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
	       !slot_has_device(maps[XM_MAP_TC_DEVICES], XM_SLOT_PARENT);
	while (dead && !bpf_map_get_next_key(maps[XM_MAP_ENDPOINTS], at, &slot)) {
		dead = !slot_has_device(maps[XM_MAP_TC_DEVICES], slot);
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
		xm_pin_dir_remove(path);
	else if (!xm_pin_dir_parse(name, &cookie, &ifindex))
		return 0;
	else if (cookie == engine->netns_cookie)
		return load_parent(engine, ifindex, e);
	else if (namespace_is_dead(path))
		xm_pin_dir_remove(path);
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
