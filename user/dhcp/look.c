// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "dhcp/docker_leases.h"
#include "dhcp/leases.h"

#define SWEEP_MS 5000

struct look {
	struct known_leases *leases;
	uint64_t netns;
	const char *folder;
	size_t known; /* as many are sorted; new ones come behind them */
};

static int known_compare(const void *a, const void *b)
{
	const struct known_lease *x = a, *y = b;

	return strcmp(x->folder, y->folder) ?: strcmp(x->lease.id, y->lease.id);
}

static int look_at(const char *id, uint64_t version, void *data)
{
	const struct look *look = data;
	struct known_leases *leases = look->leases;
	struct known_lease found = { .folder = look->folder, .version = version }, *k;

	if (strlen(id) >= sizeof(found.lease.id))
		return 0;
	strcpy(found.lease.id, id);
	k = look->known ? bsearch(&found, leases->list, look->known, sizeof(found), known_compare)
			: NULL;
	if (k)
		k->present = true;
	if ((k && k->version == version) || !xm_lease_load(look->folder, id, &found.lease))
		return 0;
	if (found.lease.netns && found.lease.netns != look->netns)
		return 0; /* the parent is elsewhere, and so is the process that renews it */
	if (k) {
		/* Docker or podman has got it once more */
		if (found.lease.end_ms != k->lease.end_ms)
			k->seen_ms = xm_now_ms();
		k->lease = found.lease;
		k->version = version;
		return 0;
	}
	found.present = true;
	found.seen_ms = xm_now_ms();
	leases->list = xm_need(reallocarray(leases->list, leases->count + 1, sizeof(found)));
	leases->list[leases->count++] = found;
	return 0;
}

static void look_for_all(struct known_leases *leases, uint64_t netns)
{
	static const char *const folders[] = { XM_LEASES_DOCKER, XM_LEASES_PODMAN };
	struct look look = { .leases = leases, .netns = netns, .known = leases->count };
	bool read = true;
	size_t left = 0;

	for (size_t i = 0; i < leases->count; i++)
		leases->list[i].present = false;
	for (size_t f = 0; f < sizeof(folders) / sizeof(*folders); f++) {
		look.folder = folders[f];
		read = !xm_store_each(look.folder, look_at, &look, NULL) && read;
	}
	for (size_t i = 0; i < leases->count; i++)
		if (leases->list[i].present || !read)
			leases->list[left++] = leases->list[i];
	leases->count = left;
	if (left)
		qsort(leases->list, left, sizeof(*leases->list), known_compare);
}

void leases_look(struct known_leases *leases, const struct dhcp_service *service)
{
	docker_leases_end_released();
	look_for_all(leases, service->netns);
	if (xm_now_ms() >= leases->sweep_ms) {
		leases_sweep(leases, service);
		leases->sweep_ms = xm_now_ms() + SWEEP_MS;
	}
	for (size_t i = 0; i < leases->count && !service->stopped; i++)
		lease_renew(leases, &leases->list[i], service);
}
