// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "abi.h"
#include "pins/fanout_map.h"
#include "pins/inner_map.h"
#include "pins/pin_names.h"

static void pin_path(const char *dir, uint32_t chunk, char *ret, size_t size)
{
	snprintf(ret, size, "%s/fanout-%u", dir, chunk);
}

static int chunk_create(const char *path)
{
	static const struct xm_inner_shape shape = { BPF_MAP_TYPE_DEVMAP, "fanout_chunk",
						     sizeof(struct bpf_devmap_val),
						     XM_FANOUT_CHUNK + 1 };

	return xm_inner_map_create(&shape, path, NULL);
}

int xm_fanout_map_open(const char *dir, int chunks_fd, uint32_t chunk)
{
	char path[256];
	uint32_t id;
	bool is_new;
	int fd, err;

	pin_path(dir, chunk, path, sizeof(path));
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

void xm_fanout_map_clear(const int maps[XM_MAP_COUNT])
{
	static const struct xm_fanout_flow no_flow;
	static const struct xm_fanout no_fanout;
	static const uint64_t none;
	uint32_t words = members_words(xm_fanout_map_read(maps).chunks), key = 0;

	for (uint32_t word = 0; word < words; word++)
		bpf_map_update_elem(maps[XM_MAP_FANOUT_MEMBERS], &word, &none, BPF_ANY);
	xm_fanout_map_write(maps, &no_fanout);
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
	return xm_pin_name_is_numbered(name, "fanout-", XM_MAX_SLOTS / XM_FANOUT_CHUNK);
}
