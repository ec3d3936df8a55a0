// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "top/collect.h"

#define CONTAINER_DIGITS 12 /* of a container's id, as container runtimes list it */

void xm_top_sample_free(struct xm_top_sample *s)
{
	free(s->list);
	*s = (struct xm_top_sample){};
}

static void take_parent(const struct xm_parent_info *p, struct xm_top_counted *ret)
{
	*ret = (struct xm_top_counted){
		.parent_ifindex = p->link.ifindex,
		.slot = XM_SLOT_PARENT,
		.is_broken = p->broken,
		.has_stats = p->has_stats,
		.stats = p->stats,
	};
	snprintf(ret->name, sizeof(ret->name), "%s", p->link.name);
	snprintf(ret->parent, sizeof(ret->parent), "%s", p->link.name);
	if (p->broken)
		snprintf(ret->trouble, sizeof(ret->trouble), "%s", p->broken);
	else if (p->stale[0])
		snprintf(ret->trouble, sizeof(ret->trouble), "stale: %s", p->stale);
}

/* Its container or namespace, and the name of its device when that differs */
static void take_place(const struct xm_endpoint_info *ep, char ret[XM_TOP_PLACE])
{
	size_t len = 0;

	ret[0] = '\0';
	if (ep->owner)
		snprintf(ret, XM_TOP_PLACE, "%.64s %.*s", ep->owner->network, CONTAINER_DIGITS,
			 ep->owner->container);
	else if (ep->netns)
		snprintf(ret, XM_TOP_PLACE, "netns %.100s", ep->netns);
	else if (ep->peer_nsid != XM_NSID_SELF)
		snprintf(ret, XM_TOP_PLACE, "netns id %d", ep->peer_nsid);
	len = strlen(ret);
	if (ep->device.ifindex && strcmp(ep->device.name, ep->name))
		snprintf(ret + len, XM_TOP_PLACE - len, "%s(%s)", len ? " " : "", ep->device.name);
}

static void take_endpoint(const struct xm_parent_info *p, const struct xm_endpoint_info *ep,
			  struct xm_top_counted *ret)
{
	*ret = (struct xm_top_counted){
		.parent_ifindex = p->link.ifindex,
		.slot = ep->slot,
		.host_ifindex = ep->host_ifindex,
		.mode = ep->mode,
		.has_device = ep->device.ifindex,
		.has_stats = ep->has_stats,
		.stats = ep->stats,
	};
	snprintf(ret->name, sizeof(ret->name), "%s", ep->name);
	snprintf(ret->parent, sizeof(ret->parent), "%s", p->link.name);
	if (ep->stale[0])
		snprintf(ret->trouble, sizeof(ret->trouble), "stale: %s", ep->stale);
	take_place(ep, ret->place);
}

/* with_parent: also the parent itself; it is there for every endpoint that was asked for */
static int sample_append(struct xm_top_sample *s, const struct xm_parent_info *p, bool with_parent)
{
	struct xm_top_counted *more = realloc(s->list, (s->count + p->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->list = more;
	if (with_parent)
		take_parent(p, &s->list[s->count++]);
	for (size_t i = 0; i < p->count; i++)
		take_endpoint(p, &p->endpoints[i], &s->list[s->count++]);
	return 0;
}

static int counted_compare(const void *a, const void *b)
{
	const struct xm_top_counted *one = a, *other = b;

	if (one->parent_ifindex != other->parent_ifindex)
		return one->parent_ifindex < other->parent_ifindex ? -1 : 1;
	return (one->slot > other->slot) - (one->slot < other->slot);
}

/* A parent and one of its endpoints may both have been asked for */
static void sample_sort(struct xm_top_sample *s)
{
	size_t kept = 0;

	if (s->count)
		qsort(s->list, s->count, sizeof(*s->list), counted_compare);
	for (size_t i = 0; i < s->count; i++)
		if (!kept || counted_compare(&s->list[kept - 1], &s->list[i]))
			s->list[kept++] = s->list[i];
	s->count = kept;
}

static int collect_name(const char *name, struct xm_top_sample *ret, struct xm_err *e)
{
	const struct xm_snapshot_request request = { .name = name, .stats = true };
	struct xm_snapshot snapshot;
	int err = xm_snapshot_take(&request, &snapshot, e);

	for (size_t i = 0; i < snapshot.count && !err; i++) {
		const struct xm_parent_info *p = &snapshot.parents[i];

		if (sample_append(ret, p, !name || p->is_named || p->broken))
			err = xm_fail(e, ENOMEM, "out of memory");
	}
	if (name && !err && !snapshot.count)
		ret->missing = name;
	xm_snapshot_free(&snapshot);
	return err;
}

int xm_top_collect(char **names, int name_count, struct xm_top_sample *ret, struct xm_err *e)
{
	uint64_t begin = xm_now_ns();
	int err = 0;

	*ret = (struct xm_top_sample){};
	if (!name_count)
		err = collect_name(NULL, ret, e);
	for (int i = 0; i < name_count && !err; i++)
		err = collect_name(names[i], ret, e);
	ret->time_ns = begin + (xm_now_ns() - begin) / 2;
	sample_sort(ret);
	return err;
}

int xm_top_check_found(const struct xm_top_sample *s, struct xm_err *e)
{
	return s->missing ? xm_fail(e, ENOENT, "no such endpoint or parent '%s'", s->missing) : 0;
}
