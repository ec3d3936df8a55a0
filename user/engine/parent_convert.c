// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Takes over the pins of a parent that an older major version of the ABI has made. A second folder
 * is filled beside the first one: maps whose layout has changed are created and converted; the
 * other maps, with all counters, are pinned there too. The programs are replaced, each in one step,
 * by those of this binary, which use the maps of the second folder. Both sets of maps have the same
 * contents, so a frame may run through programs of both versions. Then the folders change places in
 * one step, and the first one is removed. Both folders are locked all the time: a process that
 * waits for the lock of the first one then finds another folder of its name, and waits for that.
 *
 * A kill before that step leaves the pins of the older version as they were, in state UPGRADING:
 * the newer binary takes them over from the beginning, the older one attaches its own programs
 * again. A kill after that step leaves a folder that the next command removes.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/attach_xdp.h"
#include "engine/abi_majors.h"
#include "engine/parent_list.h"
#include "engine/parent_convert.h"
#include "engine/parent_upgrade.h"
#include "engine/pins_restore.h"
#include "engine/record_read.h"
#include "pins/pin_dir.h"

#define ELEMENTS_AT_ONCE 1024

struct migration {
	struct xm_engine *engine;
	const struct xm_major *major;
	uint32_t ifindex;
	char dir[XM_PIN_DIR_LEN],
		fresh[XM_PIN_DIR_LEN]; /* folder of the pins; folder that is filled */
	int *lock; /* lock of dir; after the exchange that of the new folder */
	int fresh_lock; /* of fresh */
	int old[XM_MAP_COUNT], maps[XM_MAP_COUNT];
};

/* --- maps --- */

struct conversion {
	int from, to;
	uint32_t key_size, from_size, to_size;
	void (*convert)(const void *from, void *to);
	uint8_t *keys, *old, *values; /* of ELEMENTS_AT_ONCE elements */
};

static int conversion_open(struct conversion *c)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(c->to, &info, &len))
		return -errno;
	c->key_size = info.key_size;
	c->to_size = info.value_size;
	if (bpf_obj_get_info_by_fd(c->from, &info, &len))
		return -errno;
	c->from_size = info.value_size;
	if (info.key_size != c->key_size)
		return -EPROTO;
	c->keys = calloc(ELEMENTS_AT_ONCE, c->key_size);
	c->old = calloc(ELEMENTS_AT_ONCE, c->from_size);
	c->values = calloc(ELEMENTS_AT_ONCE, c->to_size);
	return c->keys && c->old && c->values ? 0 : -ENOMEM;
}

static void conversion_close(struct conversion *c)
{
	free(c->keys);
	free(c->old);
	free(c->values);
}

static int conversion_write(struct conversion *c, uint32_t n)
{
	memset(c->values, 0, (size_t)n * c->to_size);
	for (uint32_t i = 0; i < n; i++)
		c->convert(c->old + (size_t)i * c->from_size, c->values + (size_t)i * c->to_size);
	return n && bpf_map_update_batch(c->to, c->keys, c->values, &n, NULL) ? -errno : 0;
}

static int conversion_run(struct conversion *c)
{
	uint64_t at[2] = {}; /* enough for the largest key */
	void *in = NULL;
	int err = 0;
	bool last = false;

	while (!err && !last) {
		uint32_t n = ELEMENTS_AT_ONCE;

		last = bpf_map_lookup_batch(c->from, in, at, c->keys, c->old, &n, NULL);
		if (last && errno != ENOENT)
			return -errno;
		err = conversion_write(c, n);
		in = at;
	}
	return err;
}

static int map_convert(const struct migration *m, enum xm_map map, struct xm_err *e)
{
	struct conversion c = { .from = m->old[map],
				.to = m->maps[map],
				.convert = m->major->convert[map] };
	int err = conversion_open(&c);

	if (!err)
		err = conversion_run(&c);
	conversion_close(&c);
	return err ? xm_fail(e, err, "cannot convert %s/%s: %s", m->dir, xm_map_names[map],
			     strerror(-err))
		   : 0;
}

/* Opens the maps of the older version. Maps whose layout is the same go into m->maps. */
static int maps_open(struct migration *m, struct xm_err *e)
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		int fd, err;

		fd = m->major->convert[i] ? xm_map_open_any_shape(m->dir, i)
					  : xm_map_open_any(m->dir, i);
		err = fd;
		if (fd == -ENOENT && m->major->may_lack >> i & 1)
			continue;
		if (fd < 0)
			return xm_fail(e, err, "cannot open %s/%s: %s", m->dir, xm_map_names[i],
				       err == -EPROTO ? "it has another shape" : strerror(-err));
		if (m->major->convert[i])
			m->old[i] = fd;
		else
			m->maps[i] = fd;
	}
	return 0;
}

static int maps_convert(struct migration *m, struct xm_err *e)
{
	int err = xm_maps_create(m->maps, e);

	for (int i = 0; i < XM_MAP_COUNT && !err; i++)
		if (m->old[i] >= 0)
			err = map_convert(m, i, e);
	return err;
}

/*
 * Writes the new version into the new record. An earlier take-over that was interrupted may have
 * replaced the XDP program.
 */
static int record_adopt(struct migration *m, struct xm_err *e)
{
	struct xm_parent_record rec;
	uint32_t key = 0;
	int fd = m->maps[XM_MAP_PARENT];

	if (bpf_map_lookup_elem(fd, &key, &rec))
		return xm_fail(e, errno, "cannot read the record of %s: %s", m->dir,
			       strerror(errno));
	rec.abi_major = XM_ABI_MAJOR;
	rec.abi_minor = rec.programs_minor = XM_ABI_MINOR;
	rec.needs_minor = 0;
	if (rec.state & XM_PARENT_UPGRADING)
		rec.xdp_prog_id = 0; /* 0: the next step attaches it again */
	rec.state &= ~XM_PARENT_UPGRADING;
	if (bpf_map_update_elem(fd, &key, &rec, BPF_ANY))
		return xm_fail(e, errno, "cannot write the record of %s: %s", m->dir,
			       strerror(errno));
	return 0;
}

/* --- pins --- */

/*
 * Pins counters, links and programs in the new folder too. The old pins are removed with their
 * folder.
 */
static int pins_fill(struct migration *m, struct xm_err *e)
{
	int err;

	m->fresh_lock = xm_pin_dir_begin_next(m->dir, m->fresh, e);
	if (m->fresh_lock < 0)
		return m->fresh_lock;
	err = xm_maps_pin(m->fresh, m->maps, e);
	return err ? err : xm_pins_copy(m->dir, m->fresh, e);
}

/* The first write to the old pins. From here on programs of this version may be attached. */
static int old_record_mark(struct migration *m, struct xm_err *e)
{
	uint8_t value[XM_RECORD_MAX] = {};
	struct xm_parent_record *rec = (struct xm_parent_record *)value;
	uint32_t key = 0;
	int fd = m->old[XM_MAP_PARENT] >= 0 ? m->old[XM_MAP_PARENT] : m->maps[XM_MAP_PARENT];

	if (bpf_map_lookup_elem(fd, &key, value))
		return xm_fail(e, errno, "cannot read the record of %s: %s", m->dir,
			       strerror(errno));
	rec->state |= XM_PARENT_UPGRADING;
	if (bpf_map_update_elem(fd, &key, value, BPF_ANY))
		return xm_fail(e, errno, "cannot write the record of %s: %s", m->dir,
			       strerror(errno));
	return 0;
}

/*
 * Replaces the programs of a parent that is attached completely. For another parent this is done
 * later: it is destroyed, or its programs are attached again.
 */
static int programs_replace(struct migration *m, struct xm_parent *p, struct xm_err *e)
{
	int err = xm_link_get(&m->engine->nl, XM_NSID_SELF, NULL, p->rec.parent_ifindex, &p->link);

	if (err == -ENODEV || p->rec.state & XM_PARENT_MOVING || !(p->rec.state & XM_PARENT_READY))
		return 0;
	if (err)
		return xm_fail(e, err, "cannot examine device %u: %s", p->rec.parent_ifindex,
			       xm_nl_why(&m->engine->nl, err));
	p->alive = true;
	err = xm_xdp_may_detach(p, e);
	if (!err)
		err = old_record_mark(m, e);
	return err ? err : xm_parent_upgrade(p, e);
}

static int pins_exchange(struct migration *m, struct xm_err *e)
{
	int err = xm_pin_dir_exchange(m->fresh, m->dir), old_lock = *m->lock;

	if (err)
		return xm_fail(e, err, "cannot replace %s: %s", m->dir, strerror(-err));
	*m->lock = m->fresh_lock;
	m->fresh_lock = old_lock;
	return 0;
}

static int pins_switch(struct migration *m, struct xm_err *e)
{
	struct xm_parent p;
	int err = xm_parent_load_from(m->engine, m->ifindex, m->fresh, &p, e);

	if (!err)
		err = programs_replace(m, &p, e);
	xm_parent_close(&p);
	if (err)
		return err > 0 ? xm_fail(e, ENOENT, "%s has been removed", m->fresh) : err;
	return pins_exchange(m, e);
}

static int migration_run(struct migration *m, struct xm_err *e)
{
	int err = maps_open(m, e);

	if (!err)
		err = maps_convert(m, e);
	if (!err)
		err = record_adopt(m, e);
	if (!err)
		err = pins_fill(m, e);
	if (!err)
		err = pins_switch(m, e);
	/*
	 * After the exchange this is the folder of the older version; after an error it is the
	 * unfinished one of this version
	 */
	if (m->fresh_lock >= 0) {
		xm_pin_dir_remove(m->fresh);
		close(m->fresh_lock);
	}
	return err;
}

/* *lock: the lock of the folder; afterwards that of the folder which has replaced it */
static int parent_convert(struct xm_engine *engine, uint32_t ifindex, int *lock, struct xm_err *e)
{
	struct migration m = {
		.engine = engine, .ifindex = ifindex, .lock = lock, .fresh_lock = -1
	};
	struct xm_parent_record found;
	int err;

	xm_pin_dir(engine->netns_cookie, ifindex, m.dir, sizeof(m.dir));
	err = xm_pins_version(m.dir, &found, e);
	if (err)
		return err;
	m.major = xm_major_find(found.abi_major);
	if (!m.major)
		return xm_fail(e, EPROTO,
			       "%s has ABI %u.%u, which this xmacvlan (" XM_ABI_TEXT
			       ") does not take over: use the xmacvlan that made it, or 'detach "
			       "PARENT force' with it",
			       m.dir, found.abi_major, found.abi_minor);
	xm_maps_init(m.old);
	xm_maps_init(m.maps);
	err = migration_run(&m, e);
	xm_maps_close(m.old);
	xm_maps_close(m.maps);
	return err;
}

/* xm_parent_load_pins(), after removed pins were made anew where that is possible */
static int parent_load_restored(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
				struct xm_err *e)
{
	struct xm_err why = {};
	char dir[sizeof(p->dir)];
	int err = xm_parent_load_pins(engine, ifindex, p, &why);

	xm_pin_dir(engine->netns_cookie, ifindex, dir, sizeof(dir));
	if (err == -EPROTO && xm_pins_restore(dir) > 0) {
		xm_parent_close(p);
		return xm_parent_load_pins(engine, ifindex, p, e);
	}
	if (err && e)
		*e = why;
	return err;
}

int xm_parent_load_converted(struct xm_engine *engine, uint32_t ifindex, int lock,
			     struct xm_parent *p, struct xm_err *e)
{
	int err = parent_load_restored(engine, ifindex, p, e);

	if (err == -ESTALE) {
		if (e)
			*e = (struct xm_err){};
		xm_parent_close(p);
		err = parent_convert(engine, ifindex, &lock, e);
		/* Callers expect p as xm_parent_load_pins() leaves it after an error */
		if (err)
			xm_parent_init(p, engine, ifindex);
		else
			err = xm_parent_load_pins(engine, ifindex, p, e);
	}
	p->lock = lock;
	return err;
}
