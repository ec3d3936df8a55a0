// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "dhcp/docker_leases.h"
#include "dhcp/engine_lock.h"
#include "dhcp/lease_use.h"
#include "plugin/log.h"
#include "runtime/lease_id.h"

#define ADDRESS_DIGITS 8 /* the end of an id */

struct lease_search {
	const struct xm_lease *like;
	char end[ADDRESS_DIGITS + 1]; /* of the id */
	struct xm_lease *ret;
};

/* Returns 1: it is found */
static int search_compare(const char *id, uint64_t version, void *data)
{
	const struct lease_search *s = data;
	size_t len = strlen(id);

	(void)version;
	return len > ADDRESS_DIGITS && !strcmp(id + len - ADDRESS_DIGITS, s->end) &&
	       strcmp(id, s->like->id) && xm_lease_load(XM_LEASES_DOCKER, id, s->ret) &&
	       !strcmp(s->ret->parent, s->like->parent) &&
	       (!s->ret->netns || s->ret->netns == s->like->netns);
}

/* A lease with the address, the parent and the namespace of `like`, but with another id */
static bool lease_find(const struct xm_lease *like, struct xm_lease *ret)
{
	struct lease_search s = { .like = like, .ret = ret };

	snprintf(s.end, sizeof(s.end), "%08x", ntohl(like->address));
	return xm_store_each(XM_LEASES_DOCKER, search_compare, &s, NULL) == 1;
}

int docker_leases_offer(struct xm_lease *l, bool *added, struct xm_err *e)
{
	struct xm_lease present;
	int err = 0;

	xm_lease_docker_id(l->mac, l->address, l->id);
	dhcp_engine_lock();
	*added = !xm_lease_load(XM_LEASES_DOCKER, l->id, &present);
	if (*added)
		err = xm_lease_save(XM_LEASES_DOCKER, l, e);
	dhcp_engine_unlock();
	return err;
}

void docker_leases_forget(const struct xm_lease *l)
{
	dhcp_engine_lock();
	xm_lease_forget(XM_LEASES_DOCKER, l);
	dhcp_engine_unlock();
}

int docker_leases_add(const struct xm_lease *lease, uint32_t lease_s, struct xm_err *e)
{
	struct xm_lease l = *lease, former;
	int err;

	xm_lease_docker_id(l.mac, l.address, l.id);
	xm_lease_set_times(&l, lease_s);
	dhcp_engine_lock();
	if (lease_find(&l, &former))
		xm_lease_forget(XM_LEASES_DOCKER, &former);
	err = xm_lease_save(XM_LEASES_DOCKER, &l, e);
	dhcp_engine_unlock();
	return err;
}

static bool lease_is_used(const struct xm_lease *l)
{
	struct lease_use use = { .folder = XM_LEASES_DOCKER, .lease = l };

	return !lease_find_users(&use, 1) || use.used;
}

void docker_leases_end(const char *parent, uint64_t netns, uint32_t address)
{
	struct xm_lease like = { .netns = netns, .address = address }, l;
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};

	snprintf(like.parent, sizeof(like.parent), "%s", parent);
	dhcp_engine_lock();
	if (lease_find(&like, &l) && !lease_is_used(&l)) {
		if (xm_lease_release(&l, &e))
			plugin_log("the DHCP server is not told that %s is free: %s",
				   xm_lease_text(&l, text), e.text);
		xm_lease_forget(XM_LEASES_DOCKER, &l);
	}
	dhcp_engine_unlock();
}
