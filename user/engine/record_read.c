// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pinned records read. They are checked before they are used: a name without its NUL would be read
 * beyond its end, and a slot number is an index. Only root can write here, but a bug elsewhere has
 * to be reported, not acted on.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "engine/endpoint_table.h"
#include "engine/parent_list.h"
#include "engine/record_read.h"
#include "pins/pin_dir.h"

#define RECORDS_AT_ONCE 1024

/* NULL, or what is wrong */
static const char *parent_fault(const struct xm_parent *p, uint32_t ifindex)
{
	const struct xm_parent_record *r = &p->rec;
	/* in state MOVING the record has the former namespace and ifindex */
	bool moving = r->state & XM_PARENT_MOVING;

	if (!moving && (r->parent_ifindex != ifindex || r->netns_cookie != p->engine->netns_cookie))
		return "of another parent";
	if (!xm_xdp_name(r->xdp) || r->xdp == XM_XDP_AUTO || !xm_xdp_name(r->xdp_requested))
		return "with an unknown XDP mode";
	if (!memchr(r->xdp_reason, 0, sizeof(r->xdp_reason)) ||
	    !memchr(r->broken, 0, sizeof(r->broken)))
		return "with a text without an end";
	return NULL;
}

static bool record_has_name(const char name[XM_NAME_LEN])
{
	return memchr(name, 0, XM_NAME_LEN) && !xm_check_ifname("name", name, NULL);
}

static const char *record_fault(struct xm_parent *p, uint32_t slot,
				const struct xm_endpoint_record *rec)
{
	if (slot == XM_SLOT_PARENT || slot >= XM_MAX_SLOTS)
		return "out of range";
	if (!record_has_name(rec->name) || !record_has_name(rec->requested_ifname))
		return "without a name";
	if (!xm_mode_name(rec->port.mode))
		return "in an unknown mode";
	if (rec->state < XM_ENDPOINT_PARTIAL || rec->state > XM_ENDPOINT_CHANGING)
		return "in an unknown state";
	if (xm_endpoint_by_name(p, rec->name))
		return "with another's name";
	return NULL;
}

static int record_push(struct xm_parent *p, uint32_t slot, const struct xm_endpoint_record *rec,
		       struct xm_err *e)
{
	const char *fault = record_fault(p, slot, rec);

	if (fault)
		return xm_fail(e, EPROTO,
			       "%s/endpoints has a record (%u) %s: " XM_PINS_DAMAGED_HINT, p->dir,
			       slot, fault);
	return xm_endpoint_table_add(p, slot, rec) ? 0 : xm_fail(e, ENOMEM, "out of memory");
}

static int records_push_all(struct xm_parent *p, struct xm_endpoint_record *values,
			    struct xm_err *e)
{
	uint32_t keys[RECORDS_AT_ONCE] = {}, at = 0, n;
	void *in = NULL;
	int err = 0, last = 0;

	while (!err && !last) {
		n = RECORDS_AT_ONCE;
		if (bpf_map_lookup_batch(p->maps[XM_MAP_ENDPOINTS], in, &at, keys, values, &n,
					 NULL)) {
			if (errno != ENOENT)
				return xm_fail(e, errno, "cannot read %s/endpoints: %s", p->dir,
					       strerror(errno));
			last = 1;
		}
		for (uint32_t i = 0; i < n && !err; i++)
			err = record_push(p, keys[i], &values[i], e);
		in = &at;
	}
	return err;
}

static int element_read(const struct xm_parent *p, enum xm_map map, void *ret, struct xm_err *e)
{
	uint32_t key = 0;

	if (bpf_map_lookup_elem(p->maps[map], &key, ret))
		return xm_fail(e, errno, "cannot read %s/%s: %s", p->dir, xm_map_names[map],
			       strerror(errno));
	return 0;
}

int xm_parent_read(struct xm_parent *p, uint32_t ifindex, struct xm_err *e)
{
	const char *fault;
	int err = element_read(p, XM_MAP_PARENT, &p->rec, e);

	if (!err)
		err = element_read(p, XM_MAP_CONFIG, &p->config, e);
	if (err)
		return err;
	p->saved_config = p->config;
	fault = parent_fault(p, ifindex);
	return fault ? xm_fail(e, EPROTO, "%s/parent is %s: " XM_PINS_DAMAGED_HINT, p->dir, fault)
		     : 0;
}

static int records_read(struct xm_parent *p, uint32_t ifindex, struct xm_err *e)
{
	struct xm_endpoint_record *values;
	int err = xm_parent_read(p, ifindex, e);

	if (err)
		return err;
	values = malloc(RECORDS_AT_ONCE * sizeof(*values));
	err = values ? records_push_all(p, values, e) : xm_fail(e, ENOMEM, "out of memory");
	free(values);
	return err;
}

/* dir: NULL for the parent's own folder */
static int parent_load(struct xm_engine *engine, uint32_t ifindex, const char *dir, uint32_t wanted,
		       struct xm_parent *p, struct xm_err *e)
{
	int err;

	xm_parent_init(p, engine, ifindex);
	if (dir)
		snprintf(p->dir, sizeof(p->dir), "%s", dir);
	err = xm_maps_open_some(p->dir, wanted, p->maps, e);
	if (!err)
		err = records_read(p, ifindex, e);
	if (err)
		xm_maps_close(p->maps);
	p->loaded = !err;
	return err;
}

int xm_parent_load_from(struct xm_engine *engine, uint32_t ifindex, const char *dir,
			struct xm_parent *p, struct xm_err *e)
{
	return parent_load(engine, ifindex, dir, XM_MAPS_ALL, p, e);
}

int xm_parent_load_pins(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
			struct xm_err *e)
{
	return parent_load(engine, ifindex, NULL, XM_MAPS_ALL, p, e);
}

int xm_parent_look(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		   struct xm_err *e)
{
	const uint32_t wanted = XM_MAP_BIT(XM_MAP_PARENT) | XM_MAP_BIT(XM_MAP_CONFIG) |
				XM_MAP_BIT(XM_MAP_ENDPOINTS) | XM_MAP_BIT(XM_MAP_TC_DEVICES) |
				XM_MAP_BIT(XM_MAP_OWNERS);

	return parent_load(engine, ifindex, NULL, wanted, p, e);
}

static void salvage_parent(struct xm_parent *p)
{
	struct xm_parent_record rec;
	uint32_t key = 0;

	p->maps[XM_MAP_PARENT] = xm_map_open_any(p->dir, XM_MAP_PARENT);
	if (!bpf_map_lookup_elem(p->maps[XM_MAP_PARENT], &key, &rec) && rec.magic == XM_MAGIC &&
	    rec.parent_ifindex == p->rec.parent_ifindex)
		p->rec = rec;
}

bool xm_parent_salvage(struct xm_parent *p)
{
	struct xm_endpoint_record rec;
	uint32_t slot, *at = NULL;
	bool complete;
	int fd;

	xm_maps_close(p->maps); /* maps of the attempt that failed */
	salvage_parent(p);
	fd = p->maps[XM_MAP_ENDPOINTS] = xm_map_open_any(p->dir, XM_MAP_ENDPOINTS);
	complete = fd >= 0;
	while (!bpf_map_get_next_key(fd, at, &slot)) {
		complete &= !bpf_map_lookup_elem(fd, &slot, &rec) && !record_fault(p, slot, &rec) &&
			    xm_endpoint_table_add(p, slot, &rec);
		at = &slot;
	}
	return complete;
}
