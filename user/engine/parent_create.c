// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A parent attached: its maps, its pins, its programs */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/attach_tc.h"
#include "engine/attach_xdp.h"
#include "engine/parent_create.h"
#include "engine/parent_destroy.h"
#include "engine/parent_device.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/vlans.h"
#include "pins/pin_dir.h"

static void create_record(struct xm_parent *p, uint8_t xdp)
{
	p->rec.magic = XM_MAGIC;
	p->rec.abi_major = XM_ABI_MAJOR;
	p->rec.abi_minor = p->rec.programs_minor = XM_ABI_MINOR;
	p->rec.parent_ifindex = p->link.ifindex;
	p->rec.netns_cookie = p->engine->netns_cookie;
	p->rec.xdp_requested = xdp;
	p->config.slots = 1;
	memcpy(p->config.parent_mac, p->link.mac, XM_MAC_LEN);
}

/* The folder appears under its name when it is complete */
static int create_pins(struct xm_parent *p, struct xm_err *e)
{
	char fresh[128];
	int err;

	snprintf(fresh, sizeof(fresh), XM_PIN_ROOT "/new-%u", p->link.ifindex);
	xm_pin_dir_remove(fresh);
	if (mkdir(fresh, 0700))
		return xm_fail(e, errno, "cannot create %s: %s", fresh, strerror(errno));
	err = xm_maps_pin(fresh, p->maps, e);
	if (!err) /* the only chunk of counters yet */
		err = xm_stats_map_pin(fresh, &p->chunk, e);
	if (!err && rename(fresh, p->dir))
		err = xm_fail(e, errno, "cannot create %s: %s", p->dir, strerror(errno));
	if (err)
		xm_pin_dir_remove(fresh);
	return err;
}

static int create_maps(struct xm_parent *p, uint8_t xdp, struct xm_err *e)
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
	return err ? err : create_pins(p, e);
}

static int parent_create(struct xm_parent *p, uint8_t xdp, struct xm_err *e)
{
	int err = create_maps(p, xdp, e);

	if (err)
		return err;
	p->loaded = true;
	err = xm_vlans_sync(p, e);
	if (!err)
		err = xm_tc_attach_rx(p, e);
	if (!err)
		err = xm_xdp_apply(p, e);
	p->rec.state |= XM_PARENT_READY;
	if (!err)
		err = xm_parent_commit(p, e);
	if (err)
		xm_parent_destroy(p, NULL);
	return err;
}

static int parent_attach(struct xm_engine *engine, const struct xm_link *link, uint8_t xdp,
			 struct xm_parent **ret, struct xm_err *e)
{
	struct xm_parent *p = malloc(sizeof(*p));
	int err;

	if (!p)
		return xm_fail(e, ENOMEM, "out of memory");
	xm_parent_init(p, engine, link->ifindex);
	xm_parents_insert(engine, p);
	p->link = *link;
	p->alive = true;
	err = parent_create(p, xdp, e);
	p->detached = err;
	*ret = p;
	return err;
}

int xm_parent_find_or_attach(struct xm_engine *engine, const char *name, uint8_t xdp,
			     struct xm_parent **ret, struct xm_err *e)
{
	struct xm_link link;
	int err = xm_parent_device_find(engine, name, &link, e);

	if (!err)
		err = xm_parent_device_resolve(engine, &link, e);
	if (err)
		return err;
	*ret = xm_parent_by_ifindex(engine, link.ifindex);
	if (*ret)
		return 0;
	err = xm_parent_device_check(engine, &link, e);
	return err ? err : parent_attach(engine, &link, xdp, ret, e);
}
