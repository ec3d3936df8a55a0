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

/* Only maps that are marked as closed are created */
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

static int object_create_maps(struct bpf_object *obj, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	int err = object_skip_maps(obj, fds);

	if (!err)
		err = bpf_object__load(obj);
	if (err)
		return xm_object_fail(e, err, "create the BPF maps", "");
	err = maps_take_over(obj, fds);
	return err ? xm_fail(e, err, "cannot take over the BPF maps: %s", strerror(-err)) : 0;
}

/* Closes the maps that were not open before */
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

struct map_shape {
	uint32_t type, key, value, entries;
};

static const struct map_shape shapes[XM_MAP_COUNT] = {
	[XM_MAP_CONFIG] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_config), 1 },
	[XM_MAP_MAC_TABLE] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_mac_key), 4, XM_MAX_SLOTS },
	[XM_MAP_HINTS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_hints),
			   (1 << XM_HINT_BITS) / XM_HINT_WAYS },
	[XM_MAP_HOST_ENDS] = { BPF_MAP_TYPE_HASH, 4, 4, XM_MAX_SLOTS },
	[XM_MAP_PORTS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_port), XM_MAX_SLOTS },
	[XM_MAP_TC_DEVICES] = { BPF_MAP_TYPE_DEVMAP, 4, 4, XM_MAX_SLOTS },
	[XM_MAP_XDP_DEVICES] = { BPF_MAP_TYPE_DEVMAP, 4, 4, XM_MAX_SLOTS },
	[XM_MAP_SOURCES] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_source_key),
			     sizeof(struct xm_source), XM_MAX_SOURCES },
	[XM_MAP_STATS] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, XM_MAX_SLOTS / XM_STATS_CHUNK },
	[XM_MAP_VLANS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_VLAN_WORDS },
	[XM_MAP_MCAST_GROUPS] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_group_key), 4,
				  XM_MAX_GROUPS },
	[XM_MAP_GROUPS_VALID] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_groups_valid), 1 },
	[XM_MAP_PARENT] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_parent_record), 1 },
	[XM_MAP_ENDPOINTS] = { BPF_MAP_TYPE_HASH, 4, sizeof(struct xm_endpoint_record),
			       XM_MAX_SLOTS },
	[XM_MAP_OWNERS] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_owner_key),
			    sizeof(struct xm_owner), XM_MAX_SLOTS },
#ifdef XM_NEXT_MAP
	[XM_MAP_NEXT_COUNTS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_MAX_SLOTS },
#endif
};

/* The minor version that added a map. Pins that an older one made do not have it. */
static const uint16_t map_minor[XM_MAP_COUNT] = {
	[XM_MAP_CONFIG] = 0,
#ifdef XM_NEXT_MAP
	[XM_MAP_NEXT_COUNTS] = 1,
#endif
};

/* What an administrator can do about damaged pins, and about nothing else that is refused */
#define FORCE_HINT XM_PINS_DAMAGED_HINT

static int map_check_shape(enum xm_map map, int fd)
{
	const struct map_shape *s = &shapes[map];
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.type != s->type || info.key_size != s->key || info.value_size != s->value ||
	    info.max_entries != s->entries)
		return -EPROTO;
	return 0;
}

/* The fields that the record of the parent has in every major version */
static int abi_read(const char *dir, int fd, struct xm_parent_record *ret, struct xm_err *e)
{
	uint8_t value[4096] = {};
	uint32_t key = 0, len = sizeof(struct bpf_map_info);
	struct bpf_map_info info = {};

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return xm_fail(e, errno, "cannot examine %s/parent: %s", dir, strerror(errno));
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size > sizeof(value))
		return xm_fail(e, EPROTO, "%s is not xmacvlan's: " FORCE_HINT, dir);
	if (bpf_map_lookup_elem(fd, &key, value))
		return xm_fail(e, errno, "cannot read %s/parent: %s", dir, strerror(errno));
	memcpy(ret, value, sizeof(*ret));
	if (ret->magic != XM_MAGIC)
		return xm_fail(e, EPROTO, "%s is not xmacvlan's: " FORCE_HINT, dir);
	return 0;
}

static int abi_check(const char *dir, const struct xm_parent_record *found, struct xm_err *e)
{
	bool newer = found->abi_major > XM_ABI_MAJOR;

	if (found->abi_major == XM_ABI_MAJOR && found->needs_minor > XM_ABI_MINOR)
		return xm_fail(e, EPROTO,
			       "%s needs ABI %u.%u, this xmacvlan has " XM_ABI_TEXT ": use a newer "
			       "xmacvlan",
			       dir, found->abi_major, found->needs_minor);
	if (found->abi_major == XM_ABI_MAJOR)
		return 0;
	return xm_fail(e, EPROTO, "%s has ABI %u.%u, this xmacvlan has " XM_ABI_TEXT ": use %s",
		       dir, found->abi_major, found->abi_minor,
		       newer ? "a newer xmacvlan"
			     : "the xmacvlan that made it, or 'detach PARENT force' with it");
}

/* Links of TC programs are pinned as <program>_link (bpffs refuses dots), counters as stats-N */
static bool pin_is_known(const char *name)
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (!strcmp(name, xm_map_names[i]))
			return true;
	for (int i = 0; i < XM_PROG_COUNT; i++) {
		size_t n = strlen(xm_program_names[i]);

		if (!strncmp(name, xm_program_names[i], n) &&
		    (!name[n] || !strcmp(name + n, XM_LINK_PIN) ||
		     !strcmp(name + n, XM_FRESH_PIN) ||
		     !strcmp(name + n, XM_LINK_PIN XM_FRESH_PIN)))
			return true;
	}
	return xm_stats_map_is_pin(name);
}

static int dir_check_pins(const char *dir, struct xm_err *e)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int err = 0;

	if (!d)
		return xm_fail(e, errno, "cannot read %s: %s", dir, strerror(errno));
	while ((de = readdir(d)) && !err)
		if (de->d_name[0] != '.' && !pin_is_known(de->d_name))
			err = xm_fail(e, EPROTO, "unknown pin %s/%s: move or remove it", dir,
				      de->d_name);
	closedir(d);
	return err;
}

/* Opens one map and checks that it is ours */
static int map_open(const char *dir, enum xm_map map, int *fd, struct xm_err *e)
{
	char path[1024];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[map]);
	*fd = bpf_obj_get(path);
	if (*fd < 0 && errno == ENOENT && map_minor[map])
		return 0; /* made by an older minor version */
	if (*fd < 0 && errno == ENOENT)
		return xm_fail(e, EPROTO, "%s is missing: not made by this xmacvlan? " FORCE_HINT,
			       path);
	if (*fd < 0)
		return xm_fail(e, errno, "cannot open %s: %s", path, strerror(errno));
	err = map_check_shape(map, *fd);
	if (err == -EPROTO)
		return xm_fail(e, err, "%s is not this xmacvlan's map: " FORCE_HINT, path);
	return err ? xm_fail(e, err, "cannot examine %s: %s", path, strerror(-err)) : 0;
}

int xm_map_open_any(const char *dir, enum xm_map map)
{
	char path[1024];
	int err, fd;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[map]);
	fd = bpf_obj_get(path);
	err = fd < 0 ? -errno : map_check_shape(map, fd);
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * Every parent has the first chunk of counters. The pin of a later one is checked when the chunk is
 * used.
 */
static int dir_check_stats(const char *dir, struct xm_err *e)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/stats-0", dir);
	if (!access(path, F_OK))
		return 0;
	if (errno != ENOENT)
		return xm_fail(e, errno, "cannot examine %s: %s", path, strerror(errno));
	return xm_fail(e, EPROTO, "%s is missing: not made by this xmacvlan? " FORCE_HINT, path);
}

/* Reads the version of the pins. Returns 1 when there is no such folder. */
static int dir_read_abi(const char *dir, struct xm_parent_record *ret, struct xm_err *e)
{
	char path[1024];
	int err, fd;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[XM_MAP_PARENT]);
	fd = bpf_obj_get(path);
	if (fd < 0 && errno == ENOENT && access(dir, F_OK) && errno == ENOENT)
		return 1;
	if (fd < 0 && errno == ENOENT)
		return xm_fail(e, EPROTO, "%s is missing: not made by this xmacvlan? " FORCE_HINT,
			       path);
	if (fd < 0)
		return xm_fail(e, errno, "cannot open %s: %s", path, strerror(errno));
	err = abi_read(dir, fd, ret, e);
	close(fd);
	return err;
}

int xm_maps_open(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	struct xm_parent_record found = {};
	int err = dir_read_abi(dir, &found, e);

	xm_maps_init(fds);
	if (!err)
		err = abi_check(dir, &found, e);
	/* A newer minor version may have pinned more */
	if (!err && found.abi_minor <= XM_ABI_MINOR)
		err = dir_check_pins(dir, e);
	for (int i = 0; i < XM_MAP_COUNT && !err; i++)
		err = map_open(dir, i, &fds[i], e);
	if (!err)
		err = dir_check_stats(dir, e);
	if (err)
		xm_maps_close(fds);
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
	/* A map that is pinned already is opened by the next command */
	if (err)
		maps_close_new(fds, before);
	return err;
}
