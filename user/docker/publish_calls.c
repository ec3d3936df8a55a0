// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Docker publishes ports by the endpoint that has the container's default route, while it has it:
 * from ProgramExternalConnectivity to RevokeExternalConnectivity, or Leave
 */
#include <errno.h>

#include "docker/calls.h"
#include "docker/id.h"
#include "docker/networks.h"
#include "docker/publish.h"
#include "plugin/json.h"
#include "plugin/log.h"

static int program_publish(const struct plugin_job *job, const struct docker_config *config,
			   const char *network, const char *id, const struct docker_ports *ports)
{
	struct docker_endpoint endpoint;
	char text[DOCKER_PORT_TEXT];
	int err;

	if (!docker_ports_published(config)) {
		plugin_log("port %s of endpoint %.12s is not published: the endpoint has the "
			   "container's default route",
			   docker_port_text(&ports->list[0], text), id);
		return 0;
	}
	err = docker_owner_look_up(network, id, &endpoint, job->e);
	return err ? err : docker_publish(job->data, config, &endpoint, ports, job->e);
}

int docker_call_program(const struct plugin_job *job)
{
	const char *network = docker_id(job->request, "NetworkID", job->e);
	const char *id = network ? docker_id(job->request, "EndpointID", job->e) : NULL;
	struct docker_config config = {};
	struct docker_ports ports = {};
	int err = id ? docker_ports_read(plugin_json_get(job->request, "Options"), &ports, job->e)
		     : -EINVAL;

	if (!err && !ports.count)
		docker_publish_end(job->data, id);
	if (!err && ports.count)
		err = docker_networks_load(job->data, network, &config, job->e);
	if (!err && ports.count)
		err = program_publish(job, &config, network, id, &ports);
	docker_config_free(&config);
	docker_ports_free(&ports);
	return err;
}

/* Leave and RevokeExternalConnectivity: dockerd moves the device out of the container itself */
int docker_call_unpublish(const struct plugin_job *job)
{
	const char *id = docker_id(job->request, "EndpointID", job->e);

	if (!id)
		return -EINVAL;
	docker_publish_end(job->data, id);
	return 0;
}
