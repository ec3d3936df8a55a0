// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "pins/events.h"
#include "pins/maps.h"

struct xm_place {
	const struct xm_perf *perf;
	struct xm_place_request request;
	int listeners, events, limits; /* maps */
	struct xm_listeners *memory; /* of `listeners` */
	size_t number; /* in the list */
	uint64_t until; /* as it was written last */
	uint32_t id;
};

static struct xm_listener *place_in_map(const struct xm_place *p)
{
	return &p->memory->list[p->number];
}

static int place_open_maps(struct xm_place *p, const char *dir)
{
	p->listeners = xm_map_open_any(dir, XM_MAP_LISTENERS);
	p->events = p->listeners < 0 ? -1 : xm_map_open_any(dir, XM_MAP_EVENTS);
	p->limits = p->events < 0 ? -1 : xm_map_open_any(dir, XM_MAP_EVENT_LIMITS);
	if (p->listeners < 0)
		return p->listeners;
	if (p->events < 0)
		return p->events;
	if (p->limits < 0)
		return p->limits;
	p->memory =
		mmap(NULL, sizeof(*p->memory), PROT_READ | PROT_WRITE, MAP_SHARED, p->listeners, 0);
	return p->memory == MAP_FAILED ? -errno : 0;
}

/* Puts the perf events of this process into the entries of the place */
static int place_enter_events(const struct xm_place *p)
{
	uint32_t cpu, entry;
	int fd, err = 0;

	for (size_t i = 0; !err && xm_perf_event(p->perf, i, &cpu, &fd); i++) {
		entry = cpu * XM_LISTENERS + p->number;
		err = bpf_map_update_elem(p->events, &entry, &fd, BPF_ANY) ? -errno : 0;
	}
	return err;
}

/* Sets `until` if it is still `before`. Returns false when another process was first. */
static bool until_set(struct xm_listener *l, __u64 before, uint64_t until)
{
	return __atomic_compare_exchange_n(&l->until, &before, until, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* A program may write the same words: the next renewal is at most one second away */
static void place_set_what(const struct xm_place *p)
{
	__atomic_store_n(&place_in_map(p)->what, p->request.what, __ATOMIC_RELEASE);
	__atomic_or_fetch(&p->memory->what, p->request.what, __ATOMIC_SEQ_CST);
}

static bool place_try(struct xm_place *p, size_t number)
{
	struct xm_listener *l = &p->memory->list[number];
	__u64 now = xm_now_ns(), before = __atomic_load_n(&l->until, __ATOMIC_ACQUIRE);

	if (before > now || !until_set(l, before, now + XM_LISTEN_AHEAD_NS))
		return false;
	p->number = number;
	p->until = now + XM_LISTEN_AHEAD_NS;
	return true;
}

/* A former owner's `what` may be there: no event goes to the place before all of it is new */
static int place_fill(struct xm_place *p)
{
	struct xm_listener *l = place_in_map(p);
	int err;

	__atomic_store_n(&l->what, 0, __ATOMIC_SEQ_CST);
	err = place_enter_events(p);
	if (err)
		return err;
	l->slot = p->request.slot;
	l->snap_len = p->request.snap_len;
	l->id = p->id;
	place_set_what(p);
	return 0;
}

static int place_find(struct xm_place *p)
{
	for (size_t i = 0; i < XM_LISTENERS; i++)
		if (place_try(p, i))
			return place_fill(p);
	return -EBUSY;
}

int xm_place_renew(struct xm_place *p)
{
	uint64_t until = xm_now_ns() + XM_LISTEN_AHEAD_NS;

	if (!until_set(place_in_map(p), p->until, until))
		return place_find(p);
	p->until = until;
	place_set_what(p);
	return 0;
}

static uint32_t random_id(void)
{
	uint32_t id = 0;

	while (!id)
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = (uint32_t)xm_now_ns() | 1;
	return id;
}

int xm_place_take(const struct xm_perf *perf, const char *dir,
		  const struct xm_place_request *request, struct xm_place **ret, struct xm_err *e)
{
	struct xm_place *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return xm_fail(e, ENOMEM, "out of memory");
	*p = (struct xm_place){ perf, *request, -1, -1, -1, MAP_FAILED, 0, 0, random_id() };
	err = place_open_maps(p, dir);
	if (!err)
		err = place_find(p);
	if (!err) {
		*ret = p;
		return 0;
	}
	p->until = 0;
	xm_place_leave(p);
	return err == -ENOENT || err == -EBUSY
		       ? err
		       : xm_fail(e, err, "cannot listen in %s: %s", dir, strerror(-err));
}

/* Gives up the bits of `what` that no other listener wants */
static void place_clear_what(const struct xm_place *p)
{
	uint32_t what = 0;

	__atomic_store_n(&place_in_map(p)->what, 0, __ATOMIC_SEQ_CST);
	for (size_t i = 0; i < XM_LISTENERS; i++)
		what |= __atomic_load_n(&p->memory->list[i].what, __ATOMIC_ACQUIRE);
	__atomic_store_n(&p->memory->what, what, __ATOMIC_RELEASE);
}

void xm_place_leave(struct xm_place *p)
{
	if (!p)
		return;
	if (p->memory != MAP_FAILED) {
		if (p->until &&
		    __atomic_load_n(&place_in_map(p)->until, __ATOMIC_ACQUIRE) == p->until) {
			place_clear_what(p);
			until_set(place_in_map(p), p->until, 0);
		}
		munmap(p->memory, sizeof(*p->memory));
	}
	/* The kernel removes the entries that were made by this descriptor */
	if (p->events >= 0)
		close(p->events);
	if (p->listeners >= 0)
		close(p->listeners);
	if (p->limits >= 0)
		close(p->limits);
	free(p);
}

uint32_t xm_place_id(const struct xm_place *p)
{
	return p->id;
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

bool xm_place_is_current(const struct xm_place *p, const char *dir)
{
	int fd = xm_map_open_any(dir, XM_MAP_LISTENERS);
	bool same = fd >= 0 && map_id(fd) == map_id(p->listeners);

	if (fd >= 0)
		close(fd);
	return same;
}

unsigned int xm_possible_cpus(void)
{
	int cpus = libbpf_num_possible_cpus();

	return cpus > 0 ? cpus : 1;
}

int xm_place_suppressed(const struct xm_place *p, uint32_t reason, uint64_t *ret)
{
	unsigned int cpus = xm_possible_cpus();
	struct xm_event_limit *limits = calloc(cpus, sizeof(*limits));
	int err = limits ? 0 : -ENOMEM;

	if (!err && bpf_map_lookup_elem(p->limits, &reason, limits))
		err = -errno;
	for (unsigned int i = 0; !err && i < cpus; i++)
		ret[i] = limits[i].suppressed;
	free(limits);
	return err;
}
