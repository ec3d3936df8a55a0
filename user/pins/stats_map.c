// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A chunk is pinned before it is entered into `stats`. A pin that `stats` does not have was left by
 * a killed command: nothing was counted there, and the next command that needs the chunk takes it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pins/inner_map.h"
#include "pins/pin_names.h"
#include "pins/stats_map.h"

void xm_chunk_init(struct xm_chunk *c)
{
	*c = (struct xm_chunk){ .fd = -1 };
}

void xm_chunk_close(struct xm_chunk *c)
{
	if (c->fd >= 0)
		close(c->fd);
	xm_chunk_init(c);
}

bool xm_stats_map_is_pin(const char *name)
{
	return xm_pin_name_is_numbered(name, "stats-", XM_MAX_SLOTS / XM_STATS_CHUNK);
}

static void chunk_pin_path(const char *dir, uint32_t chunk, char *ret, size_t size)
{
	snprintf(ret, size, "%s/stats-%u", dir, chunk);
}

int xm_stats_map_pin(const char *dir, const struct xm_chunk *c, struct xm_err *e)
{
	char path[256];

	chunk_pin_path(dir, c->number, path, sizeof(path));
	return xm_inner_map_pin(c->fd, path, e);
}

static bool map_is_chunk(const struct bpf_map_info *info)
{
	return info->type == BPF_MAP_TYPE_PERCPU_ARRAY && info->key_size == sizeof(uint32_t) &&
	       info->value_size == sizeof(struct xm_stats) && info->max_entries == XM_STATS_CHUNK;
}

/*
 * Opens the pinned chunk. id: that in `stats`, 0: it has none. Returns a descriptor or a negative
 * errno.
 */
static int chunk_open_pin(const char *dir, uint32_t chunk, uint32_t id)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	char path[256];
	int err, fd;

	if (!dir)
		return -ENOENT;
	chunk_pin_path(dir, chunk, path, sizeof(path));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return errno == ENOENT && id ? -EPROTO : -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
	if (!err && map_is_chunk(&info) && (!id || info.id == id))
		return fd;
	close(fd);
	return err ? err : -EPROTO;
}

static int chunk_create(const char *dir, struct xm_chunk *c, struct xm_err *e)
{
	static const struct xm_inner_shape shape = { BPF_MAP_TYPE_PERCPU_ARRAY, "stats_chunk",
						     sizeof(struct xm_stats), XM_STATS_CHUNK };
	char path[256];

	if (dir)
		chunk_pin_path(dir, c->number, path, sizeof(path));
	c->fd = xm_inner_map_create(&shape, dir ? path : NULL, e);
	return c->fd < 0 ? c->fd : 0;
}

/* A new chunk into *c, or one that a killed command left */
static int chunk_add(const char *dir, int stats_fd, struct xm_chunk *c, struct xm_err *e)
{
	char path[256];
	uint32_t id;
	int err = 0;

	c->fd = chunk_open_pin(dir, c->number, 0);
	if (c->fd == -ENOENT)
		err = chunk_create(dir, c, e);
	else if (c->fd < 0)
		err = xm_fail(e, c->fd, "cannot open %s/stats-%u: %s", dir, c->number,
			      c->fd == -EPROTO ? "not this xmacvlan's map: remove it"
					       : strerror(-c->fd));
	if (err)
		return err;
	err = xm_inner_map_insert(stats_fd, c->number, c->fd);
	if (!err)
		return 0;
	if (dir && !xm_inner_map_id(stats_fd, c->number, &id)) {
		chunk_pin_path(dir, c->number, path, sizeof(path));
		unlink(path);
	}
	return xm_fail(e, err, "cannot add counters: %s", strerror(-err));
}

/* The chunk of a slot into *c. -ENOENT: there is none. *e is not used. */
static int chunk_open(const char *dir, int stats_fd, struct xm_chunk *c, uint32_t slot)
{
	uint32_t id, chunk = slot / XM_STATS_CHUNK;
	int fd;

	if (c->fd >= 0 && c->number == chunk)
		return 0;
	xm_chunk_close(c);
	c->number = chunk;
	if (!xm_inner_map_id(stats_fd, chunk, &id))
		return -errno;
	fd = chunk_open_pin(dir, chunk, id);
	if (fd < 0)
		return fd;
	c->fd = fd;
	c->clean = XM_STATS_CHUNK;
	return 0;
}

/*
 * A buffer for one value on every possible CPU, allocated, zero; NULL: errno has the reason. The
 * kernel reads and writes all of it, so its size must not be guessed when libbpf cannot tell the
 * number of CPUs. *n: that number.
 */
static struct xm_stats *counters_alloc(int *n)
{
	struct xm_stats *all;

	*n = libbpf_num_possible_cpus();
	if (*n <= 0) {
		errno = *n ? -*n : EINVAL;
		return NULL;
	}
	all = calloc(*n, sizeof(*all));
	if (!all)
		errno = ENOMEM;
	return all;
}

static int counters_zero(int fd, uint32_t index, struct xm_err *e)
{
	int n;
	struct xm_stats *all = counters_alloc(&n);
	int err = !all || bpf_map_update_elem(fd, &index, all, BPF_ANY) ? -errno : 0;

	free(all);
	return err ? xm_fail(e, err, "cannot clear counters: %s", strerror(-err)) : 0;
}

int xm_stats_map_prepare(const char *dir, int stats_fd, struct xm_chunk *c, uint32_t slot,
			 struct xm_err *e)
{
	uint32_t index = slot % XM_STATS_CHUNK;
	int err = chunk_open(dir, stats_fd, c, slot);

	if (!err && index < c->clean)
		return counters_zero(c->fd, index, e);
	if (err && err != -ENOENT)
		return xm_fail(e, err, "cannot open %s/stats-%u: %s", dir, c->number,
			       err == -EPROTO ? "it is not what stats has" : strerror(-err));
	c->clean = index + 1;
	if (!err)
		return 0;
	err = chunk_add(dir, stats_fd, c, e);
	if (err)
		xm_chunk_close(c);
	return err;
}

int xm_stats_map_read(const char *dir, int stats_fd, struct xm_chunk *c, uint32_t slot,
		      struct xm_stats *ret)
{
	uint32_t index = slot % XM_STATS_CHUNK;
	int n, err = chunk_open(dir, stats_fd, c, slot);
	uint64_t *sum = (uint64_t *)ret;
	struct xm_stats *all;

	memset(ret, 0, sizeof(*ret));
	if (err)
		return err;
	all = counters_alloc(&n);
	err = !all || bpf_map_lookup_elem(c->fd, &index, all) ? -errno : 0;
	for (int cpu = 0; !err && cpu < n; cpu++)
		for (size_t i = 0; i < sizeof(*ret) / sizeof(*sum); i++)
			sum[i] += ((uint64_t *)&all[cpu])[i];
	free(all);
	return err;
}
