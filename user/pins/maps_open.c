// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Opens pins of maps: checks their version, their shapes, and what else is pinned beside them */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pins/fanout_map.h"
#include "pins/maps.h"
#include "pins/pin_dir.h"
#include "pins/programs.h"
#include "pins/stats_map.h"

struct map_shape {
	uint32_t type, key, value, entries;
};

#define BY_CPUS 0 /* as many as the listeners on all CPUs */

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
	[XM_MAP_MCAST_GROUPS] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_mcast_group_key), 4,
				  XM_MAX_GROUPS },
	[XM_MAP_GROUPS_VALID] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_groups_valid), 1 },
	[XM_MAP_PARENT] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_parent_record), 1 },
	[XM_MAP_ENDPOINTS] = { BPF_MAP_TYPE_HASH, 4, sizeof(struct xm_endpoint_record),
			       XM_MAX_SLOTS },
	[XM_MAP_OWNERS] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_owner_key),
			    sizeof(struct xm_owner), XM_MAX_SLOTS },
	[XM_MAP_NEIGH_OWNERS] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_neigh_key),
				  sizeof(struct xm_neigh_owner), XM_MAX_NEIGHS },
	[XM_MAP_NEIGH_TAUGHT] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_neigh_slot_key),
				  sizeof(struct xm_neigh_taught), XM_MAX_SLOTS },
	[XM_MAP_FANOUT] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_fanout), 1 },
	[XM_MAP_FANOUT_FLOW] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_fanout_flow), 1 },
	[XM_MAP_FANOUT_MEMBERS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_MAX_SLOTS / 64 },
	[XM_MAP_FANOUT_LASTS] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4,
				  XM_MAX_SLOTS / XM_FANOUT_CHUNK },
	[XM_MAP_FANOUT_LISTENERS] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_source_key),
				      sizeof(struct xm_fanout_listeners), XM_MAX_FANOUT_LISTENERS },
	[XM_MAP_FANOUT_CHUNKS] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4,
				   XM_MAX_SLOTS / XM_FANOUT_CHUNK },
	[XM_MAP_LISTENERS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_listeners), 1 },
	[XM_MAP_EVENTS] = { BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, BY_CPUS },
	[XM_MAP_EVENT_LIMITS] = { BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(struct xm_event_limit),
				  XM_REASON_MAX },
#ifdef XM_NEXT_MAP
	[XM_MAP_NEXT_COUNTS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_MAX_SLOTS },
#endif
};

/* The minor version that added a map. Pins of an older one may lack it. */
static const uint16_t map_minor[XM_MAP_COUNT] = {
	[XM_MAP_CONFIG] = 0,	    [XM_MAP_NEIGH_OWNERS] = 1, [XM_MAP_NEIGH_TAUGHT] = 1,
	[XM_MAP_FANOUT] = 2,	    [XM_MAP_FANOUT_FLOW] = 2,  [XM_MAP_FANOUT_MEMBERS] = 2,
	[XM_MAP_FANOUT_CHUNKS] = 2, [XM_MAP_LISTENERS] = 3,    [XM_MAP_EVENTS] = 3,
	[XM_MAP_EVENT_LIMITS] = 3,  [XM_MAP_FANOUT_LASTS] = 4, [XM_MAP_FANOUT_LISTENERS] = 4,
#ifdef XM_NEXT_MAP
	[XM_MAP_NEXT_COUNTS] = 5,
#endif
};

/* The pin of the first chunk of counters */
#define FIRST_CHUNK "stats-0"

/* Advice for damaged pins; no other error has it */
#define FORCE_HINT XM_PINS_DAMAGED_HINT

static int map_check_shape(enum xm_map map, int fd)
{
	const struct map_shape *s = &shapes[map];
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), entries = s->entries;
	int cpus;

	if (entries == BY_CPUS) {
		cpus = libbpf_num_possible_cpus();
		if (cpus < 0)
			return cpus;
		entries = XM_LISTENERS * cpus;
	}
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.type != s->type || info.key_size != s->key || info.value_size != s->value ||
	    info.max_entries != entries)
		return -EPROTO;
	return 0;
}

/* Reads the fields of the parent's record that every major version has */
static int abi_read(const char *dir, int fd, struct xm_parent_record *ret, struct xm_err *e)
{
	uint8_t value[XM_RECORD_MAX] = {};
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
	if (found->abi_major == XM_ABI_MAJOR && found->needs_minor > XM_ABI_MINOR)
		return xm_fail(e, EPROTO,
			       "%s needs ABI %u.%u, this xmacvlan has " XM_ABI_TEXT ": use a newer "
			       "xmacvlan",
			       dir, found->abi_major, found->needs_minor);
	if (found->abi_major == XM_ABI_MAJOR)
		return 0;
	if (found->abi_major < XM_ABI_MAJOR)
		return xm_fail(e, ESTALE,
			       "%s has ABI %u.%u, this xmacvlan has " XM_ABI_TEXT ": 'xmacvlan "
			       "upgrade' takes it over",
			       dir, found->abi_major, found->abi_minor);
	return xm_fail(e, EPROTO,
		       "%s has ABI %u.%u, this xmacvlan has " XM_ABI_TEXT ": use a newer xmacvlan",
		       dir, found->abi_major, found->abi_minor);
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
	return xm_stats_map_is_pin(name) || xm_fanout_map_is_pin(name);
}

static int pin_is_missing(const char *dir, const char *name, struct xm_err *e)
{
	return xm_fail(e, EPROTO, "%s/%s is missing, so these pins are damaged: " FORCE_HINT, dir,
		       name);
}

/*
 * The bit of a pin that every folder has: the maps', and that of the first chunk of counters. The
 * pin of a later chunk is checked when the chunk is used. 0: the folder may lack the pin.
 */
static uint32_t pin_bit(const char *name)
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (!strcmp(name, xm_map_names[i]))
			return 1u << i;
	return strcmp(name, FIRST_CHUNK) ? 0 : 1u << XM_MAP_COUNT;
}

static int pins_check_seen(const char *dir, uint32_t seen, struct xm_err *e)
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (!(seen >> i & 1) && !map_minor[i])
			return pin_is_missing(dir, xm_map_names[i], e);
	return seen >> XM_MAP_COUNT & 1 ? 0 : pin_is_missing(dir, FIRST_CHUNK, e);
}

/*
 * Whether all pins are there, and no unknown one is. A newer minor version may have pinned more.
 * Opens no pin.
 */
static int dir_check_pins(const char *dir, bool may_have_more, struct xm_err *e)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	uint32_t seen = 0;
	int err = 0;

	if (!d)
		return xm_fail(e, errno, "cannot read %s: %s", dir, strerror(errno));
	while ((de = readdir(d)) && !err) {
		seen |= pin_bit(de->d_name);
		if (de->d_name[0] != '.' && !may_have_more && !pin_is_known(de->d_name))
			err = xm_fail(e, EPROTO, "unknown pin %s/%s: move or remove it", dir,
				      de->d_name);
	}
	closedir(d);
	return err ? err : pins_check_seen(dir, seen, e);
}

/* Opens one map, unless it is open, and checks its shape */
static int map_open(const char *dir, enum xm_map map, int *fd, struct xm_err *e)
{
	char path[1024];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[map]);
	if (*fd < 0)
		*fd = bpf_obj_get(path);
	if (*fd < 0 && errno == ENOENT && map_minor[map])
		return 0; /* the pins are of an older minor version */
	if (*fd < 0 && errno == ENOENT)
		return pin_is_missing(dir, xm_map_names[map], e);
	if (*fd < 0)
		return xm_fail(e, errno, "cannot open %s: %s", path, strerror(errno));
	err = map_check_shape(map, *fd);
	if (err == -EPROTO)
		return xm_fail(e, err, "%s is not this xmacvlan's map: " FORCE_HINT, path);
	return err ? xm_fail(e, err, "cannot examine %s: %s", path, strerror(-err)) : 0;
}

bool xm_map_is_optional(enum xm_map map)
{
	return map_minor[map];
}

int xm_map_open_any_shape(const char *dir, enum xm_map map)
{
	return xm_pin_open(dir, xm_map_names[map]);
}

int xm_map_open_any(const char *dir, enum xm_map map)
{
	int fd = xm_map_open_any_shape(dir, map);
	int err = fd < 0 ? fd : map_check_shape(map, fd);

	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * Opens the parent's record and reads the version of the pins. Returns 1 when there is no such
 * folder.
 */
static int version_open(const char *dir, int *fd, struct xm_parent_record *ret, struct xm_err *e)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[XM_MAP_PARENT]);
	*fd = bpf_obj_get(path);
	if (*fd < 0 && errno == ENOENT && access(dir, F_OK) && errno == ENOENT)
		return 1;
	if (*fd < 0 && errno == ENOENT)
		return pin_is_missing(dir, xm_map_names[XM_MAP_PARENT], e);
	if (*fd < 0)
		return xm_fail(e, errno, "cannot open %s: %s", path, strerror(errno));
	return abi_read(dir, *fd, ret, e);
}

int xm_pins_version(const char *dir, struct xm_parent_record *ret, struct xm_err *e)
{
	int fd, err = version_open(dir, &fd, ret, e);

	if (fd >= 0)
		close(fd);
	return err;
}

int xm_maps_open_some(const char *dir, uint32_t wanted, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	struct xm_parent_record found = {};
	int err;

	xm_maps_init(fds);
	err = version_open(dir, &fds[XM_MAP_PARENT], &found, e);
	if (!err)
		err = abi_check(dir, &found, e);
	if (!err)
		err = dir_check_pins(dir, found.abi_minor > XM_ABI_MINOR, e);
	for (int i = 0; i < XM_MAP_COUNT && !err; i++)
		if (wanted >> i & 1)
			err = map_open(dir, i, &fds[i], e);
	if (err)
		xm_maps_close(fds);
	return err;
}

int xm_maps_open(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	return xm_maps_open_some(dir, XM_MAPS_ALL, fds, e);
}

static int pin_copy(const char *from, const char *to, const char *name)
{
	char path[1024];
	int err, fd;

	snprintf(path, sizeof(path), "%s/%s", to, name);
	if (!access(path, F_OK))
		return 0;
	fd = xm_pin_open(from, name);
	if (fd < 0)
		return fd;
	err = bpf_obj_pin(fd, path) ? -errno : 0;
	close(fd);
	return err;
}

int xm_pins_copy(const char *from, const char *to, struct xm_err *e)
{
	DIR *d = opendir(from);
	struct dirent *de;
	int err = d ? 0 : xm_fail(e, errno, "cannot read %s: %s", from, strerror(errno));

	while (!err && (de = readdir(d))) {
		err = !pin_is_known(de->d_name) ? 0 : pin_copy(from, to, de->d_name);
		if (err)
			xm_fail(e, err, "cannot pin %s/%s in %s: %s", from, de->d_name, to,
				strerror(-err));
	}
	if (d)
		closedir(d);
	return err;
}
