// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pins/maps.h"
#include "pins/objects.h"
#include "pins/programs.h"
#include "pins/stats_map.h"

const char *const xm_map_names[XM_MAP_COUNT] = {
	[XM_MAP_CONFIG] = "config",
	[XM_MAP_MAC_TABLE] = "mac_table",
	[XM_MAP_HINTS] = "hints",
	[XM_MAP_HOST_ENDS] = "host_ends",
	[XM_MAP_PORTS] = "ports",
	[XM_MAP_TC_DEVICES] = "tc_devices",
	[XM_MAP_XDP_DEVICES] = "xdp_devices",
	[XM_MAP_SOURCES] = "sources",
	[XM_MAP_STATS] = "stats",
	[XM_MAP_VLANS] = "vlans",
	[XM_MAP_MCAST_GROUPS] = "mcast_groups",
	[XM_MAP_GROUPS_VALID] = "groups_valid",
	[XM_MAP_PARENT] = "parent",
	[XM_MAP_ENDPOINTS] = "endpoints",
	[XM_MAP_OWNERS] = "owners",
	[XM_MAP_NEIGH_OWNERS] = "neigh_owners",
	[XM_MAP_NEIGH_TAUGHT] = "neigh_taught",
	[XM_MAP_FANOUT] = "fanout",
	[XM_MAP_FANOUT_FLOW] = "fanout_flow",
	[XM_MAP_FANOUT_MEMBERS] = "fanout_members",
	[XM_MAP_FANOUT_LASTS] = "fanout_lasts",
	[XM_MAP_FANOUT_LISTENERS] = "fanout_listeners",
	[XM_MAP_FANOUT_CHUNKS] = "fanout_chunks",
	[XM_MAP_LISTENERS] = "listeners",
	[XM_MAP_EVENTS] = "events",
	[XM_MAP_EVENT_LIMITS] = "event_limits",
#ifdef XM_NEXT_MAP
	[XM_MAP_NEXT_COUNTS] = "next_counts",
#endif
};

void xm_maps_init(int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		fds[i] = -1;
}

void xm_maps_close(int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	xm_maps_init(fds);
}

/* Prevents libbpf from creating the maps that are open */
static int object_skip_maps(struct bpf_object *obj, const int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, xm_map_names[i]);
		int err = map ? bpf_map__set_autocreate(map, fds[i] < 0) : -ENOENT;

		if (err)
			return err;
	}
	return 0;
}

static int maps_take_over(struct bpf_object *obj, int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		int fd = bpf_object__find_map_fd_by_name(obj, xm_map_names[i]);

		if (fds[i] >= 0)
			continue;
		if (fd < 0)
			return fd;
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fds[i] < 0)
			return -errno;
	}
	return 0;
}

/* Sets the size of the map whose entries are as many as the listeners on all CPUs */
static int object_size_events(struct bpf_object *obj)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, xm_map_names[XM_MAP_EVENTS]);
	int cpus = libbpf_num_possible_cpus();

	if (!map || cpus < 0)
		return map ? cpus : -ENOENT;
	return bpf_map__set_max_entries(map, XM_LISTENERS * cpus);
}

static int object_create_maps(struct bpf_object *obj, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	int err = object_skip_maps(obj, fds);

	if (!err)
		err = object_size_events(obj);
	if (!err)
		err = bpf_object__load(obj);
	if (err)
		return xm_object_fail(e, err, "create the BPF maps", "");
	err = maps_take_over(obj, fds);
	return err ? xm_fail(e, err, "cannot take over the BPF maps: %s", strerror(-err)) : 0;
}

/* Closes the maps that were closed in `before` */
static void maps_close_new(int fds[XM_MAP_COUNT], const int before[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		if (fds[i] >= 0 && before[i] < 0)
			close(fds[i]);
		fds[i] = before[i];
	}
}

int xm_maps_create(int fds[XM_MAP_COUNT], struct xm_err *e)
{
	struct bpf_object *obj = xm_object_open_maps();
	int before[XM_MAP_COUNT], err;

	if (!obj)
		return xm_object_fail(e, errno, "open the BPF object ", "maps");
	memcpy(before, fds, sizeof(before));
	err = object_create_maps(obj, fds, e);
	bpf_object__close(obj);
	if (err)
		maps_close_new(fds, before);
	return err;
}

static int map_pin(const char *dir, enum xm_map map, int fd, struct xm_err *e)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[map]);
	return bpf_obj_pin(fd, path) ? xm_fail(e, errno, "cannot pin %s: %s", path, strerror(errno))
				     : 0;
}

int xm_maps_pin(const char *dir, const int fds[XM_MAP_COUNT], struct xm_err *e)
{
	int err = 0;

	for (int i = 0; i < XM_MAP_COUNT && !err; i++)
		err = map_pin(dir, i, fds[i], e);
	return err;
}

bool xm_maps_are_complete(const int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (fds[i] < 0)
			return false;
	return true;
}

int xm_maps_complete(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	int before[XM_MAP_COUNT], err;

	memcpy(before, fds, sizeof(before));
	err = xm_maps_create(fds, e);
	for (int i = 0; i < XM_MAP_COUNT && !err; i++)
		if (before[i] < 0)
			err = map_pin(dir, i, fds[i], e);
	/* The maps that were pinned before an error are opened by the next command */
	if (err)
		maps_close_new(fds, before);
	return err;
}
