// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Leases that no endpoint has, or one without a device: Docker or podman did not get the answer
 * with the address, or the container's namespace has ended without a request.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/docker_leases.h"
#include "dhcp/leases.h"
#include "engine/engine.h"
#include "mac.h"
#include "net/link.h"
#include "net/nl.h"

/* The addresses that Docker gave an endpoint are behind its id, separated by spaces */
static bool docker_has(const struct xm_endpoint_info *info, const struct xm_lease *l)
{
	char text[INET_ADDRSTRLEN], word[INET_ADDRSTRLEN + 2];

	if (!xm_mac_equal(info->mac, l->mac))
		return false;
	snprintf(word, sizeof(word), " %s/", xm_lease_text(l, text));
	return strstr(info->owner->container, word);
}

struct sweep {
	struct known_leases *leases;
	struct xm_nl nl;
};

/* False: it went with the container's namespace. Another error says nothing about it. */
static bool has_device(struct xm_nl *nl, const struct xm_endpoint_info *info)
{
	struct xm_link link;

	return xm_link_get(nl, XM_NSID_SELF, NULL, info->host_ifindex, &link) != -ENODEV;
}

static int sweep_endpoint(const struct xm_endpoint_info *info, void *data)
{
	struct sweep *s = data;

	for (size_t i = 0; i < s->leases->count; i++) {
		struct known_lease *k = &s->leases->list[i];

		if ((strcmp(k->folder, XM_LEASES_PODMAN) ? docker_has(info, &k->lease)
							 : !strcmp(info->name, k->lease.id)) &&
		    has_device(&s->nl, info))
			k->seen_ms = xm_now_ms();
	}
	return 0;
}

/* False: what cannot be read may exist */
static bool sweep_endpoints(struct known_leases *leases)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct sweep s = { .leases = leases };
	struct xm_engine *engine;
	bool ret;

	if (xm_nl_open(&s.nl))
		return false;
	ret = !xm_engine_open(&reader, &engine, NULL);
	if (ret) {
		ret = !xm_engine_owned(engine, sweep_endpoint, &s, NULL);
		xm_engine_close(engine);
	}
	xm_nl_close(&s.nl);
	return ret;
}

static void sweep_give_back(const struct known_lease *k)
{
	struct xm_lease l;

	docker_leases_lock();
	if (xm_lease_load(k->folder, k->lease.id, &l)) {
		lease_log(k, "is given back", "no endpoint has it");
		xm_lease_release(&l, NULL);
		xm_lease_forget(k->folder, &l);
	}
	docker_leases_unlock();
}

void leases_sweep(struct known_leases *leases, const struct dhcp_service *service)
{
	bool read;

	if (!leases->count)
		return;
	read = sweep_endpoints(leases);
	for (size_t i = 0; i < leases->count; i++) {
		struct known_lease *k = &leases->list[i];

		if (!read)
			k->seen_ms = xm_now_ms();
		else if (xm_now_ms() - k->seen_ms >= service->keep_ms)
			sweep_give_back(k);
	}
}
