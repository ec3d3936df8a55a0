// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fake BPF maps in memory, with the operations that the engine uses. See fuzz.h. */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAX_MAPS    32
#define MAX_ENTRIES 192

struct entry {
	uint8_t *bytes; /* key, then value, on the heap: AddressSanitizer sees a read behind it */
};

static struct map {
	uint32_t type, key, value, entries; /* as bpf_obj_get_info_by_fd() returns them */
	uint32_t key_size, value_size; /* the real sizes */
	struct entry list[MAX_ENTRIES];
	unsigned int count;
} maps[MAX_MAPS];
static int map_count;

void fz_bpf_reset(void)
{
	for (int i = 0; i < map_count; i++)
		for (unsigned int j = 0; j < maps[i].count; j++)
			free(maps[i].list[j].bytes);
	memset(maps, 0, sizeof(*maps) * map_count);
	map_count = 0;
}

int fz_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
	fz_check(map_count < MAX_MAPS, "%d maps", map_count);
	maps[map_count] = (struct map){ type, key, value, entries, key, value, {}, 0 };
	return map_count++;
}

uint32_t fz_map_id(int obj)
{
	return 100 + obj;
}

void fz_map_bend(int obj, unsigned int field, uint32_t value)
{
	struct map *m = &maps[obj];

	*(field % 4 == 0   ? &m->type
	  : field % 4 == 1 ? &m->key
	  : field % 4 == 2 ? &m->value
			   : &m->entries) = value;
}

/* Octets of a lookup or update. A per-CPU value is one value for each CPU, rounded up to 8. */
static size_t value_bytes(const struct map *m)
{
	bool per_cpu = m->type == BPF_MAP_TYPE_PERCPU_ARRAY;

	return per_cpu ? (m->value_size + 7) / 8 * 8 * 2 : m->value_size;
}

static bool is_array(const struct map *m)
{
	return m->type == BPF_MAP_TYPE_ARRAY || m->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static struct entry *map_find(struct map *m, const void *key)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (!memcmp(m->list[i].bytes, key, m->key_size))
			return &m->list[i];
	return NULL;
}

static struct map *map_of(int fd)
{
	int obj = fz_fd_obj(fd);

	if (obj >= 0 && obj < map_count)
		return &maps[obj];
	errno = EBADF;
	return NULL;
}

static int fail_with_errno(int error)
{
	errno = error;
	return -1;
}

int fz_refuse(void)
{
	return fail_with_errno(EPERM);
}

/*
 * Returns the entry after writing `value`, or NULL if the map is full. With value NULL an existing
 * value stays and a new one is 0, as in an array.
 */
static struct entry *map_put(struct map *m, const void *key, const void *value)
{
	struct entry *e = map_find(m, key);

	if (!e && m->count == MAX_ENTRIES)
		return NULL;
	if (!e) {
		e = &m->list[m->count++];
		e->bytes = calloc(1, m->key_size + value_bytes(m));
		memcpy(e->bytes, key, m->key_size);
	}
	if (value)
		memcpy(e->bytes + m->key_size, value, value_bytes(m));
	return e;
}

void fz_map_put(int obj, const void *key, const void *value)
{
	map_put(&maps[obj], key, value);
}

uint8_t *fz_map_value(int obj, unsigned int n, uint8_t **key, uint32_t *key_size,
		      uint32_t *value_size)
{
	struct map *m = &maps[obj];

	if (!m->count)
		return NULL;
	n %= m->count;
	if (key)
		*key = m->list[n].bytes;
	if (key_size)
		*key_size = m->key_size;
	if (value_size)
		*value_size = m->value_size;
	return m->list[n].bytes + m->key_size;
}

int fz_lookup(int fd, const void *key, void *value)
{
	struct map *m = map_of(fd);
	struct entry *e;

	if (!m || fz_shall_fail())
		return -1;
	e = map_find(m, key);
	if (!e && is_array(m)) {
		if (*(const uint32_t *)key >= m->entries)
			return fail_with_errno(ENOENT);
		memset(value, 0, value_bytes(m));
		return 0;
	}
	if (!e)
		return fail_with_errno(ENOENT);
	memcpy(value, e->bytes + m->key_size, value_bytes(m));
	return 0;
}

int fz_update(int fd, const void *key, const void *value, __u64 flags)
{
	struct map *m = map_of(fd);
	uint32_t id;

	if (!m || fz_shall_fail())
		return -1;
	if (flags == BPF_NOEXIST && map_find(m, key))
		return fail_with_errno(EEXIST);
	if (m->type == BPF_MAP_TYPE_ARRAY_OF_MAPS) {
		id = fz_map_id(fz_fd_obj(*(const int *)value));
		return map_put(m, key, &id) ? 0 : fail_with_errno(E2BIG);
	}
	return map_put(m, key, value) ? 0 : fail_with_errno(E2BIG);
}

int fz_delete(int fd, const void *key)
{
	struct map *m = map_of(fd);
	struct entry *e;

	if (!m || fz_shall_fail())
		return -1;
	e = map_find(m, key);
	if (!e)
		return fail_with_errno(ENOENT);
	free(e->bytes);
	memmove(e, e + 1, (char *)&m->list[--m->count] - (char *)e);
	return 0;
}

int fz_next_key(int fd, const void *key, void *next)
{
	struct map *m = map_of(fd);
	struct entry *e;

	if (!m || fz_shall_fail())
		return -1;
	e = key ? map_find(m, key) : NULL;
	e = e ? e + 1 : m->list;
	if (e == m->list + m->count)
		return fail_with_errno(ENOENT);
	memcpy(next, e->bytes, m->key_size);
	return 0;
}

/* Here `in` and `out` are positions. The kernel's are opaque to the caller, too. */
int fz_lookup_batch(int fd, void *in, void *out, void *keys, void *values, __u32 *count)
{
	struct map *m = map_of(fd);
	uint32_t at = in ? *(uint32_t *)in : 0, n = 0;

	if (!m || fz_shall_fail()) {
		*count = 0;
		return -1;
	}
	for (; at < m->count && n < *count; at++, n++) {
		memcpy((char *)keys + n * m->key_size, m->list[at].bytes, m->key_size);
		memcpy((char *)values + n * m->value_size, m->list[at].bytes + m->key_size,
		       m->value_size);
	}
	*count = n;
	*(uint32_t *)out = at;
	return at == m->count ? fail_with_errno(ENOENT) : 0;
}

int fz_map_create(enum bpf_map_type type, __u32 key, __u32 value, __u32 entries)
{
	return fz_shall_fail() || map_count == MAX_MAPS
		       ? fail_with_errno(EPERM)
		       : fz_fd_open(fz_map(type, key, value, entries));
}

int fz_map_by_id(__u32 id)
{
	if (fz_shall_fail())
		return -1;
	return id >= 100 && id < 100u + map_count ? fz_fd_open(id - 100) : fail_with_errno(ENOENT);
}

int fz_info(int fd, void *info, __u32 *len)
{
	struct map *m = map_of(fd);
	struct bpf_map_info *ret = info;

	if (!m || fz_shall_fail())
		return -1;
	memset(ret, 0, *len);
	ret->type = m->type;
	ret->id = fz_map_id(fz_fd_obj(fd));
	ret->key_size = m->key;
	ret->value_size = m->value;
	ret->max_entries = m->entries;
	return 0;
}

int fz_obj_get(const char *path)
{
	int obj = fz_fs_obj(path);

	if (fz_shall_fail())
		return -1;
	return obj < 0 ? fail_with_errno(ENOENT) : fz_fd_open(obj);
}

int fz_obj_pin(int fd, const char *path)
{
	if (fz_shall_fail())
		return -1;
	if (fz_fs_obj(path) >= 0)
		return fail_with_errno(EEXIST);
	fz_fs_put(path, fz_fd_obj(fd));
	return 0;
}
