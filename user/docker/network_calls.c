// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "docker/calls.h"
#include "docker/id.h"
#include "docker/networks.h"
#include "docker/owner.h"
#include "docker/publish.h"
#include "plugin/json.h"

/*
 * Options of a wrong type are an error. If they counted as absent, the network would differ from
 * the one that Docker asked for.
 */
static int network_check_options(const json_t *options, struct xm_err *e)
{
	const json_t *internal = plugin_json_get(options, DOCKER_LABEL_INTERNAL);
	const json_t *generic = plugin_json_get(options, DOCKER_LABEL_OPTIONS);

	if (internal && !json_is_boolean(internal))
		return xm_fail(e, EINVAL, "%s is neither true nor false", DOCKER_LABEL_INTERNAL);
	if (generic && !json_is_object(generic))
		return xm_fail(e, EINVAL, "%s is not an object", DOCKER_LABEL_OPTIONS);
	return 0;
}

int docker_call_create_network(const struct plugin_job *job)
{
	const char *id = docker_id(job->request, "NetworkID", job->e);
	json_t *document;
	int err;

	if (!id || network_check_options(plugin_json_get(job->request, "Options"), job->e))
		return -EINVAL;
	document = docker_config_of_request(job->request);
	err = docker_networks_add(id, document, job->e);
	json_decref(document);
	return err;
}

/* Docker deletes no network with endpoints that it knows: these it does not */
static int network_delete_endpoints(struct docker_driver *d, const char *id, struct xm_err *e)
{
	const struct xm_engine_options options = { .wait.ms = DOCKER_LOCK_MS };
	struct docker_endpoint *list;
	struct xm_engine *engine;
	int count, err = xm_engine_open(&options, &engine, e);

	if (err)
		return err;
	count = docker_owner_list(engine, id, &list, e);
	for (int i = 0; i < count && !err; i++) {
		docker_publish_end(d, list[i].endpoint);
		err = xm_engine_del(engine, list[i].name, e);
	}
	free(list);
	xm_engine_close(engine);
	if (count < 0)
		return count;
	return err == -ENOENT ? 0 : err;
}

int docker_call_delete_network(const struct plugin_job *job)
{
	const char *id = docker_id(job->request, "NetworkID", job->e);
	int err = id ? network_delete_endpoints(job->data, id, job->e) : -EINVAL;

	return err ? err : docker_networks_del(job->data, id, job->e);
}
