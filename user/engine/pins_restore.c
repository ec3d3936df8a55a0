// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pins that somebody has removed by hand. A map lives on while a program uses it: it is found among
 * the maps of the programs by its name. The maps parent and endpoints are used by no program.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "base/caps.h"
#include "engine/pins_restore.h"
#include "pins/maps.h"
#include "pins/programs.h"

struct restore {
	const char *dir;
	int maps[XM_MAP_COUNT];
	bool missing[XM_MAP_COUNT];
	int count; /* new pins */
};

static int map_open_id(uint32_t id)
{
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_SYS_ADMIN));
	int fd = bpf_map_get_fd_by_id(id);

	xm_caps_lower(raised);
	return fd < 0 ? -errno : fd;
}

static int pin_add(const struct restore *r, const char *name, int fd)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

static bool pin_is_missing(const struct restore *r, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	return access(path, F_OK) && errno == ENOENT;
}

/* --- maps --- */

static int maps_open(struct restore *r)
{
	int missing = 0;

	for (int i = 0; i < XM_MAP_COUNT; i++) {
		r->maps[i] = xm_map_open_any(r->dir, i);
		if (r->maps[i] < 0 && r->maps[i] != -ENOENT)
			return r->maps[i];
		r->missing[i] = r->maps[i] < 0 && !xm_map_is_optional(i);
		r->maps[i] = r->maps[i] < 0 ? -1 : r->maps[i];
		missing += r->missing[i];
	}
	return missing;
}

static void map_take(struct restore *r, uint32_t id)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int fd = map_open_id(id);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		for (int i = 0; i < XM_MAP_COUNT; i++)
			if (r->maps[i] < 0 && !strcmp(info.name, xm_map_names[i])) {
				r->maps[i] = fd;
				return;
			}
	close(fd);
}

static void maps_take_of(struct restore *r, int prog)
{
	uint32_t ids[XM_PROGRAM_MAPS_MAX] = {};
	int n = xm_program_map_ids(prog, ids);

	for (int i = 0; i < n && i < XM_PROGRAM_MAPS_MAX; i++)
		map_take(r, ids[i]);
}

static void maps_take_of_pin(struct restore *r, const char *name, bool is_link)
{
	char path[1024];
	int prog;

	snprintf(path, sizeof(path), "%s/%s%s", r->dir, name, is_link ? XM_LINK_PIN : "");
	prog = xm_program_open_pin(path, is_link);
	if (prog < 0)
		return;
	maps_take_of(r, prog);
	close(prog);
}

static void maps_find(struct restore *r, const struct xm_parent_record *rec)
{
	int xdp = rec->xdp_prog_id ? xm_program_open_id(rec->xdp_prog_id) : -1;

	for (int i = 0; i < XM_PROG_COUNT; i++) {
		maps_take_of_pin(r, xm_program_names[i], false);
		maps_take_of_pin(r, xm_program_names[i], true);
	}
	if (xdp < 0)
		return;
	maps_take_of(r, xdp);
	close(xdp);
}

/* Which map may be replaced by a new one: what it had is known, or nobody has used it */
static bool map_may_be_new(enum xm_map map, const struct xm_parent_record *rec)
{
	if (map == XM_MAP_SOURCES || map == XM_MAP_VLANS)
		return rec->state & XM_PARENT_PLAIN; /* these programs lack the map */
	return map == XM_MAP_OWNERS || (map >= XM_MAP_LISTENERS && map <= XM_MAP_EVENT_LIMITS) ||
	       (map == XM_MAP_XDP_DEVICES && rec->xdp == XM_XDP_OFF) ||
	       (map >= XM_MAP_FANOUT && map <= XM_MAP_FANOUT_CHUNKS &&
		!(rec->state & XM_PARENT_FANOUT_PAIR));
}

static void xdp_devices_fill(const struct restore *r)
{
	struct xm_endpoint_record rec;
	uint32_t slot, *at = NULL;

	while (!bpf_map_get_next_key(r->maps[XM_MAP_ENDPOINTS], at, &slot)) {
		if (!bpf_map_lookup_elem(r->maps[XM_MAP_ENDPOINTS], &slot, &rec))
			bpf_map_update_elem(r->maps[XM_MAP_XDP_DEVICES], &slot, &rec.host_ifindex,
					    BPF_ANY);
		at = &slot;
	}
}

static int maps_make_missing(struct restore *r, const struct xm_parent_record *rec)
{
	bool new_devices = r->maps[XM_MAP_XDP_DEVICES] < 0;
	int err;

	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (r->missing[i] && r->maps[i] < 0 && !map_may_be_new(i, rec))
			return -ENOENT;
	err = xm_maps_create(r->maps, NULL);
	if (!err && new_devices)
		xdp_devices_fill(r);
	return err;
}

static int record_read(const struct restore *r, struct xm_parent_record *ret)
{
	uint32_t key = 0;

	if (r->missing[XM_MAP_PARENT] || r->missing[XM_MAP_ENDPOINTS])
		return -ENOENT;
	return bpf_map_lookup_elem(r->maps[XM_MAP_PARENT], &key, ret) ? -errno : 0;
}

static int maps_pin_missing(struct restore *r)
{
	int err = 0;

	for (int i = 0; i < XM_MAP_COUNT && !err; i++) {
		err = r->missing[i] ? pin_add(r, xm_map_names[i], r->maps[i]) : 0;
		r->count += r->missing[i] && !err;
	}
	return err;
}

static int maps_restore(struct restore *r)
{
	struct xm_parent_record rec;
	int err, missing = maps_open(r);

	if (missing <= 0)
		return missing;
	err = record_read(r, &rec);
	if (err)
		return err;
	maps_find(r, &rec);
	err = maps_make_missing(r, &rec);
	return err ? err : maps_pin_missing(r);
}

/* --- counters --- */

/* The elements of stats are the ids of the chunks */
static int stats_restore(struct restore *r)
{
	uint32_t id;
	int err = 0;

	for (uint32_t i = 0; i < XM_MAX_SLOTS / XM_STATS_CHUNK && !err; i++) {
		char name[32];
		int fd;

		if (bpf_map_lookup_elem(r->maps[XM_MAP_STATS], &i, &id))
			continue;
		snprintf(name, sizeof(name), "stats-%u", i);
		if (!pin_is_missing(r, name))
			continue;
		fd = map_open_id(id);
		err = fd < 0 ? fd : pin_add(r, name, fd);
		r->count += !err;
		if (fd >= 0)
			close(fd);
	}
	return err;
}

bool xm_pins_lack_counters(const char *dir, uint32_t slots)
{
	const struct restore r = { .dir = dir };
	char name[32];

	for (uint32_t i = 0; i * XM_STATS_CHUNK < slots; i++) {
		snprintf(name, sizeof(name), "stats-%u", i);
		if (pin_is_missing(&r, name))
			return true;
	}
	return false;
}

int xm_pins_restore(const char *dir)
{
	struct restore r = { .dir = dir };
	int err;

	xm_maps_init(r.maps);
	err = maps_restore(&r);
	if (!err)
		err = stats_restore(&r);
	xm_maps_close(r.maps);
	return err ? err : r.count;
}
