// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Leases that no endpoint has, or one without a device: Docker or podman did not get the answer
 * with the address, or the container's namespace has ended without a request.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "dhcp/engine_lock.h"
#include "dhcp/lease_use.h"
#include "dhcp/leases.h"

/* All are used when that cannot be read */
static void sweep_mark_used(struct known_leases *leases)
{
	struct lease_use *users = xm_need(calloc(leases->count, sizeof(*users)));
	bool read;

	for (size_t i = 0; i < leases->count; i++) {
		users[i].folder = leases->list[i].folder;
		users[i].lease = &leases->list[i].lease;
	}
	dhcp_engine_lock();
	read = lease_find_users(users, leases->count);
	dhcp_engine_unlock();
	for (size_t i = 0; i < leases->count; i++)
		if (!read || users[i].used)
			leases->list[i].seen_ms = xm_now_ms();
	free(users);
}

/* One that was granted once more meanwhile stays */
static void sweep_give_back(const struct known_lease *k)
{
	struct xm_lease l;

	dhcp_engine_lock();
	if (xm_lease_load(k->folder, k->lease.id, &l) && l.end_ms == k->lease.end_ms) {
		lease_log(k, "is given back", "no endpoint has it");
		xm_lease_release(&l, NULL);
		xm_lease_forget(k->folder, &l);
	}
	dhcp_engine_unlock();
}

void leases_sweep(struct known_leases *leases, const struct dhcp_service *service)
{
	if (!leases->count)
		return;
	sweep_mark_used(leases);
	for (size_t i = 0; i < leases->count; i++)
		if (xm_now_ms() - leases->list[i].seen_ms >= service->keep_ms)
			sweep_give_back(&leases->list[i]);
}
