// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An update of a map of maps waits for a grace period, until no program can see the element's
 * former value (maybe_wait_bpf_programs(), 14 ms and more). A new chunk has no former value, so the
 * wait is of no use: a thread does the update and waits, and the command goes on as soon as the
 * chunk can be seen.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pins/inner_map.h"

struct insertion {
	struct insertion *next;
	pthread_t thread;
	int outer_fd, fd;
	uint32_t chunk;
	int err;
	atomic_bool done;
};

static struct insertion *running;

bool xm_inner_map_id(int outer_fd, uint32_t chunk, uint32_t *id)
{
	return !bpf_map_lookup_elem(outer_fd, &chunk, id);
}

static void *insertion_run(void *data)
{
	struct insertion *in = data;

	in->err = bpf_map_update_elem(in->outer_fd, &in->chunk, &in->fd, BPF_ANY) ? -errno : 0;
	atomic_store(&in->done, true);
	return NULL;
}

/*
 * Joins the threads that are done, or all: an unjoined thread keeps its stack, and a session may be
 * long
 */
static void insertions_join(bool all)
{
	struct insertion **at = &running;

	while (*at) {
		struct insertion *in = *at;

		if (!all && !atomic_load(&in->done)) {
			at = &in->next;
			continue;
		}
		*at = in->next;
		pthread_join(in->thread, NULL);
		free(in);
	}
}

int xm_inner_map_insert(int outer_fd, uint32_t chunk, int fd)
{
	/* A sleeping waiter leaves the CPU to the thread, whatever their scheduling policies are */
	const struct timespec pause = { .tv_nsec = 20000 };
	struct insertion *in = calloc(1, sizeof(*in));
	uint32_t id;
	int err;

	if (!in)
		return -ENOMEM;
	insertions_join(false);
	in->outer_fd = outer_fd;
	in->fd = fd;
	in->chunk = chunk;
	if (pthread_create(&in->thread, NULL, insertion_run, in)) {
		insertion_run(in);
		err = in->err;
		free(in);
		return err;
	}
	while (!atomic_load(&in->done) && !xm_inner_map_id(outer_fd, chunk, &id))
		nanosleep(&pause, NULL);
	err = atomic_load(&in->done) ? in->err : 0;
	in->next = running;
	running = in;
	return err;
}

void xm_inner_maps_finish(void)
{
	insertions_join(true);
}

int xm_inner_map_pin(int fd, const char *path, struct xm_err *e)
{
	return bpf_obj_pin(fd, path) ? xm_fail(e, errno, "cannot pin %s: %s", path, strerror(errno))
				     : 0;
}

int xm_inner_map_create(const struct xm_inner_shape *shape, const char *path, struct xm_err *e)
{
	int err, fd = bpf_map_create(shape->type, shape->name, sizeof(uint32_t), shape->value_size,
				     shape->entries, NULL);

	if (fd < 0)
		return xm_fail(e, errno, "cannot create a map %s: %s", shape->name,
			       strerror(errno));
	err = path ? xm_inner_map_pin(fd, path, e) : 0;
	if (!err)
		return fd;
	close(fd);
	return err;
}
