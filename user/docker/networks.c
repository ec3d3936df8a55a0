// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/database.h"
#include "docker/id.h"
#include "docker/networks.h"
#include "docker/options.h"
#include "docker/parent.h"
#include "engine/engine.h"
#include "net/link.h"
#include "plugin/log.h"
#include "runtime/options.h"
#include "runtime/store.h"

#define NETWORKS_FOLDER XM_STORE_DOCKER /* of config.h's documents, by the network's id */

static int networks_load_database(const struct docker_driver *d, const char *id, json_t **ret,
				  struct xm_err *e)
{
	struct docker_database db;
	json_t *network;
	char why[256];

	docker_database_read(d->data_root, &db, why);
	network = docker_database_network(&db, id);
	docker_database_free(&db);
	if (!network)
		return xm_fail(e, ENOENT,
			       "network %.12s is not known%s%s: remove it and create it again", id,
			       why[0] ? ", and after a reboot Docker's database is needed: " : "",
			       why);
	*ret = docker_config_of_database(network);
	json_decref(network);
	return xm_store_save(NETWORKS_FOLDER, id, *ret, e);
}

int docker_networks_load(const struct docker_driver *d, const char *id, struct docker_config *ret,
			 struct xm_err *e)
{
	json_t *document;
	int err = xm_store_load(NETWORKS_FOLDER, id, &document, e);

	*ret = (struct docker_config){};
	if (!err && !document)
		err = networks_load_database(d, id, &document, e);
	if (!err)
		err = docker_config_read(document, id, ret, e);
	json_decref(document);
	return err;
}

/* Whether the device can be a parent: a reader asks, which changes nothing */
static int networks_check_parent(const struct docker_config *config, struct xm_err *e)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct xm_engine *engine;
	struct xm_link link;
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = xm_link_get(&nl, XM_NSID_SELF, config->parent, 0, &link);
	if (err)
		xm_fail(e, err, "parent '%s': %s", config->parent, xm_nl_why(&nl, err));
	else
		err = xm_option_mtu_fits(DOCKER_OPTION_MTU, config->mtu, &link, e);
	xm_nl_close(&nl);
	if (!err)
		err = xm_engine_open(&reader, &engine, e);
	if (err)
		return err;
	err = xm_engine_may_attach(engine, &link, e);
	xm_engine_close(engine);
	return err;
}

struct networks_search {
	const char *parent, *id; /* id: of the network that does not count */
	bool found;
};

static int networks_compare(const char *id, uint64_t version, void *data)
{
	struct networks_search *s = data;
	struct docker_config config = {};
	json_t *document = NULL;

	(void)version;
	if (!strcmp(id, s->id))
		return 0;
	/* What cannot be read may have it */
	s->found = xm_store_load(NETWORKS_FOLDER, id, &document, NULL) ||
		   (document && (docker_config_read(document, id, &config, NULL) ||
				 !strcmp(config.parent, s->parent)));
	docker_config_free(&config);
	json_decref(document);
	return s->found;
}

static bool networks_another_has(const char *parent, const char *id)
{
	struct networks_search s = { .parent = parent, .id = id };

	return xm_store_each(NETWORKS_FOLDER, networks_compare, &s, NULL) < 0 || s.found;
}

static bool networks_have_parent(const char *parent)
{
	return networks_another_has(parent, "");
}

/* Docker repeats a request; another network has another id */
static int networks_check_present(const char *id, const json_t *document, struct xm_err *e)
{
	json_t *present;
	int err = xm_store_load(NETWORKS_FOLDER, id, &present, e);

	if (!err && present && !json_equal(present, document))
		err = xm_fail(e, EEXIST,
			      "network %.12s exists already, with other options or "
			      "subnets",
			      id);
	json_decref(present);
	return err;
}

int docker_networks_add(const char *id, const json_t *document, struct xm_err *e)
{
	struct docker_config config;
	int err = networks_check_present(id, document, e);

	if (err)
		return err;
	err = docker_config_read(document, id, &config, e);
	if (!err)
		err = docker_parent_ensure(&config, e);
	if (!err)
		err = networks_check_parent(&config, e);
	if (!err)
		err = xm_store_save(NETWORKS_FOLDER, id, document, e);
	/* This network may have it, too: Docker has repeated a request that succeeded */
	if (err && config.parent[0] && !networks_have_parent(config.parent))
		docker_parent_remove(config.parent, NULL);
	docker_config_free(&config);
	return err;
}

int docker_networks_del(const struct docker_driver *d, const char *id, struct xm_err *e)
{
	struct docker_config config;
	struct xm_err unused = {};
	int err = docker_networks_load(d, id, &config, &unused);

	/* The network goes, whatever its parent is */
	if (!err && !networks_another_has(config.parent, id))
		err = docker_parent_remove(config.parent, e);
	else
		err = 0;
	docker_config_free(&config);
	return xm_store_remove(NETWORKS_FOLDER, id, e) ?: err;
}

struct networks_prune {
	const struct docker_driver *d;
	struct docker_database db;
	char (*ids)[DOCKER_ID_LEN];
	size_t count;
};

static int networks_collect(const char *id, uint64_t version, void *data)
{
	struct networks_prune *p = data;
	json_t *network = docker_database_network(&p->db, id);

	(void)version;
	if (!network) {
		p->ids = xm_need(reallocarray(p->ids, p->count + 1, sizeof(*p->ids)));
		snprintf(p->ids[p->count++], DOCKER_ID_LEN, "%s", id);
	}
	json_decref(network);
	return 0;
}

void docker_networks_prune(const struct docker_driver *d)
{
	struct networks_prune p = { .d = d };
	char why[256];

	docker_database_read(d->data_root, &p.db, why);
	if (p.db.bytes)
		xm_store_each(NETWORKS_FOLDER, networks_collect, &p, NULL);
	for (size_t i = 0; i < p.count; i++) {
		plugin_log("Docker has no network %.12s: forgotten", p.ids[i]);
		docker_networks_del(d, p.ids[i], NULL);
	}
	free(p.ids);
	docker_database_free(&p.db);
	docker_parents_prune(networks_have_parent);
}
