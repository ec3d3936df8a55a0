// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "docker/calls.h"
#include "docker/id.h"
#include "docker/networks.h"
#include "docker/owner.h"

static int join_find(const struct docker_driver *d, const char *network, const char *id,
		     struct docker_endpoint *ret, struct xm_err *e)
{
	const struct docker_endpoint *made = docker_made_find(&d->made, network, id);
	int err = made ? 0 : docker_owner_look_up(network, id, ret, e);
	struct xm_nl nl;

	if (err)
		return err;
	if (made)
		*ret = *made;
	err = xm_nl_open(&nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	if (!docker_owner_is_unjoined(&nl, ret->name))
		err = docker_owner_missing(network, id, e);
	xm_nl_close(&nl);
	return err;
}

static void join_set_gateway(json_t *answer, const char *key, const struct docker_config *config,
			     const char *address)
{
	const char *gateway = docker_config_gateway(config, address);

	if (gateway)
		json_object_set_new(answer, key, json_string(gateway));
}

int docker_call_join(const struct plugin_job *job)
{
	const char *network = docker_id(job->request, "NetworkID", job->e);
	const char *id = network ? docker_id(job->request, "EndpointID", job->e) : NULL;
	struct docker_config config = {};
	struct docker_endpoint endpoint;
	int err = id ? join_find(job->data, network, id, &endpoint, job->e) : -EINVAL;

	if (!err)
		err = docker_networks_load(job->data, network, &config, job->e);
	if (!err) {
		json_object_set_new(
			job->answer, "InterfaceName",
			json_pack("{s:s, s:s}", "SrcName", endpoint.name, "DstPrefix", "eth"));
		join_set_gateway(job->answer, "Gateway", &config, endpoint.ipv4);
		join_set_gateway(job->answer, "GatewayIPv6", &config, endpoint.ipv6);
		/* Else Docker adds a second device to the container, on its own bridge */
		json_object_set_new(job->answer, "DisableGatewayService", json_true());
	}
	docker_config_free(&config);
	return err;
}
