// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Locks parents of the namespace, and loads them from their pins */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/gone.h"
#include "engine/parent_broken.h"
#include "engine/parent_convert.h"
#include "engine/parent_destroy.h"
#include "engine/parent_list.h"
#include "engine/parent_lock.h"
#include "engine/parent_move.h"
#include "engine/parent_needs.h"
#include "engine/parent_settle.h"
#include "engine/reader.h"
#include "engine/record.h"
#include "engine/record_read.h"
#include "engine/slot_device.h"
#include "engine/xdp_config.h"
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
	int fd = xm_map_open_any(dir, XM_MAP_TC_DEVICES);
	bool alive;

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

/*
 * Loads a parent. p owns the lock from then on. Returns 1; 0: the parent is not attached, or not
 * any more; or a negative errno.
 */
static int load_open(struct xm_engine *engine, uint32_t ifindex, int lock, struct xm_parent *p,
		     struct xm_err *e)
{
	int ret = xm_parent_load_converted(engine, ifindex, lock, p, e);

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

/* Loads a parent into the list. Returns 1; 0: it is not attached; or -ENOMEM. */
static int load_locked(struct xm_engine *engine, uint32_t ifindex, int lock,
		       struct xm_parent **parent, struct xm_err *e)
{
	struct xm_parent *p = malloc(sizeof(*p));
	struct xm_err why = {};
	int ret;

	if (!p) {
		close(lock);
		return xm_fail(e, ENOMEM, "out of memory");
	}
	ret = load_open(engine, ifindex, lock, p, &why);
	ret = xm_gone_parent(p, ret, &why);
	if (!ret || p->destroyed) {
		xm_parent_close(p);
		free(p);
		return 0;
	}
	if (ret < 0)
		xm_parent_set_broken_unloaded(p, ifindex, ret, &why);
	xm_parents_insert(engine, p);
	*parent = p;
	return 1;
}

static int lock_with(struct xm_engine *engine, uint32_t ifindex, const struct xm_lock_wait *wait,
		     struct xm_parent **ret, struct xm_err *e)
{
	char dir[sizeof((*ret)->dir)];
	int lock;

	xm_pin_dir(engine->netns_cookie, ifindex, dir, sizeof(dir));
	lock = xm_pin_dir_lock(dir, wait, e);
	if (lock < 0)
		return lock == -ENOENT ? 0 : lock;
	return load_locked(engine, ifindex, lock, ret, e);
}

int xm_parent_try_lock(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
		       struct xm_err *e)
{
	static const struct xm_lock_wait none = { .ms = 0 };

	*ret = xm_parent_by_ifindex(engine, ifindex);
	return *ret ? 1 : lock_with(engine, ifindex, &none, ret, e);
}

int xm_parent_lock(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
		   struct xm_err *e)
{
	struct xm_err why = {};
	int found;

	if (!engine->parents)
		return lock_with(engine, ifindex, &engine->options.wait, ret, e);
	found = xm_parent_try_lock(engine, ifindex, ret, &why);
	if (found != -ETIMEDOUT)
		return found < 0 ? xm_fail(e, found, "%s", why.text) : found;
	xm_parents_unlock(engine);
	return lock_with(engine, ifindex, &engine->options.wait, ret, e);
}

void xm_parents_unlock(struct xm_engine *engine)
{
	struct xm_err why = {};
	int err = xm_engine_flush(engine, &why);

	if (err && !engine->deferred_err) {
		engine->deferred = why;
		engine->deferred_err = err;
	}
	xm_parents_free(engine);
}

int xm_parents_list_pinned(struct xm_engine *engine, uint32_t **ret, struct xm_err *e)
{
	uint32_t ifindex, *more;
	int count = 0, err;
	struct dirent *de;
	uint64_t cookie;
	DIR *d;

	*ret = NULL;
	err = xm_pin_root_read(&d, e);
	while (!err && d && (de = readdir(d))) {
		if (!xm_pin_dir_parse(de->d_name, &cookie, &ifindex) ||
		    cookie != engine->netns_cookie)
			continue;
		more = realloc(*ret, (count + 1) * sizeof(*more));
		if (!more) {
			err = xm_fail(e, ENOMEM, "out of memory");
			break;
		}
		*ret = more;
		more[count++] = ifindex;
	}
	if (!err && d)
		closedir(d);
	return err ? err : count;
}

static bool endpoints_are_settled(const struct xm_parent *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->endpoints[i].rec.state != XM_ENDPOINT_READY)
			return false;
	return true;
}

/* Whether there is nothing to complete or to remove. Reads without the lock. */
static bool parent_is_settled(struct xm_parent *p)
{
	const uint32_t unsettled = XM_PARENT_MOVING | XM_PARENT_TX_PARTIAL | XM_PARENT_UPGRADING;
	struct xm_link link;

	if (p->rec.broken[0] || p->rec.before || p->rec.state & unsettled ||
	    !(p->rec.state & XM_PARENT_READY) || !xm_xdp_is_current(p) ||
	    xm_slot_has_device(p, XM_SLOT_PARENT, NULL) <= 0 || !endpoints_are_settled(p) ||
	    !xm_parent_needs_are_met(p))
		return false;
	if (!p->count && !xm_parent_stays(p))
		return false;
	/* a killed watcher has left the host ends down */
	return !(p->rec.state & XM_PARENT_CARRIER_DOWN) ||
	       (!xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, p->rec.parent_ifindex, &link) &&
		!(link.flags & XM_LINK_CARRIER));
}

/*
 * Errors are ignored: the command that names the parent finds them again. Returns true when the
 * look at the parent holds: the records were read, and nothing had to be completed. The caller
 * closes it then.
 */
static bool settle_leftovers(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *look)
{
	int locked = 0, err = xm_parent_look(engine, ifindex, look, NULL);
	struct xm_parent *p;

	if (!err && parent_is_settled(look))
		return true;
	xm_parent_close(look);
	/* -ESTALE: pins of an older major version, which are taken over when they are locked */
	if (!err || err == -ESTALE)
		locked = xm_parent_try_lock(engine, ifindex, &p, NULL);
	if (locked > 0)
		xm_parent_unlock(p);
	/* A killed process may hold the lock until it has ended: then it is tried again */
	engine->pins_unread |= err < 0 || locked < 0;
	return false;
}

/* Calls v->each for a parent whose look does not hold */
static int visit_again(struct xm_engine *engine, uint32_t ifindex, const struct xm_look_visit *v,
		       struct xm_err *e)
{
	struct xm_err why = {};
	struct xm_parent look;
	int ret = xm_reader_look(engine, ifindex, &look, &why);

	if (!ret)
		ret = v->each(&look, v->data, e);
	else if (xm_reader_lacks_room(ret))
		ret = xm_fail(e, ret, "%s", why.text);
	else
		ret = 0; /* the parent is broken, or has been detached */
	xm_parent_close(&look);
	return ret;
}

/* v: NULL when only leftovers are looked for */
static int visit_parent(struct xm_engine *engine, uint32_t ifindex, const struct xm_look_visit *v,
			struct xm_err *e)
{
	struct xm_parent look;
	int ret;

	engine->pins_unread |= engine->options.has_keep_missing;
	/* the watcher locks all of them itself, and knows which are moving */
	if (!engine->options.has_keep_missing && !xm_parent_by_ifindex(engine, ifindex) &&
	    settle_leftovers(engine, ifindex, &look)) {
		ret = v ? v->each(&look, v->data, e) : 0;
		xm_parent_close(&look);
		return ret;
	}
	return v ? visit_again(engine, ifindex, v, e) : 0;
}

/* Looks at a folder; removes unfinished folders and those of dead namespaces */
static int visit_folder(struct xm_engine *engine, const char *name, const struct xm_look_visit *v,
			struct xm_err *e)
{
	static const struct xm_lock_wait none = { .ms = 0 };
	uint64_t cookie;
	uint32_t ifindex;
	char path[1024];
	int lock;

	snprintf(path, sizeof(path), XM_PIN_ROOT "/%s", name);
	if (xm_pin_dir_is_unfinished(name)) {
		xm_pin_dir_sweep(path);
	} else if (xm_pin_dir_parse(name, &cookie, &ifindex)) {
		if (cookie == engine->netns_cookie)
			return visit_parent(engine, ifindex, v, e);
		if (folder_is_dead(path) && (lock = xm_pin_dir_lock(path, &none, NULL)) >= 0) {
			if (folder_is_dead(path))
				xm_pin_dir_end(path);
			close(lock);
		}
	}
	return 0;
}

static int visit_folders(struct xm_engine *engine, const struct xm_look_visit *v, struct xm_err *e)
{
	struct dirent *de;
	DIR *d = NULL;
	int err = xm_pin_root_read(&d, e);

	if (err)
		return err;
	while (!err && d && (de = readdir(d)))
		err = visit_folder(engine, de->d_name, v, e);
	if (d)
		closedir(d);
	return err;
}

static int session_begin(struct xm_engine *engine, const struct xm_look_visit *v, struct xm_err *e)
{
	int err = engine->options.reader ? xm_reader_load(engine, e) : visit_folders(engine, v, e);

	engine->begun = !err;
	if (err)
		xm_parents_free(engine);
	return err;
}

int xm_session_begin_once(struct xm_engine *engine, struct xm_err *e)
{
	return engine->begun ? 0 : session_begin(engine, NULL, e);
}

int xm_session_look(struct xm_engine *engine, const struct xm_look_visit *v, struct xm_err *e)
{
	uint32_t *list;
	int n, err = 0;

	if (!engine->begun && !engine->options.reader)
		return session_begin(engine, v, e);
	err = xm_session_begin_once(engine, e);
	if (err)
		return err;
	n = xm_parents_list_pinned(engine, &list, e);
	for (int i = 0; i < n && !err; i++)
		err = visit_again(engine, list[i], v, e);
	free(list);
	return n < 0 ? n : err;
}
