// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "docker/calls.h"
#include "docker/json.h"
#include "docker/networks.h"
#include "docker/owner.h"

int docker_call_create_network(struct docker_driver *d, const json_t *request, json_t *answer,
			       struct xm_err *e)
{
	const char *id = docker_json_id(request, "NetworkID", e);
	json_t *document;
	int err;

	(void)d;
	(void)answer;
	if (!id)
		return -EINVAL;
	document = docker_config_of_request(request);
	err = docker_networks_add(id, document, e);
	json_decref(document);
	return err;
}

/* Docker deletes no network with endpoints that it knows: these it does not */
static int network_delete_endpoints(const char *id, struct xm_err *e)
{
	const struct xm_engine_options options = { .wait.ms = DOCKER_LOCK_MS };
	struct docker_endpoint *list;
	struct xm_engine *engine;
	int count, err = xm_engine_open(&options, &engine, e);

	if (err)
		return err;
	count = docker_owner_list(engine, id, &list, e);
	for (int i = 0; i < count && !err; i++)
		err = xm_engine_del(engine, list[i].name, e);
	free(list);
	xm_engine_close(engine);
	if (count < 0)
		return count;
	return err == -ENOENT ? 0 : err;
}

int docker_call_delete_network(struct docker_driver *d, const json_t *request, json_t *answer,
			       struct xm_err *e)
{
	const char *id = docker_json_id(request, "NetworkID", e);
	int err = id ? network_delete_endpoints(id, e) : -EINVAL;

	(void)answer;
	return err ? err : docker_networks_del(d, id, e);
}
