// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "endpoint_rx.skel.h"
#include "pins/features.h"
#include "pins/maps.h"
#include "maps.skel.h"
#include "parent_rx.skel.h"
#include "parent_tx.skel.h"
#include "parent_xdp.skel.h"
#include "pins/stats_map.h"

const char *const xm_map_names[XM_MAP_COUNT] = {
	[XM_MAP_META] = "meta",
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
	[XM_MAP_ENDPOINTS] = "endpoints",
	[XM_MAP_OWNERS] = "owners",
};

const char *const xm_program_names[XM_PROG_COUNT] = {
	[XM_PROG_PARENT_RX] = "parent_rx",
	[XM_PROG_ENDPOINT_RX] = "endpoint_rx",
	[XM_PROG_PARENT_TX] = "parent_tx",
	[XM_PROG_PARENT_XDP] = "parent_xdp",
};

/* Two programs may be loaded at once, each by a thread */
static _Thread_local char libbpf_said[256];

static int keep_message(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (getenv("XMACVLAN_DEBUG"))
		return vfprintf(stderr, fmt, ap);
	if (level == LIBBPF_WARN) {
		vsnprintf(libbpf_said, sizeof(libbpf_said), fmt, ap);
		libbpf_said[strcspn(libbpf_said, "\n")] = '\0';
	}
	return 0;
}

void xm_libbpf_keep_messages(void)
{
	libbpf_set_print(keep_message);
}

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

static struct bpf_object *open_elf(const void *elf, size_t size, const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);

	return bpf_object__open_mem(elf, size, &opts);
}

static struct bpf_object *open_object(enum xm_program program)
{
	const void *elf;
	size_t size;

	switch (program) {
	case XM_PROG_PARENT_RX:
		elf = parent_rx__elf_bytes(&size);
		break;
	case XM_PROG_ENDPOINT_RX:
		elf = endpoint_rx__elf_bytes(&size);
		break;
	case XM_PROG_PARENT_TX:
		elf = parent_tx__elf_bytes(&size);
		break;
	default:
		elf = parent_xdp__elf_bytes(&size);
		break;
	}
	return open_elf(elf, size, xm_program_names[program]);
}

/* What libbpf or the kernel refused; the feature that is missing when that is why */
static int refused(struct xm_err *e, int err, const char *what, const char *which)
{
	/* What may not be asked for is not found either */
	const char *missing = abs(err) == EPERM ? NULL : xm_missing_feature();

	if (missing)
		return xm_fail(e, err, "cannot %s%s: the kernel lacks %s", what, which, missing);
	return xm_fail(e, err, "cannot %s%s: %s%s%s", what, which, strerror(abs(err)),
		       libbpf_said[0] ? ": " : "", libbpf_said);
}

static int take_maps(struct bpf_object *obj, int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		int fd = bpf_object__find_map_fd_by_name(obj, xm_map_names[i]);

		if (fd < 0)
			return fd;
		fds[i] = dup(fd);
		if (fds[i] < 0)
			return -errno;
	}
	return 0;
}

int xm_maps_create(int fds[XM_MAP_COUNT], struct xm_err *e)
{
	size_t size;
	const void *elf = maps__elf_bytes(&size);
	struct bpf_object *obj = open_elf(elf, size, "maps");
	int err;

	xm_maps_init(fds);
	if (!obj)
		return refused(e, errno, "open the BPF object ", "maps");
	err = bpf_object__load(obj);
	if (err) {
		refused(e, err, "create the BPF maps", "");
	} else {
		err = take_maps(obj, fds);
		if (err)
			xm_fail(e, err, "cannot take over the BPF maps: %s", strerror(-err));
	}
	bpf_object__close(obj);
	if (err)
		xm_maps_close(fds);
	return err;
}

struct shape {
	uint32_t type, key, value, entries;
};

static const struct shape shapes[XM_MAP_COUNT] = {
	[XM_MAP_META] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_meta), 1 },
	[XM_MAP_MAC_TABLE] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_mac_key), 4, XM_MAX_SLOTS },
	[XM_MAP_HINTS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_hints), (1 << XM_HINT_BITS) / XM_HINT_WAYS },
	[XM_MAP_HOST_ENDS] = { BPF_MAP_TYPE_HASH, 4, 4, XM_MAX_SLOTS },
	[XM_MAP_PORTS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_port), XM_MAX_SLOTS },
	[XM_MAP_TC_DEVICES] = { BPF_MAP_TYPE_DEVMAP, 4, 4, XM_MAX_SLOTS },
	[XM_MAP_XDP_DEVICES] = { BPF_MAP_TYPE_DEVMAP, 4, 4, XM_MAX_SLOTS },
	[XM_MAP_SOURCES] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_source_key), sizeof(struct xm_source),
			     XM_MAX_SOURCES },
	[XM_MAP_STATS] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, XM_MAX_SLOTS / XM_STATS_CHUNK },
	[XM_MAP_VLANS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_VLAN_WORDS },
	[XM_MAP_MCAST_GROUPS] = { BPF_MAP_TYPE_HASH, sizeof(struct xm_group_key), 4, XM_MAX_GROUPS },
	[XM_MAP_GROUPS_VALID] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_groups_valid), 1 },
	[XM_MAP_ENDPOINTS] = { BPF_MAP_TYPE_HASH, 4, sizeof(struct xm_endpoint_record), XM_MAX_SLOTS },
	[XM_MAP_OWNERS] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_owner_key), sizeof(struct xm_owner), XM_MAX_SLOTS },
};

static int check_shape(enum xm_map map, int fd)
{
	const struct shape *s = &shapes[map];
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.type != s->type || info.key_size != s->key || info.value_size != s->value ||
	    info.max_entries != s->entries)
		return -EPROTO;
	return 0;
}

/* Magic and ABI version stand first in meta in every version: read them whatever its size is */
static int check_abi(const char *dir, int fd, struct xm_err *e)
{
	uint32_t key = 0, value[1024] = {}, len = sizeof(struct bpf_map_info);
	struct bpf_map_info info = {};

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return xm_fail(e, errno, "cannot examine %s/meta: %s", dir, strerror(errno));
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size > sizeof(value) ||
	    bpf_map_lookup_elem(fd, &key, value) || value[0] != XM_MAGIC)
		return xm_fail(e, EPROTO, "%s is not xmacvlan's: move or remove it", dir);
	if (value[1] != XM_ABI_VERSION)
		return xm_fail(e, EPROTO,
			       "%s has ABI version %u, this xmacvlan has %u: use the xmacvlan that made it, "
			       "or 'detach PARENT force' with that one first",
			       dir, value[1], XM_ABI_VERSION);
	return 0;
}

/* Links of TC programs are pinned beside the maps as <program>_link (bpffs refuses dots), counters as stats-N */
static bool known_pin(const char *name)
{
	for (int i = 0; i < XM_MAP_COUNT; i++)
		if (!strcmp(name, xm_map_names[i]))
			return true;
	for (int i = 0; i < XM_PROG_COUNT; i++) {
		size_t n = strlen(xm_program_names[i]);

		if (!strncmp(name, xm_program_names[i], n) &&
		    (!name[n] || !strcmp(name + n, "_link") || !strcmp(name + n, XM_FRESH_PIN)))
			return true;
	}
	return xm_stats_map_is_pin(name);
}

static int check_strangers(const char *dir, struct xm_err *e)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int err = 0;

	if (!d)
		return -errno;
	while ((de = readdir(d)) && !err)
		if (de->d_name[0] != '.' && !known_pin(de->d_name))
			err = xm_fail(e, EPROTO, "unknown pin %s/%s: move or remove it", dir, de->d_name);
	closedir(d);
	return err;
}

int xm_maps_open(const char *dir, int fds[XM_MAP_COUNT], struct xm_err *e)
{
	char path[1024];
	int err = check_strangers(dir, e);

	xm_maps_init(fds);
	if (err)
		return err;
	for (int i = 0; i < XM_MAP_COUNT && !err; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[i]);
		fds[i] = bpf_obj_get(path);
		if (fds[i] < 0)
			err = xm_fail(e, errno == ENOENT ? EPROTO : errno,
				      "cannot open %s: %s: not made by this xmacvlan? remove %s", path,
				      strerror(errno), dir);
		else if (i == XM_MAP_META)
			err = check_abi(dir, fds[i], e);
		if (!err)
			err = check_shape(i, fds[i]);
		if (err == -EPROTO)
			xm_fail(e, err, "%s is not this xmacvlan's map: move or remove %s", path, dir);
		else if (err)
			xm_fail(e, err, "cannot examine %s: %s", path, strerror(-err));
	}
	/* Each parent has the first counters; an index that has no pin is found when it is used */
	snprintf(path, sizeof(path), "%s/stats-0", dir);
	if (!err && access(path, F_OK))
		err = xm_fail(e, EPROTO, "%s is missing: not made by this xmacvlan? remove %s", path, dir);
	if (err)
		xm_maps_close(fds);
	return err;
}

int xm_maps_pin(const char *dir, const int fds[XM_MAP_COUNT], struct xm_err *e)
{
	char path[1024];

	for (int i = 0; i < XM_MAP_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, xm_map_names[i]);
		if (bpf_obj_pin(fds[i], path))
			return xm_fail(e, errno, "cannot pin %s: %s", path, strerror(errno));
	}
	return 0;
}

static int reuse_maps(struct bpf_object *obj, const int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, xm_map_names[i]);
		int err = map ? bpf_map__reuse_fd(map, fds[i]) : -ENOENT;

		if (err)
			return err;
	}
	return 0;
}

static struct bpf_object *give_up(struct bpf_object *obj, enum xm_program program, int err, struct xm_err *e)
{
	refused(e, err, "load the BPF program ", xm_program_names[program]);
	bpf_object__close(obj);
	return NULL;
}

struct bpf_object *xm_program_open(enum xm_program program, const int fds[XM_MAP_COUNT], int *err,
				   struct xm_err *e)
{
	struct bpf_object *obj = open_object(program);

	if (!obj) {
		*err = refused(e, errno, "open the BPF object ", xm_program_names[program]);
		return NULL;
	}
	*err = reuse_maps(obj, fds);
	return *err ? give_up(obj, program, *err, e) : obj;
}

static struct bpf_object *load(enum xm_program program, const int fds[XM_MAP_COUNT], int *err,
			       struct xm_err *e)
{
	struct bpf_object *obj = xm_program_open(program, fds, err, e);

	if (!obj)
		return NULL;
	*err = bpf_object__load(obj);
	return *err ? give_up(obj, program, *err, e) : obj;
}

/*
 * libbpf before 1.4 lists the modules' BTF, which takes CAP_SYS_ADMIN, for what the kernel's own has not:
 * kfuncs before 6.2. It makes EINVAL of the refusal. So a program that is refused gets a second try with it.
 */
int xm_program_load(enum xm_program program, const int fds[XM_MAP_COUNT], struct xm_err *e)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	struct xm_err why = {};
	xm_caps raised;
	int err, fd;

	obj = load(program, fds, &err, &why);
	raised = err == -EPERM || err == -EINVAL ? xm_caps_raise(XM_CAP(CAP_SYS_ADMIN)) : 0;
	if (raised)
		obj = load(program, fds, &err, NULL);
	xm_caps_lower(raised);
	if (!obj && !raised && !xm_caps_may(XM_CAP(CAP_SYS_ADMIN)) && !xm_has_casts())
		return xm_fail(e, EPERM, "cannot load the BPF program %s: needs CAP_SYS_ADMIN before Linux 6.2",
			       xm_program_names[program]);
	if (!obj)
		return xm_fail(e, err, "%s", why.text);
	prog = bpf_object__find_program_by_name(obj, xm_program_names[program]);
	fd = prog ? dup(bpf_program__fd(prog)) : -ENOENT;
	if (fd == -1)
		fd = -errno;
	bpf_object__close(obj);
	return fd;
}
