// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "pins/map_count.h"

/* Elements of one system call. A bucket of a hash has to fit: the kernel returns it whole. */
#define BATCH 1024

static int count_batches(int fd, size_t key_size, uint8_t *keys, void *values, uint32_t *used)
{
	/* Where the next batch begins: the number of a bucket of a hash, the last key of a trie */
	uint8_t *at = NULL, *next = keys + BATCH * key_size;
	uint32_t count;
	int err;

	do {
		count = BATCH;
		err = bpf_map_lookup_batch(fd, at, next, keys, values, &count, NULL) ? -errno : 0;
		if (!err || err == -ENOENT) /* the last batch */
			*used += count;
		at = next;
	} while (!err);
	return err == -ENOENT ? 0 : err;
}

int xm_map_count(int fd, uint32_t *used, uint32_t *max)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	size_t room;
	void *memory;
	int err;

	*used = 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*max = info.max_entries;
	room = BATCH * (size_t)info.key_size + sizeof(uint64_t) + info.key_size;
	memory = malloc(room + BATCH * (size_t)info.value_size);
	if (!memory)
		return -ENOMEM;
	err = count_batches(fd, info.key_size, memory, (uint8_t *)memory + room, used);
	free(memory);
	return err;
}
