// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A new chunk costs a grace period: the kernel returns from an update of a map of maps only when no
 * program can still see what was there before (maybe_wait_bpf_programs, 14 ms and more). There was
 * nothing before. So a thread does the update and waits, and we go on as soon as the chunk is to be seen.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stats.h"

struct insertion {
	struct insertion *next;
	pthread_t thread;
	int stats_fd, fd;
	uint32_t chunk;
	int err;
	atomic_bool done;
};

static struct insertion *running;

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

static bool is_there(int stats_fd, uint32_t chunk)
{
	uint32_t id;

	return !bpf_map_lookup_elem(stats_fd, &chunk, &id);
}

static void *do_insert(void *data)
{
	struct insertion *in = data;

	in->err = bpf_map_update_elem(in->stats_fd, &in->chunk, &in->fd, BPF_ANY) ? -errno : 0;
	atomic_store(&in->done, true);
	return NULL;
}

static int insert(int stats_fd, uint32_t chunk, int fd)
{
	struct insertion *in = calloc(1, sizeof(*in));
	int err;

	if (!in)
		return -ENOMEM;
	in->stats_fd = stats_fd;
	in->fd = fd;
	in->chunk = chunk;
	if (pthread_create(&in->thread, NULL, do_insert, in)) {
		do_insert(in);
		err = in->err;
		free(in);
		return err;
	}
	while (!atomic_load(&in->done) && !is_there(stats_fd, chunk))
		sched_yield();
	err = atomic_load(&in->done) ? in->err : 0;
	in->next = running;
	running = in;
	return err;
}

void xm_stats_finish(void)
{
	while (running) {
		struct insertion *in = running;

		running = in->next;
		pthread_join(in->thread, NULL);
		free(in);
	}
}

static int create_chunk(int stats_fd, uint32_t chunk, struct xm_err *e)
{
	int err, fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "stats_chunk", sizeof(uint32_t),
				     sizeof(struct xm_stats), XM_STATS_CHUNK, NULL);

	if (fd < 0)
		return xm_fail(e, errno, "cannot create counters: %s", strerror(errno));
	err = insert(stats_fd, chunk, fd);
	if (!err)
		return fd;
	xm_fail(e, err, "cannot add counters: %s", strerror(-err));
	close(fd);
	return err;
}

/* The chunk of a slot into *c. 0 or -errno. */
static int open_chunk(int stats_fd, struct xm_chunk *c, uint32_t slot)
{
	uint32_t id, chunk = slot / XM_STATS_CHUNK;

	if (c->fd >= 0 && c->number == chunk)
		return 0;
	xm_chunk_close(c);
	if (bpf_map_lookup_elem(stats_fd, &chunk, &id))
		return -errno;
	c->number = chunk;
	c->clean = XM_STATS_CHUNK;
	c->fd = bpf_map_get_fd_by_id(id);
	return c->fd < 0 ? -errno : 0;
}

static int cpus(void)
{
	int n = libbpf_num_possible_cpus();

	return n > 0 ? n : 1;
}

static int zero(int fd, uint32_t index, struct xm_err *e)
{
	struct xm_stats *all = calloc(cpus(), sizeof(*all));
	int err = !all ? -ENOMEM : bpf_map_update_elem(fd, &index, all, BPF_ANY) ? -errno : 0;

	free(all);
	return err ? xm_fail(e, err, "cannot clear counters: %s", strerror(-err)) : 0;
}

int xm_stats_prepare(int stats_fd, struct xm_chunk *c, uint32_t slot, struct xm_err *e)
{
	uint32_t index = slot % XM_STATS_CHUNK;
	int err = open_chunk(stats_fd, c, slot);

	if (!err && index < c->clean)
		return zero(c->fd, index, e);
	if (err && err != -ENOENT)
		return xm_fail(e, err, "cannot open counters: %s", strerror(-err));
	c->clean = index + 1;
	if (!err)
		return 0;
	c->number = slot / XM_STATS_CHUNK;
	c->fd = create_chunk(stats_fd, c->number, e);
	return c->fd < 0 ? c->fd : 0;
}

int xm_stats_read(int stats_fd, struct xm_chunk *c, uint32_t slot, struct xm_stats *ret)
{
	uint32_t index = slot % XM_STATS_CHUNK;
	int n = cpus(), err = open_chunk(stats_fd, c, slot);
	uint64_t *sum = (uint64_t *)ret;
	struct xm_stats *all;

	memset(ret, 0, sizeof(*ret));
	if (err)
		return err;
	all = calloc(n, sizeof(*all));
	err = !all ? -ENOMEM : bpf_map_lookup_elem(c->fd, &index, all) ? -errno : 0;
	for (int cpu = 0; !err && cpu < n; cpu++)
		for (size_t i = 0; i < sizeof(*ret) / sizeof(*sum); i++)
			sum[i] += ((uint64_t *)&all[cpu])[i];
	free(all);
	return err;
}
