// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "docker/calls.h"
#include "docker/json.h"
#include "docker/networks.h"
#include "docker/ports.h"

/* A new dockerd introduces itself */
static int call_activate(struct docker_driver *d, const json_t *request, json_t *answer,
			 struct xm_err *e)
{
	(void)request;
	(void)e;
	docker_unjoined_remove_all(d);
	docker_networks_prune(d);
	json_object_set_new(answer, "Implements", json_pack("[s]", "NetworkDriver"));
	return 0;
}

/* A network is of one host, and its containers reach other hosts: as Docker's macvlan driver */
static int call_capabilities(struct docker_driver *d, const json_t *request, json_t *answer,
			     struct xm_err *e)
{
	(void)d;
	(void)request;
	(void)e;
	json_object_set_new(answer, "Scope", json_string("local"));
	json_object_set_new(answer, "ConnectivityScope", json_string("global"));
	return 0;
}

/* The endpoint has the container's default route, from which Docker publishes its ports */
static int call_program(struct docker_driver *d, const json_t *request, json_t *answer,
			struct xm_err *e)
{
	(void)d;
	(void)answer;
	(void)e;
	docker_ports_log(docker_json_text(request, "EndpointID"),
			 docker_json_get(request, "Options"));
	return 0;
}

/* The default route is another endpoint's; nodes of a swarm come and go */
static int call_nothing(struct docker_driver *d, const json_t *request, json_t *answer,
			struct xm_err *e)
{
	(void)d;
	(void)request;
	(void)answer;
	(void)e;
	return 0;
}

static const struct docker_call calls_table[] = {
	{ "/Plugin.Activate", call_activate, true },
	{ "/NetworkDriver.GetCapabilities", call_capabilities, true },
	{ "/NetworkDriver.CreateNetwork", docker_call_create_network, false },
	{ "/NetworkDriver.DeleteNetwork", docker_call_delete_network, false },
	{ "/NetworkDriver.CreateEndpoint", docker_call_create_endpoint, false },
	{ "/NetworkDriver.DeleteEndpoint", docker_call_delete_endpoint, false },
	{ "/NetworkDriver.EndpointOperInfo", docker_call_endpoint_info, false },
	{ "/NetworkDriver.Join", docker_call_join, false },
	{ "/NetworkDriver.Leave", docker_call_leave, false },
	{ "/NetworkDriver.ProgramExternalConnectivity", call_program, false },
	{ "/NetworkDriver.RevokeExternalConnectivity", call_nothing, false },
	{ "/NetworkDriver.DiscoverNew", call_nothing, false },
	{ "/NetworkDriver.DiscoverDelete", call_nothing, false },
};

const struct docker_call *docker_call_find(const char *path)
{
	for (size_t i = 0; i < sizeof(calls_table) / sizeof(*calls_table); i++)
		if (!strcmp(calls_table[i].path, path))
			return &calls_table[i];
	return NULL;
}
