// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A parent attached: its maps, its pins, its programs */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/attach_tc.h"
#include "engine/attach_xdp.h"
#include "engine/gone.h"
#include "engine/parent_create.h"
#include "engine/parent_destroy.h"
#include "engine/parent_device.h"
#include "engine/parent_list.h"
#include "engine/parent_lock.h"
#include "engine/record.h"
#include "engine/vlans.h"
#include "pins/pin_dir.h"

/*
 * Limit of attempts, when other processes attach and detach the parent between two steps of this
 * one
 */
#define ATTACH_TRIES 16

static void create_record(struct xm_parent *p, uint8_t xdp)
{
	p->rec.magic = XM_MAGIC;
	p->rec.abi_major = XM_ABI_MAJOR;
	p->rec.abi_minor = p->rec.programs_minor = XM_ABI_MINOR;
	p->rec.parent_ifindex = p->link.ifindex;
	p->rec.netns_cookie = p->engine->netns_cookie;
	p->rec.needs_minor = XM_ABI_MAJOR == 1 ? XM_PLAIN_MINOR : 0;
	p->rec.state |= XM_PARENT_PLAIN;
	p->rec.xdp_requested = xdp;
	p->config.slots = 1;
	memcpy(p->config.parent_mac, p->link.mac, XM_MAC_LEN);
}

/* Pins the maps in the locked folder `fresh`, then renames it */
static int create_pins(struct xm_parent *p, const char *fresh, struct xm_err *e)
{
	int err = xm_maps_pin(fresh, p->maps, e);

	if (!err) /* the only chunk of counters yet */
		err = xm_stats_map_pin(fresh, &p->chunk, e);
	if (err)
		return err;
	err = xm_pin_dir_rename(fresh, p->dir);
	/* -EEXIST: the parent was moved to this namespace meanwhile, and its pins with it */
	return err && err != -EEXIST
		       ? xm_fail(e, err, "cannot create %s: %s", p->dir, strerror(-err))
		       : err;
}

static int folder_fill(struct xm_parent *p, const char *fresh, uint8_t xdp, struct xm_err *e)
{
	uint32_t slot = XM_SLOT_PARENT;
	int err = xm_maps_create(p->maps, e);

	if (err)
		return err;
	create_record(p, xdp);
	err = xm_stats_map_prepare(NULL, p->maps[XM_MAP_STATS], &p->chunk, slot, e);
	if (!err)
		err = xm_parent_commit(p, e);
	if (!err)
		err = xm_map_add(p, XM_MAP_TC_DEVICES, &slot, &p->link.ifindex, p->link.name, e);
	return err ? err : create_pins(p, fresh, e);
}

static int attach_programs(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_vlans_sync(p, e);

	if (!err)
		err = xm_tc_attach_first(p, e);
	if (!err)
		err = xm_xdp_apply(p, e);
	p->rec.state |= XM_PARENT_READY;
	if (!err)
		err = xm_parent_commit(p, e);
	if (err)
		xm_parent_destroy(p, NULL);
	return err;
}

/*
 * Locks the new folder. When another process has it locked, the session unlocks its parents before
 * it waits.
 */
static int attach_lock(struct xm_engine *engine, const char *dir, char fresh[XM_PIN_DIR_LEN],
		       struct xm_err *e)
{
	static const struct xm_lock_wait none = { .ms = 0 };
	struct xm_err why = {};
	int lock = xm_pin_dir_begin(dir, fresh, &none, &why);

	if (lock != -ETIMEDOUT)
		return lock < 0 && lock != -EEXIST ? xm_fail(e, lock, "%s", why.text) : lock;
	xm_parents_unlock(engine);
	return xm_pin_dir_begin(dir, fresh, &engine->options.wait, e);
}

/*
 * Creates, locks and fills the folder of pins. -EEXIST: the parent has been attached meanwhile; *e
 * is not filled.
 */
static int create_folder(struct xm_parent *p, uint8_t xdp, struct xm_err *e)
{
	char fresh[XM_PIN_DIR_LEN];
	int err;

	p->lock = attach_lock(p->engine, p->dir, fresh, e);
	if (p->lock < 0)
		return p->lock;
	err = folder_fill(p, fresh, xdp, e);
	if (err)
		xm_pin_dir_remove(fresh);
	return err;
}

/* Attaches the parent. -EEXIST: another process has attached it meanwhile; *e is not filled. */
static int parent_create(struct xm_engine *engine, const struct xm_link *link, uint8_t xdp,
			 struct xm_parent **ret, struct xm_err *e)
{
	struct xm_parent *p = malloc(sizeof(*p));
	int err;

	if (!p)
		return xm_fail(e, ENOMEM, "out of memory");
	xm_parent_init(p, engine, link->ifindex);
	p->link = *link;
	p->alive = true;
	err = xm_gone_parent(p, create_folder(p, xdp, e), e);
	if (err) {
		xm_parent_close(p);
		free(p);
		return err;
	}
	p->loaded = true;
	xm_parents_insert(engine, p);
	err = xm_gone_parent(p, attach_programs(p, e), e);
	p->destroyed = err;
	*ret = p;
	return err == -EEXIST ? -EBUSY : err;
}

static int find_or_create(struct xm_engine *engine, const struct xm_link *link, uint8_t xdp,
			  struct xm_parent **ret, struct xm_err *e)
{
	int found, err = -EEXIST;

	for (int try = 0; err == -EEXIST && try < ATTACH_TRIES; try++) {
		found = xm_parent_lock(engine, link->ifindex, ret, e);
		if (found)
			return found < 0 ? found : 0;
		err = xm_parent_device_check(engine, link, e);
		if (!err)
			err = parent_create(engine, link, xdp, ret, e);
	}
	return err != -EEXIST
		       ? err
		       : xm_fail(e, EBUSY, "other processes attach and detach %s all the time",
				 link->name);
}

int xm_parent_find_or_create(struct xm_engine *engine, const char *name, uint8_t xdp,
			     struct xm_parent **ret, struct xm_err *e)
{
	struct xm_link link;
	int err = xm_parent_device_find(engine, name, &link, e);

	if (!err)
		err = xm_parent_device_resolve(engine, &link, e);
	return err ? err : find_or_create(engine, &link, xdp, ret, e);
}
