// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/docker_leases.h"
#include "dhcp/engine_lock.h"
#include "dhcp/lease_use.h"
#include "plugin/log.h"
#include "runtime/lease_id.h"

#define ADDRESS_DIGITS 8 /* the end of an id */
#define RELEASED_MS    60000

/*
 * Addresses that Docker has released while an endpoint had them. A dockerd that starts releases
 * those of containers that ran under a dockerd that was killed, and ends their namespaces then.
 */
static struct released {
	struct xm_lease like;
	int64_t until_ms;
} * released;
static size_t released_count;

/* Docker has it once more */
static void released_forget(const struct xm_lease *l)
{
	size_t left = 0;

	for (size_t i = 0; i < released_count; i++)
		if (released[i].like.address != l->address ||
		    strcmp(released[i].like.parent, l->parent) != 0)
			released[left++] = released[i];
	released_count = left;
}

static void released_add(const struct xm_lease *like)
{
	released_forget(like);
	released = xm_need(reallocarray(released, released_count + 1, sizeof(*released)));
	released[released_count++] = (struct released){ *like, xm_now_ms() + RELEASED_MS };
}

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
	released_forget(l);
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
	released_forget(&l);
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

/* Returns false: an endpoint has it */
static bool lease_end(const struct xm_lease *like)
{
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};
	struct xm_lease l;

	if (!lease_find(like, &l))
		return true;
	if (lease_is_used(&l))
		return false;
	if (xm_lease_release(&l, &e))
		plugin_log("the DHCP server is not told that %s is free: %s",
			   xm_lease_text(&l, text), e.text);
	xm_lease_forget(XM_LEASES_DOCKER, &l);
	return true;
}

void docker_leases_end(const char *parent, uint64_t netns, uint32_t address)
{
	struct xm_lease like = { .netns = netns, .address = address };

	snprintf(like.parent, sizeof(like.parent), "%s", parent);
	dhcp_engine_lock();
	if (!lease_end(&like))
		released_add(&like);
	dhcp_engine_unlock();
}

void docker_leases_end_released(void)
{
	size_t left = 0;

	dhcp_engine_lock();
	for (size_t i = 0; i < released_count; i++)
		if (!lease_end(&released[i].like) && xm_now_ms() < released[i].until_ms)
			released[left++] = released[i];
	released_count = left;
	dhcp_engine_unlock();
}
