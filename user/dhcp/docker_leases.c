// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "dhcp/docker_leases.h"
#include "mac.h"
#include "plugin/log.h"
#include "runtime/lease_id.h"

#define ADDRESS_DIGITS 8 /* the end of an id */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void docker_leases_lock(void)
{
	pthread_mutex_lock(&lock);
}

void docker_leases_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct lease_search {
	const char *parent;
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
	       xm_lease_load(XM_LEASES_DOCKER, id, s->ret) && !strcmp(s->ret->parent, s->parent);
}

static bool lease_find(const char *parent, uint32_t address, struct xm_lease *ret)
{
	struct lease_search s = { .parent = parent, .ret = ret };

	snprintf(s.end, sizeof(s.end), "%08x", ntohl(address));
	return xm_store_each(XM_LEASES_DOCKER, search_compare, &s, NULL) == 1;
}

int docker_leases_add(const struct xm_lease *lease, uint32_t lease_s, struct xm_err *e)
{
	struct xm_lease l = *lease, former;
	int err;

	xm_lease_docker_id(l.mac, l.address, l.id);
	xm_lease_set_times(&l, lease_s);
	docker_leases_lock();
	if (lease_find(l.parent, l.address, &former) && !xm_mac_equal(former.mac, l.mac))
		xm_lease_forget(XM_LEASES_DOCKER, &former);
	err = xm_lease_save(XM_LEASES_DOCKER, &l, e);
	docker_leases_unlock();
	return err;
}

void docker_leases_end(const char *parent, uint32_t address)
{
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};
	struct xm_lease l;

	docker_leases_lock();
	if (lease_find(parent, address, &l)) {
		if (xm_lease_release(&l, &e))
			plugin_log("the DHCP server is not told that %s is free: %s",
				   xm_lease_text(&l, text), e.text);
		xm_lease_forget(XM_LEASES_DOCKER, &l);
	}
	docker_leases_unlock();
}
