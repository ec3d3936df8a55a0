// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "docker/calls.h"
#include "docker/networks.h"
#include "docker/publish.h"

/* A new dockerd introduces itself */
static int call_activate(const struct plugin_job *job)
{
	docker_unjoined_remove_all(job->data);
	docker_networks_prune(job->data);
	docker_publish_sweep(job->data);
	json_object_set_new(job->answer, "Implements", json_pack("[s]", "NetworkDriver"));
	return 0;
}

/* A network is of one host, and its containers reach other hosts: as Docker's macvlan driver */
static int call_capabilities(const struct plugin_job *job)
{
	json_object_set_new(job->answer, "Scope", json_string("local"));
	json_object_set_new(job->answer, "ConnectivityScope", json_string("global"));
	return 0;
}

/* Nodes of a swarm come and go */
static int call_nothing(const struct plugin_job *job)
{
	(void)job;
	return 0;
}

static const struct plugin_call calls_table[] = {
	{ "/Plugin.Activate", call_activate, true },
	{ "/NetworkDriver.GetCapabilities", call_capabilities, true },
	{ "/NetworkDriver.CreateNetwork", docker_call_create_network, false },
	{ "/NetworkDriver.DeleteNetwork", docker_call_delete_network, false },
	{ "/NetworkDriver.CreateEndpoint", docker_call_create_endpoint, false },
	{ "/NetworkDriver.DeleteEndpoint", docker_call_delete_endpoint, false },
	{ "/NetworkDriver.EndpointOperInfo", docker_call_endpoint_info, false },
	{ "/NetworkDriver.Join", docker_call_join, false },
	{ "/NetworkDriver.Leave", docker_call_unpublish, false },
	{ "/NetworkDriver.ProgramExternalConnectivity", docker_call_program, false },
	{ "/NetworkDriver.RevokeExternalConnectivity", docker_call_unpublish, false },
	{ "/NetworkDriver.DiscoverNew", call_nothing, false },
	{ "/NetworkDriver.DiscoverDelete", call_nothing, false },
};

const struct plugin_call *docker_call_find(const char *path)
{
	for (size_t i = 0; i < sizeof(calls_table) / sizeof(*calls_table); i++)
		if (!strcmp(calls_table[i].path, path))
			return &calls_table[i];
	return NULL;
}
