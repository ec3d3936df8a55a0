// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A parent opened and repaired, or made */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "engine/internal.h"

const char *xm_parent_name(const struct xm_parent *p)
{
	return p->link.name;
}

void xm_parent_close(struct xm_parent *p)
{
	xm_maps_close(p->maps);
	xm_chunk_close(&p->chunk);
	xm_endpoints_free(p);
	free(p->pending_delete);
	p->pending_delete = NULL;
	p->pending_delete_count = 0;
}

int xm_parent_save(struct xm_parent *p, struct xm_err *e)
{
	uint32_t key = 0;

	if (bpf_map_update_elem(p->maps[XM_MAP_META], &key, &p->meta, BPF_ANY))
		return xm_fail(e, errno, "cannot write the state of %s: %s", xm_parent_name(p),
			       strerror(errno));
	return 0;
}

int xm_parent_has_device(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	uint32_t ifindex;

	if (!bpf_map_lookup_elem(p->maps[XM_MAP_TC_DEVICES], &slot, &ifindex))
		return 1;
	return errno == ENOENT ? 0 : xm_fail(e, errno, "cannot read %s/tc_devices: %s", p->dir, strerror(errno));
}

int xm_endpoint_complete_change(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err;

	/* The record first: what cannot be told by it is not to be swept */
	ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_endpoint_mac_repair(p, ep, e);
	ep->rec.state = XM_ENDPOINT_CHANGING; /* the address alone may be done */
	if (!err)
		err = xm_endpoint_write_port(p, ep, e);
	if (!err)
		err = xm_source_list_sweep(p, ep->slot, e);
	if (err)
		return err;
	ep->rec.state = XM_ENDPOINT_READY;
	return xm_endpoint_save(p, ep, e);
}

/* 1: it was removed */
static int repair_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int ret;

	if (ep->rec.state == XM_ENDPOINT_READY)
		return 0;
	ret = ep->rec.state == XM_ENDPOINT_PARTIAL ? 0 : xm_parent_has_device(p, ep->slot, e);
	if (ret < 0)
		return ret;
	if (ret)
		return xm_endpoint_complete_change(p, ep, e);
	ret = xm_endpoint_remove(p, ep, e);
	return ret ? ret : 1;
}

int xm_parent_sweep(struct xm_parent *p, struct xm_err *e)
{
	size_t before = p->count, i = 0;
	int ret = 0;

	while (i < p->count && ret >= 0) {
		ret = xm_parent_has_device(p, p->slots[i].slot, e);
		if (ret)
			i++;
		else
			ret = xm_endpoint_remove(p, &p->slots[i], e);
	}
	if (ret >= 0 && p->count != before)
		ret = xm_parent_update(p, e);
	return ret < 0 ? ret : (int)(before - p->count);
}

/* A killed batch may have left many to remove: their devices go together */
static int repair_endpoints(struct xm_parent *p, struct xm_err *e)
{
	bool gather = p->engine->gather;
	int ret = 0;

	p->engine->gather = true;
	for (size_t i = 0; i < p->count && ret >= 0; i += !ret)
		ret = repair_endpoint(p, &p->slots[i], e);
	p->engine->gather = gather;
	return ret < 0 ? ret : xm_parent_delete_pending(p, e);
}

/* Completes or takes back what an interrupted command left behind */
static int repair(struct xm_parent *p, struct xm_err *e)
{
	int err;

	xm_tc_sweep(p);
	if (!xm_xdp_is_current(p)) {
		err = xm_xdp_attach(p, e);
		if (err)
			return err;
	}
	err = repair_endpoints(p, e);
	if (err)
		return err;
	/* A watcher that died without a carrier cannot give it back */
	if (p->link.flags & XM_LINK_CARRIER)
		err = xm_sync_carrier(p, false, e);
	if (err)
		return err;
	if (!(p->meta.features & XM_FEATURE_PASSTHRU))
		memcpy(p->meta.parent_mac, p->link.mac, XM_MAC_LEN);
	return xm_parent_update(p, e);
}

static int parent_alive(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_parent_has_device(p, XM_SLOT_PARENT, e);

	if (err <= 0)
		return err;
	err = xm_link_get(nl, XM_NSID_SELF, NULL, p->meta.parent_ifindex, &p->link);
	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot examine device %u: %s", p->meta.parent_ifindex,
			       xm_nl_why(nl, err));
	return !err;
}

int xm_parent_load(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p, struct xm_err *e)
{
	int err;

	memset(p, 0, sizeof(*p));
	xm_maps_init(p->maps);
	xm_chunk_init(&p->chunk);
	p->engine = engine;
	xm_pin_dir(engine->netns_cookie, ifindex, p->dir, sizeof(p->dir));
	err = xm_maps_open(p->dir, p->maps, e);
	if (err)
		return err;
	return xm_records_read(p, ifindex, e);
}

/* The folder's name tells where it is, meta from where it set out */
static int come_or_go(struct xm_parent *p, uint32_t ifindex, struct xm_err *e)
{
	int err;

	if (p->meta.netns_cookie == p->engine->netns_cookie && p->meta.parent_ifindex == ifindex) {
		err = xm_parent_move_out(p, e);
		/* It may have come home before anybody could follow it */
		return err || p->meta.netns_cookie == p->engine->netns_cookie ? err : -ENOENT;
	}
	p->meta.parent_ifindex = ifindex;
	return xm_parent_move_in(p, e);
}

/*
 * A parent that is moved to another namespace is gone for some milliseconds before the kernel tells where to. The
 * watcher knows what it has heard; a command leaves it to a watcher that is alive.
 */
static bool spare(struct xm_parent *p, uint32_t ifindex)
{
	struct xm_engine *engine = p->engine;
	struct xm_groups_valid valid;
	uint32_t key = 0;

	if (engine->spares)
		return engine->spares(ifindex, engine->spares_data);
	return !bpf_map_lookup_elem(p->maps[XM_MAP_GROUPS_VALID], &key, &valid) && valid.until > xm_now_ns();
}

int xm_parent_open(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p, struct xm_err *e)
{
	int err = xm_parent_load(engine, ifindex, p, e);

	if (!err && (p->meta.state & XM_PARENT_MOVING)) {
		err = come_or_go(p, ifindex, e);
	} else if (!err) {
		int alive = parent_alive(p, e);

		p->alive = alive == 1;
		err = alive < 0 ? alive : 0;
		if (!err && !alive && spare(p, ifindex)) {
			engine->spared = true;
			err = -ENOENT;
		} else if (!err && (!alive || !(p->meta.state & XM_PARENT_READY))) {
			err = xm_parent_destroy(p, e);
			err = err ? err : -ENOENT;
		}
	}
	if (!err)
		err = repair(p, e);
	if (!err && !p->count && !xm_parent_kept(p)) {
		err = xm_parent_destroy(p, e);
		err = err ? err : -ENOENT;
	}
	if (err)
		xm_parent_close(p);
	return err;
}

static void fill_meta(struct xm_parent *p, int xdp)
{
	struct xm_meta *m = &p->meta;

	m->magic = XM_MAGIC;
	m->abi = XM_ABI_VERSION;
	m->parent_ifindex = p->link.ifindex;
	m->slots = 1;
	memcpy(m->parent_mac, p->link.mac, XM_MAC_LEN);
	m->netns_cookie = p->engine->netns_cookie;
	m->xdp_requested = xdp < 0 ? XM_XDP_AUTO : xdp;
}

/* The folder appears under its name when it is complete */
static int pin(struct xm_parent *p, struct xm_err *e)
{
	char fresh[128];
	int err;

	snprintf(fresh, sizeof(fresh), XM_PIN_ROOT "/new-%u", p->link.ifindex);
	xm_pin_dir_remove(fresh);
	if (mkdir(fresh, 0700))
		return xm_fail(e, errno, "cannot create %s: %s", fresh, strerror(errno));
	err = xm_maps_pin(fresh, p->maps, e);
	if (!err) /* the only chunk yet */
		err = xm_stats_map_pin(fresh, &p->chunk, e);
	if (!err && rename(fresh, p->dir))
		err = xm_fail(e, errno, "cannot create %s: %s", p->dir, strerror(errno));
	if (err)
		xm_pin_dir_remove(fresh);
	return err;
}

_Static_assert(sizeof(((struct xm_parent *)0)->maps) == XM_MAP_COUNT * sizeof(int), "maps of xm_parent");

static int create_maps(struct xm_parent *p, int xdp, struct xm_err *e)
{
	uint32_t slot = XM_SLOT_PARENT;
	int err = xm_maps_create(p->maps, e);

	if (err)
		return err;
	fill_meta(p, xdp);
	err = xm_stats_map_prepare(NULL, p->maps[XM_MAP_STATS], &p->chunk, slot, e);
	if (!err)
		err = xm_parent_save(p, e);
	if (!err && bpf_map_update_elem(p->maps[XM_MAP_TC_DEVICES], &slot, &p->link.ifindex, BPF_ANY))
		err = xm_fail(e, errno, "cannot enter %s into tc_devices: %s", p->link.name, strerror(errno));
	return err ? err : pin(p, e);
}

static int create(struct xm_parent *p, int xdp, struct xm_err *e)
{
	int err = create_maps(p, xdp, e);

	if (err)
		return err;
	err = xm_sync_vlans(p, e);
	if (!err)
		err = xm_tc_attach_rx(p, e);
	if (!err)
		err = xm_xdp_attach(p, e);
	p->meta.state |= XM_PARENT_READY;
	if (!err)
		err = xm_parent_save(p, e);
	if (err)
		xm_parent_destroy(p, NULL);
	return err;
}

int xm_parent_check_pins(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e)
{
	struct xm_parent p;
	int err;

	if (!engine->broken.exit_code)
		return 0;
	err = xm_parent_open(engine, ifindex, &p, e);
	if (!err)
		xm_parent_close(&p);
	return err == -ENOENT ? 0 : err;
}

/* A parent that is not attached yet, of the engine's list. NULL: no memory. */
static struct xm_parent *push(struct xm_engine *engine, const struct xm_link *link)
{
	struct xm_parent *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	xm_maps_init(p->maps);
	xm_chunk_init(&p->chunk);
	p->engine = engine;
	p->link = *link;
	p->alive = true;
	xm_pin_dir(engine->netns_cookie, link->ifindex, p->dir, sizeof(p->dir));
	p->next = engine->parents;
	engine->parents = p;
	return p;
}

int xm_parent_need(struct xm_engine *engine, const char *name, int xdp, struct xm_parent **ret,
		   struct xm_err *e)
{
	struct xm_link link;
	int err = xm_link_get(&engine->nl, XM_NSID_SELF, name, 0, &link);

	if (err)
		return xm_fail(e, err, "no such parent '%s': %s", name, xm_nl_why(&engine->nl, err));
	err = xm_parent_device_resolve(engine, &link, e);
	if (err)
		return err;
	*ret = xm_engine_parent(engine, link.ifindex);
	if (*ret)
		return 0;
	err = xm_parent_device_check(engine, &link, e);
	if (err)
		return err;
	err = xm_parent_check_pins(engine, link.ifindex, e);
	if (err)
		return err;
	*ret = push(engine, &link);
	if (!*ret)
		return xm_fail(e, ENOMEM, "out of memory");
	err = create(*ret, xdp, e);
	(*ret)->gone = err;
	return err;
}
