// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trace/names.h"

static int names_set(struct xm_trace_names *n, const struct xm_snapshot *s, struct xm_err *e)
{
	const struct xm_parent_info *p = s->parents;

	if (!s->count)
		return xm_fail(e, ENOENT, "no such endpoint or parent '%s'", n->name);
	if (p->broken)
		return xm_fail(e, EINVAL, "%s: %s", p->link.name, p->broken);
	n->parent_ifindex = p->link.ifindex;
	snprintf(n->parent, sizeof(n->parent), "%s", p->link.name);
	if (p->is_named || !p->count)
		return 0;
	n->slot = p->endpoints->slot;
	n->host_ifindex = p->endpoints->host_ifindex;
	return 0;
}

int xm_trace_names_open(struct xm_trace_names *n, const char *name, struct xm_err *e)
{
	const struct xm_snapshot_request request = { .name = name };
	struct xm_snapshot s;
	int err = xm_snapshot_take(&request, &s, e);

	*n = (struct xm_trace_names){ .name = name, .netns_cookie = s.netns_cookie };
	if (err)
		return err;
	err = names_set(n, &s, e);
	xm_snapshot_free(&s);
	return err ? err : xm_trace_names_refresh(n, e);
}

static const struct xm_endpoint_info *endpoint_of(const struct xm_snapshot *s, uint32_t slot)
{
	for (size_t i = 0; s->count && i < s->parents->count; i++)
		if (s->parents->endpoints[i].slot == slot)
			return &s->parents->endpoints[i];
	return NULL;
}

int xm_trace_names_refresh(struct xm_trace_names *n, struct xm_err *e)
{
	const struct xm_snapshot_request request = { .link = n->parent };
	const struct xm_endpoint_info *info;
	struct xm_snapshot s;
	int err = xm_snapshot_take(&request, &s, e);

	if (err)
		return err;
	info = endpoint_of(&s, n->slot);
	if (!s.count)
		err = xm_fail(e, ENOENT, "%s is no longer attached: the trace ends", n->parent);
	else if (n->slot && (!info || info->host_ifindex != n->host_ifindex))
		err = xm_fail(e, ENOENT, "%s was deleted: the trace ends", n->name);
	if (err) {
		xm_snapshot_free(&s);
		return err;
	}
	xm_snapshot_free(&n->snapshot);
	n->snapshot = s;
	return 0;
}

struct xm_trace_end xm_trace_names_find(const struct xm_trace_names *n, uint32_t slot)
{
	const struct xm_endpoint_info *info = slot ? endpoint_of(&n->snapshot, slot) : NULL;
	struct xm_trace_end end = { .slot = slot };

	if (info) {
		end.mode = info->mode;
		memcpy(end.name, info->name, sizeof(end.name));
	}
	return end;
}

void xm_trace_names_free(struct xm_trace_names *n)
{
	xm_snapshot_free(&n->snapshot);
}
