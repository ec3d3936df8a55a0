// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dhcp/lease_use.h"
#include "engine/engine.h"
#include "mac.h"
#include "net/link.h"
#include "net/nl.h"

struct search {
	struct lease_use *list;
	size_t count;
	struct xm_nl nl;
};

/* The addresses that Docker gave an endpoint are behind its id, separated by spaces */
static bool has_address(const struct xm_endpoint_info *info, const struct xm_lease *l)
{
	char text[INET_ADDRSTRLEN], word[INET_ADDRSTRLEN + 2];

	snprintf(word, sizeof(word), " %s/", xm_lease_text(l, text));
	return strstr(info->owner->container, word);
}

static bool has_parent(struct xm_nl *nl, const struct xm_endpoint_info *info,
		       const struct xm_lease *l)
{
	struct xm_link link;

	return !xm_link_get(nl, XM_NSID_SELF, l->parent, 0, &link) &&
	       link.ifindex == info->parent_ifindex;
}

/* A container may change its MAC, and two parents may have networks with the same addresses */
static bool docker_has(struct xm_nl *nl, const struct xm_endpoint_info *info,
		       const struct xm_lease *l)
{
	return has_address(info, l) && (xm_mac_equal(info->mac, l->mac) || has_parent(nl, info, l));
}

/* False: it went with the container's namespace. Another error says nothing about it. */
static bool has_device(struct xm_nl *nl, const struct xm_endpoint_info *info)
{
	struct xm_link link;

	return xm_link_get(nl, XM_NSID_SELF, NULL, info->host_ifindex, &link) != -ENODEV;
}

static int search_endpoint(const struct xm_endpoint_info *info, void *data)
{
	struct search *s = data;

	for (size_t i = 0; i < s->count; i++) {
		struct lease_use *u = &s->list[i];

		if ((strcmp(u->folder, XM_LEASES_PODMAN) ? docker_has(&s->nl, info, u->lease)
							 : !strcmp(info->name, u->lease->id)) &&
		    has_device(&s->nl, info))
			u->used = true;
	}
	return 0;
}

bool lease_find_users(struct lease_use *list, size_t count)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct search s = { .list = list, .count = count };
	struct xm_engine *engine;
	bool ret;

	for (size_t i = 0; i < count; i++)
		list[i].used = false;
	if (xm_nl_open(&s.nl))
		return false;
	ret = !xm_engine_open(&reader, &engine, NULL);
	if (ret) {
		ret = !xm_engine_owned(engine, search_endpoint, &s, NULL);
		xm_engine_close(engine);
	}
	xm_nl_close(&s.nl);
	return ret;
}
