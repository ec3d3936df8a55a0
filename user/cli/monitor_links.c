// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Host ends by the kernel's notifications. The alias of a host end is the name of its endpoint, and
 * is set by the last step of `add`: a host end without one belongs to no endpoint yet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/host_end_name.h"
#include "base/json_text.h"
#include "cli/monitor.h"

#define GROUPS 0xffffu /* link groups of host ends: from XM_LINK_GROUP_BASE on */

struct xm_monitor_link {
	uint32_t ifindex;
	uint32_t parent; /* ifindex; 0: its name does not tell */
	char name[XM_NAME_LEN]; /* of the endpoint */
	bool added, deleted; /* the kernel has said so */
};

/* Whether it is the host end of an endpoint */
static bool is_host_end(const struct xm_link *l, uint32_t *parent)
{
	uint32_t slot;

	*parent = 0;
	if (!l->alias[0] || l->group - XM_LINK_GROUP_BASE > GROUPS)
		return false;
	return xm_host_end_parse(l->name, parent, &slot) || !strcmp(l->name, l->alias);
}

static struct xm_monitor_link *find(struct xm_monitor_links *links, uint32_t ifindex)
{
	struct xm_monitor_link *more;

	for (size_t i = 0; i < links->count; i++)
		if (links->list[i].ifindex == ifindex)
			return &links->list[i];
	more = realloc(links->list, (links->count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	links->list = more;
	more[links->count] = (struct xm_monitor_link){ .ifindex = ifindex };
	return &more[links->count++];
}

void xm_monitor_links_take(const struct xm_link *link, bool deleted, void *data)
{
	struct xm_monitor_link *l;
	uint32_t parent;

	/* A parent that moves takes its host ends with it */
	if (!is_host_end(link, &parent) || link->moved_ifindex)
		return;
	l = find(data, link->ifindex);
	if (!l)
		return;
	l->parent = parent;
	snprintf(l->name, sizeof(l->name), "%s", link->alias);
	l->added |= !deleted;
	l->deleted |= deleted;
}

static void write_event(struct xm_monitor_out *out, const char *name,
			const struct xm_monitor_link *l, const char *parent)
{
	json_t *event = xm_monitor_event(name, 0);

	json_object_set_new(event, "endpoint", xm_json_text(l->name));
	json_object_set_new(event, "parent", json_string(parent));
	xm_monitor_write(out, event);
}

static void tell(const struct xm_monitor_link *l, const struct xm_monitor_state *state,
		 const struct xm_monitor_filter *filter, struct xm_monitor_out *out)
{
	const char *parent =
		l->parent ? xm_monitor_parent(state, l->parent) : xm_monitor_sole_parent(state);

	if (!l->added || !l->deleted || !out || !xm_monitor_admits(filter, l->name, parent))
		return;
	write_event(out, "added", l, parent);
	write_event(out, "removed", l, parent);
}

void xm_monitor_links_tell(struct xm_monitor_links *links, const struct xm_monitor_state *state,
			   const struct xm_monitor_filter *filter, struct xm_monitor_out *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < links->count; i++) {
		struct xm_monitor_link *l = &links->list[i];

		if (xm_monitor_has_host_end(state, l->ifindex))
			continue; /* its deletion is a difference to that snapshot */
		if (l->deleted)
			tell(l, state, filter, out);
		else
			links->list[kept++] = *l;
	}
	links->count = kept;
}
