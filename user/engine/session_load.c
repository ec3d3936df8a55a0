// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads the parents of the namespace from their pins */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/parent_broken.h"
#include "engine/parent_list.h"
#include "engine/parent_migrate.h"
#include "engine/parent_move.h"
#include "engine/parent_settle.h"
#include "engine/reader.h"
#include "engine/session_load.h"
#include "pins/pin_dir.h"
#include "pins/pin_names.h"

static bool map_has_device(int devices_fd, uint32_t slot)
{
	uint32_t ifindex;

	return !bpf_map_lookup_elem(devices_fd, &slot, &ifindex) || errno != ENOENT;
}

/* Opens one map only: every command looks into the folders of all namespaces */
static bool folder_has_parent(const char *dir)
{
	char path[1100];
	bool alive;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[XM_MAP_TC_DEVICES]);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	alive = map_has_device(fd, XM_SLOT_PARENT);
	close(fd);
	return alive;
}

/*
 * Whether tc_devices in the folder has a device, of the parent or of a host end; true also when the
 * pins cannot be opened. tc_devices is the same in every major version.
 */
static bool folder_has_device(const char *dir)
{
	int devices = xm_map_open_any(dir, XM_MAP_TC_DEVICES);
	int endpoints = xm_map_open_any_shape(dir, XM_MAP_ENDPOINTS);
	uint32_t slot, *at = NULL;
	bool has = devices < 0 || endpoints < 0 || map_has_device(devices, XM_SLOT_PARENT);

	while (!has && !bpf_map_get_next_key(endpoints, at, &slot)) {
		has = map_has_device(devices, slot);
		at = &slot;
	}
	if (devices >= 0)
		close(devices);
	if (endpoints >= 0)
		close(endpoints);
	return has;
}

/*
 * Whether the network namespace of a folder has ended. Its devices, the parent and all host ends,
 * were deleted with it. While a host end exists the namespace exists, and a command there cleans
 * up. A parent that is moving between two namespaces has no devices either. Pins of a newer version
 * are left alone, because their meaning is unknown.
 */
static bool folder_is_dead(const char *dir)
{
	struct xm_parent_record found;

	if (folder_has_parent(dir) || xm_pins_version(dir, &found, NULL))
		return false;
	if (found.abi_major > XM_ABI_MAJOR || found.state & XM_PARENT_MOVING)
		return false;
	return !folder_has_device(dir);
}

/*
 * For a parent in state MOVING. The folder's name has the namespace of the pins, the record that
 * from which the parent was moved. Returns 1 when the parent is here, 0 when it is not, or a
 * negative errno.
 */
static int load_moving(struct xm_parent *p, uint32_t ifindex, struct xm_err *e)
{
	int ret;

	if (p->rec.netns_cookie == p->engine->netns_cookie && p->rec.parent_ifindex == ifindex) {
		ret = xm_parent_move_out(p, e);
		return ret < 0 ? ret : !ret;
	}
	p->rec.parent_ifindex = ifindex;
	return xm_parent_move_in(p, e);
}

static bool load_is_left_alone(const struct xm_engine *engine, uint32_t ifindex)
{
	const struct xm_engine_options *options = &engine->options;

	for (size_t i = 0; i < options->left_alone_count; i++)
		if (options->left_alone[i] == ifindex)
			return true;
	return false;
}

/* Returns 1, 0: the parent is not attached, or not any more; or a negative errno */
static int load_open(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		     struct xm_err *e)
{
	int ret = xm_parent_load_migrated(engine, ifindex, p, e);

	if (ret)
		return ret > 0 ? 0 : ret;
	if (load_is_left_alone(engine, ifindex))
		return xm_fail(e, EAGAIN, "%s", p->rec.broken);
	if (p->rec.state & XM_PARENT_MOVING) {
		ret = load_moving(p, ifindex, e);
		if (ret <= 0)
			return ret;
	}
	return xm_parent_settle(p, e);
}

static int load_parent(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e)
{
	struct xm_parent *p = malloc(sizeof(*p));
	struct xm_err why = {};
	int ret;

	if (!p)
		return xm_fail(e, ENOMEM, "out of memory");
	ret = load_open(engine, ifindex, p, &why);
	if (!ret || p->detached) {
		xm_parent_close(p);
		free(p);
		return 0;
	}
	if (ret < 0)
		xm_parent_load_broken(p, ifindex, ret, &why);
	xm_parents_insert(engine, p);
	return 0;
}

/* Loads a folder of this namespace; removes unfinished folders and those of dead namespaces */
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
	else if (folder_is_dead(path))
		xm_pin_dir_remove(path);
	return 0;
}

static int session_load_reader(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_reader_load(engine, e);

	engine->loaded = !err;
	if (err)
		xm_parents_free(engine, true);
	return err;
}

int xm_session_load(struct xm_engine *engine, struct xm_err *e)
{
	struct dirent *de;
	int err = 0;
	DIR *d;

	if (engine->loaded)
		return 0;
	if (engine->options.reader)
		return session_load_reader(engine, e);
	d = opendir(XM_PIN_ROOT);
	if (!d)
		return xm_fail(e, errno, "cannot read " XM_PIN_ROOT ": %s", strerror(errno));
	while (!err && (de = readdir(d)))
		err = load_folder(engine, de->d_name, e);
	closedir(d);
	engine->loaded = !err;
	if (err)
		xm_parents_free(engine, true);
	return err;
}
