// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "docker/driver.h"
#include "docker/networks.h"
#include "docker/owner.h"
#include "docker/publish.h"
#include "mac.h"
#include "pins/lock.h"
#include "plugin/log.h"

#define SWEEP_MS 60000

/* Reads which endpoints are in no container. The caller frees *ret. Returns their number, or -1. */
static int unjoined_list(struct docker_endpoint **ret)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct xm_engine *engine;
	struct xm_nl nl = {};
	int all = -1, count = 0;

	*ret = NULL;
	if (!xm_nl_open(&nl) && !xm_engine_open(&reader, &engine, NULL)) {
		all = docker_owner_list(engine, NULL, ret, NULL);
		xm_engine_close(engine);
	}
	for (int i = 0; i < all; i++)
		if (docker_owner_is_unjoined(&nl, (*ret)[i].name))
			(*ret)[count++] = (*ret)[i];
	xm_nl_close(&nl);
	return all < 0 ? -1 : count;
}

static void unjoined_delete(struct xm_engine *engine, const char *name)
{
	struct xm_err why = {};

	if (!xm_engine_del(engine, name, &why))
		plugin_log("endpoint %s was in no container: removed", name);
	else
		plugin_log("endpoint %s is in no container, and cannot be removed: %s", name,
			   why.text);
}

static const struct docker_unjoined_entry *unjoined_find(const struct docker_unjoined *u,
							 const char *name)
{
	for (size_t i = 0; i < u->count; i++)
		if (!strcmp(u->entries[i].name, name))
			return &u->entries[i];
	return NULL;
}

/* Replaces the entries by those of the list; an endpoint that was there keeps its time */
static void unjoined_remember(struct docker_unjoined *u, const struct docker_endpoint *list,
			      int count, bool old)
{
	struct docker_unjoined_entry *entries = xm_need(calloc(count + 1, sizeof(*entries)));

	for (int i = 0; i < count; i++) {
		const struct docker_unjoined_entry *before = unjoined_find(u, list[i].name);

		if (before)
			entries[i] = *before;
		else
			entries[i] = (struct docker_unjoined_entry){ .since_ms = xm_now_ms(),
								     .old = old };
		memcpy(entries[i].name, list[i].name, XM_NAME_LEN);
	}
	free(u->entries);
	u->entries = entries;
	u->count = count;
}

static void unjoined_schedule(struct docker_unjoined *u)
{
	u->next_ms = xm_now_ms() + (u->keep_ms < SWEEP_MS ? u->keep_ms : SWEEP_MS);
}

void docker_unjoined_init(struct docker_unjoined *u, unsigned int keep_ms)
{
	struct docker_endpoint *list;
	int count = unjoined_list(&list);

	*u = (struct docker_unjoined){ .keep_ms = keep_ms };
	if (count >= 0)
		unjoined_remember(u, list, count, true);
	free(list);
	unjoined_schedule(u);
}

void docker_unjoined_free(struct docker_unjoined *u)
{
	free(u->entries);
	*u = (struct docker_unjoined){};
}

static void unjoined_delete_since(struct docker_driver *d, int64_t limit)
{
	const struct xm_engine_options options = { .wait.ms = DOCKER_LOCK_MS };
	struct xm_engine *engine = NULL;

	for (size_t i = 0; i < d->unjoined.count; i++) {
		if (d->unjoined.entries[i].since_ms > limit)
			continue;
		if (!engine && xm_engine_open(&options, &engine, NULL))
			return;
		unjoined_delete(engine, d->unjoined.entries[i].name);
	}
	xm_engine_close(engine);
}

static void unjoined_look(struct docker_driver *d, unsigned int keep_ms)
{
	struct docker_endpoint *list;
	int count = unjoined_list(&list);

	if (count >= 0)
		unjoined_remember(&d->unjoined, list, count, false);
	free(list);
	unjoined_delete_since(d, xm_now_ms() - keep_ms);
	unjoined_schedule(&d->unjoined);
}

void docker_unjoined_sweep(struct docker_driver *d)
{
	unjoined_look(d, d->unjoined.keep_ms);
	docker_networks_prune(d);
	docker_publish_sweep(d);
}

void docker_unjoined_remove_all(struct docker_driver *d)
{
	unjoined_look(d, 0);
}

bool docker_unjoined_is_old(const struct docker_driver *d, struct xm_nl *nl, const char *name)
{
	const struct docker_unjoined_entry *entry = unjoined_find(&d->unjoined, name);

	return entry && entry->old && docker_owner_is_unjoined(nl, name);
}

bool docker_unjoined_free_mac(struct docker_driver *d, struct xm_engine *engine,
			      const uint8_t mac[XM_MAC_LEN])
{
	struct docker_endpoint *list;
	int count = docker_owner_list(engine, NULL, &list, NULL);
	struct xm_nl nl = {};
	bool found = false;

	xm_nl_open(&nl);
	for (int i = 0; i < count && !found; i++) {
		found = xm_mac_equal(list[i].mac, mac) &&
			docker_unjoined_is_old(d, &nl, list[i].name);
		if (found)
			unjoined_delete(engine, list[i].name);
	}
	xm_nl_close(&nl);
	free(list);
	return found;
}
