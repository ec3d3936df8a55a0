// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/endpoint_table.h"
#include "engine/names.h"
#include "engine/parent_destroy.h"
#include "engine/parent_list.h"
#include "engine/parent_lock.h"
#include "engine/parent_sweep.h"
#include "engine/reader.h"
#include "engine/record.h"
#include "engine/slot_device.h"
#include "pins/pin_dir.h"

#define RECORDS_AT_ONCE 1024
/* xm_reader_nap() sleeps 1 ms, 2 ms … between them: two seconds in all */
#define NAME_TRIES 11

struct name_search {
	const char *name;
	uint32_t own; /* ifindex of a parent that is not searched */
	uint32_t ifindex; /* ifindex of the parent that has the name */
	bool unread; /* a map could not be read; it may have the name */
	bool undecided; /* the process that adds that endpoint may still give up */
};

/*
 * Whether the process that has written the record may still give up the name. It checks the name
 * before it creates the device.
 */
static bool record_is_undecided(const uint8_t *value, uint32_t size)
{
	const struct xm_endpoint_record *rec = (const struct xm_endpoint_record *)value;

	return size == sizeof(*rec) && rec->state == XM_ENDPOINT_PARTIAL && !rec->host_ifindex;
}

/*
 * Looks for the name in a map of records. Returns 1 when it is found; 0 when it is not, or the map
 * cannot be read.
 */
static int search_records(struct name_search *s, int fd, uint8_t *values, uint32_t size)
{
	uint32_t keys[RECORDS_AT_ONCE], at = 0, n;
	void *in = NULL;
	int last = 0;

	while (!last) {
		n = RECORDS_AT_ONCE;
		if (bpf_map_lookup_batch(fd, in, &at, keys, values, &n, NULL)) {
			s->unread |= errno != ENOENT;
			if (errno != ENOENT)
				return 0;
			last = 1;
		}
		for (uint32_t i = 0; i < n; i++) {
			const uint8_t *value = values + (size_t)i * size;

			if (strncmp((const char *)value, s->name, XM_NAME_LEN))
				continue;
			s->undecided = record_is_undecided(value, size);
			return 1;
		}
		in = &at;
	}
	return 0;
}

/*
 * Looks for the name in the map endpoints. The map may be of another major version: the name has
 * the same place in all of them, and the size of a record is read from the map. Returns 1, 0 or a
 * negative errno.
 */
static int search_map(struct name_search *s, int fd, struct xm_err *e)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	uint8_t *values;
	int found;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_MAP_TYPE_HASH ||
	    info.key_size != sizeof(uint32_t) || info.value_size < XM_NAME_LEN ||
	    info.value_size > XM_RECORD_MAX) {
		s->unread = true;
		return 0;
	}
	values = malloc(RECORDS_AT_ONCE * (size_t)info.value_size);
	if (!values)
		return xm_fail(e, ENOMEM, "out of memory");
	found = search_records(s, fd, values, info.value_size);
	free(values);
	return found;
}

static int search_parent(struct name_search *s, struct xm_engine *engine, uint32_t ifindex,
			 struct xm_err *e)
{
	char dir[XM_PIN_DIR_LEN];
	int fd, found;

	xm_pin_dir(engine->netns_cookie, ifindex, dir, sizeof(dir));
	fd = xm_map_open_any_shape(dir, XM_MAP_ENDPOINTS);
	s->unread |= fd < 0;
	if (fd < 0)
		return 0;
	found = search_map(s, fd, e);
	close(fd);
	s->ifindex = ifindex;
	return found;
}

/*
 * Looks for the name in the parents that this session has not locked. Returns 1, 0 or a negative
 * errno.
 */
static int search_others(struct name_search *s, struct xm_engine *engine, struct xm_err *e)
{
	uint32_t *list;
	int n = xm_parents_list_pinned(engine, &list, e), found = 0;

	for (int i = 0; i < n && !found; i++)
		if (list[i] != s->own && !xm_parent_by_ifindex(engine, list[i]))
			found = search_parent(s, engine, list[i], e);
	free(list);
	engine->pins_unread |= s->unread;
	return n < 0 ? n : found;
}

int xm_name_lock(struct xm_engine *engine, const char *name, struct xm_parent **ret,
		 struct xm_err *e)
{
	struct name_search s = { .name = name };
	int found;

	for (int try = 0; try < NAME_TRIES; try++) {
		*ret = xm_parent_of_endpoint(engine, name);
		if (*ret)
			return 1;
		found = search_others(&s, engine, e);
		if (found <= 0)
			return found;
		/* the endpoint may be removed before its parent is locked */
		found = xm_parent_lock(engine, s.ifindex, ret, e);
		if (found < 0)
			return found;
		if (found && !(*ret)->loaded)
			return 0;
	}
	return 0;
}

static int name_exists(struct xm_engine *engine, const struct name_search *s, struct xm_err *e)
{
	struct xm_link link = {};

	if (xm_link_get(&engine->nl, XM_NSID_SELF, NULL, s->ifindex, &link))
		snprintf(link.name, sizeof(link.name), "#%u", s->ifindex);
	return xm_fail(e, EEXIST, "endpoint '%s' exists already, on %s", s->name, link.name);
}

/*
 * Locks the parent that has the name, and removes the endpoint if its device or namespace no longer
 * exists. Returns 0: the name is free now; -EEXIST: it is in use; -ETIMEDOUT: another process has
 * the lock.
 */
static int name_try_free(struct xm_engine *engine, const struct name_search *s, struct xm_err *e)
{
	uint8_t mac[XM_MAC_LEN];
	struct xm_endpoint *ep;
	struct xm_parent *p;
	int ret = xm_parent_try_lock(engine, s->ifindex, &p, NULL);

	if (ret <= 0)
		return ret;
	ep = xm_endpoint_by_name(p, s->name);
	if (ep && p->loaded && !xm_slot_has_device(p, ep->slot, NULL)) {
		xm_parent_sweep_destroy_unused(p, NULL);
		ep = p->destroyed ? NULL : xm_endpoint_by_name(p, s->name);
	}
	if (ep && p->loaded) {
		memcpy(mac, ep->rec.port.mac, XM_MAC_LEN);
		if (xm_parent_sweep_ended(p, mac, NULL) > 0)
			xm_parent_destroy_unused(p, NULL);
		ep = p->destroyed ? NULL : xm_endpoint_by_name(p, s->name);
	}
	ret = ep ? name_exists(engine, s, e) : 0;
	xm_parent_unlock(p);
	return ret;
}

/*
 * own: ifindex of the parent that is to get the endpoint. When two commands add the name at the
 * same time, the one with the lower ifindex waits until the other one gives up.
 */
int xm_name_check_others(struct xm_engine *engine, uint32_t own, const char *name, struct xm_err *e)
{
	struct name_search s = { .name = name, .own = own };
	int err = 0;

	for (int try = 0; try < NAME_TRIES; try++) {
		err = search_others(&s, engine, e);
		if (err <= 0)
			return err;
		err = name_try_free(engine, &s, e);
		if (err == -EEXIST)
			return err;
		if (err < 0 && (!s.undecided || own > s.ifindex))
			break;
		if (err < 0)
			xm_reader_nap(try);
	}
	return err ? name_exists(engine, &s, e) : 0;
}

int xm_name_claim(struct xm_parent *p, const char *name, struct xm_err *e)
{
	return xm_name_check_others(p->engine, p->rec.parent_ifindex, name, e);
}
