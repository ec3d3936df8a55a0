// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "pins/fanout_map.h"
#include "pins/inner_map.h"
#include "pins/pin_names.h"

#define CHUNK_PIN "fanout-"
#define LAST_PIN  "fanout_last-"

static int chunk_create(const char *path)
{
	static const struct xm_inner_shape shape = { BPF_MAP_TYPE_DEVMAP, "fanout_chunk",
						     sizeof(struct bpf_devmap_val),
						     XM_FANOUT_CHUNK + 1 };

	return xm_inner_map_create(&shape, path, NULL);
}

int xm_fanout_map_open(const char *dir, const int maps[XM_MAP_COUNT], uint32_t chunk, bool last)
{
	int chunks_fd = maps[last ? XM_MAP_FANOUT_LASTS : XM_MAP_FANOUT_CHUNKS], fd, err;
	char path[256];
	uint32_t id;
	bool is_new;

	snprintf(path, sizeof(path), "%s/%s%u", dir, last ? LAST_PIN : CHUNK_PIN, chunk);
	fd = bpf_obj_get(path);
	is_new = fd < 0 && errno == ENOENT;
	if (fd < 0)
		fd = is_new ? chunk_create(path) : -errno;
	if (fd < 0 || (!is_new && xm_inner_map_id(chunks_fd, chunk, &id)))
		return fd;
	err = xm_inner_map_insert(chunks_fd, chunk, fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int xm_fanout_map_set(int fd, uint32_t entry, uint32_t ifindex, int prog_fd)
{
	struct bpf_devmap_val value = { .ifindex = ifindex, .bpf_prog.fd = prog_fd };

	return bpf_map_update_elem(fd, &entry, &value, BPF_ANY) ? -errno : 0;
}

struct xm_fanout xm_fanout_map_read(const int maps[XM_MAP_COUNT])
{
	struct xm_fanout f = {};
	uint32_t key = 0;

	bpf_map_lookup_elem(maps[XM_MAP_FANOUT], &key, &f);
	return f;
}

int xm_fanout_map_write(const int maps[XM_MAP_COUNT], const struct xm_fanout *f)
{
	uint32_t key = 0;

	return bpf_map_update_elem(maps[XM_MAP_FANOUT], &key, f, BPF_ANY) ? -errno : 0;
}

struct xm_fanout_flow xm_fanout_map_flow(const int maps[XM_MAP_COUNT])
{
	struct xm_fanout_flow flow = {};
	uint32_t key = 0;

	bpf_map_lookup_elem(maps[XM_MAP_FANOUT_FLOW], &key, &flow);
	return flow;
}

/* Words of fanout_members for so many chunks */
static uint32_t members_words(uint32_t chunks)
{
	return (chunks * XM_FANOUT_CHUNK + 63) / 64;
}

void xm_fanout_map_members(const int maps[XM_MAP_COUNT], uint32_t chunks,
			   uint64_t ret[XM_MAX_SLOTS / 64])
{
	for (uint32_t word = 0; word < members_words(chunks); word++)
		bpf_map_lookup_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &ret[word]);
}

int xm_fanout_map_set_members(const int maps[XM_MAP_COUNT], uint32_t chunks, const uint64_t *before,
			      const uint64_t *bits)
{
	for (uint32_t word = 0; word < members_words(chunks); word++)
		if (before[word] != bits[word] &&
		    bpf_map_update_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &bits[word], BPF_ANY))
			return -errno;
	return 0;
}

static int listeners_clear(int fd)
{
	struct xm_source_key key;
	int err = 0;

	while (!err && !bpf_map_get_next_key(fd, NULL, &key))
		err = bpf_map_delete_elem(fd, &key) ? -errno : 0;
	return err;
}

bool xm_fanout_map_has_listeners(const int maps[XM_MAP_COUNT])
{
	struct xm_source_key key;

	return maps[XM_MAP_FANOUT_LISTENERS] >= 0 &&
	       !bpf_map_get_next_key(maps[XM_MAP_FANOUT_LISTENERS], NULL, &key);
}

bool xm_fanout_map_listeners_differ(const int maps[XM_MAP_COUNT],
				    const struct xm_fanout_entry *entries, size_t count)
{
	struct xm_source_key key, *at = NULL;
	int fd = maps[XM_MAP_FANOUT_LISTENERS];
	struct xm_fanout_listeners value;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (bpf_map_lookup_elem(fd, &entries[i].key, &value) ||
		    memcmp(&value, &entries[i].value, sizeof(value)))
			return true;
	while (fd >= 0 && !bpf_map_get_next_key(fd, at, &key)) {
		at = &key;
		n++;
	}
	return n != count;
}

int xm_fanout_map_set_listeners(const int maps[XM_MAP_COUNT], const struct xm_fanout_entry *entries,
				size_t count)
{
	int fd = maps[XM_MAP_FANOUT_LISTENERS];
	int err = listeners_clear(fd);

	for (size_t i = 0; i < count && !err; i++)
		if (bpf_map_update_elem(fd, &entries[i].key, &entries[i].value, BPF_ANY))
			err = -errno;
	return err;
}

void xm_fanout_map_clear(const int maps[XM_MAP_COUNT])
{
	static const struct xm_fanout_flow no_flow;
	static const struct xm_fanout no_fanout;
	static const uint64_t none;
	uint32_t words = members_words(xm_fanout_map_read(maps).chunks), key = 0;

	for (uint32_t word = 0; word < words; word++)
		bpf_map_update_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &none, BPF_ANY);
	xm_fanout_map_write(maps, &no_fanout);
	if (maps[XM_MAP_FANOUT_LISTENERS] >= 0)
		listeners_clear(maps[XM_MAP_FANOUT_LISTENERS]);
	bpf_map_update_elem(maps[XM_MAP_FANOUT_FLOW], &key, &no_flow, BPF_ANY);
}

static bool is_member(const int maps[XM_MAP_COUNT], uint32_t slot)
{
	uint32_t word = slot / 64;
	uint64_t bits = 0;

	bpf_map_lookup_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &bits);
	return bits >> slot % 64 & 1;
}

int xm_fanout_map_expect(const int maps[XM_MAP_COUNT], uint32_t slot)
{
	struct xm_fanout f;
	uint32_t key = 0;

	if (bpf_map_lookup_elem(maps[XM_MAP_FANOUT], &key, &f))
		return -errno;
	if (f.looped || is_member(maps, slot))
		return 0;
	f.looped = 1;
	return xm_fanout_map_write(maps, &f);
}

void xm_fanout_map_forget(const int maps[XM_MAP_COUNT], uint32_t slot)
{
	uint32_t word = slot / 64;
	uint64_t bits = 0;

	if (maps[XM_MAP_FANOUT_MEMBERS] < 0 ||
	    bpf_map_lookup_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &bits))
		return;
	bits &= ~(1ull << slot % 64);
	bpf_map_update_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &bits, BPF_ANY);
}

bool xm_fanout_map_is_pin(const char *name)
{
	const uint32_t chunks = XM_MAX_SLOTS / XM_FANOUT_CHUNK;

	return xm_pin_name_is_numbered(name, CHUNK_PIN, chunks) ||
	       xm_pin_name_is_numbered(name, LAST_PIN, chunks);
}
