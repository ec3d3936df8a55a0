// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Docker's CreateEndpoint makes the whole endpoint, beside its parent. After Join dockerd moves its
 * device into the container.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "docker/address.h"
#include "docker/calls.h"
#include "docker/id.h"
#include "docker/networks.h"
#include "docker/owner.h"
#include "docker/parent.h"
#include "docker/ports.h"
#include "docker/publish.h"
#include "net/prefix.h"
#include "plugin/json.h"

struct endpoint_request {
	const char *network, *endpoint; /* ids */
	const char *ipv4, *ipv6, *mac; /* "": none */
	struct docker_config config;
};

static int endpoint_check_address(const char *key, const char *text, int family, struct xm_err *e)
{
	struct xm_prefix prefix;
	char sanitized[XM_SANITIZED_LEN];

	if (!text[0] || (strlen(text) < DOCKER_ADDRESS_TEXT && xm_prefix_parse(text, &prefix) &&
			 prefix.family == family))
		return 0;
	return xm_fail(e, EINVAL, "%s '%.100s' is not an address", key,
		       xm_sanitized(text, sanitized));
}

static int endpoint_read(struct docker_driver *d, const json_t *request,
			 struct endpoint_request *ret, struct xm_err *e)
{
	const json_t *interface = plugin_json_get(request, "Interface");
	int err;

	ret->network = docker_id(request, "NetworkID", e);
	ret->endpoint = ret->network ? docker_id(request, "EndpointID", e) : NULL;
	if (!ret->endpoint)
		return -EINVAL;
	ret->ipv4 = plugin_json_text(interface, "Address");
	ret->ipv6 = plugin_json_text(interface, "AddressIPv6");
	ret->mac = plugin_json_text(interface, "MacAddress");
	err = endpoint_check_address("Address", ret->ipv4, AF_INET, e);
	if (!err)
		err = endpoint_check_address("AddressIPv6", ret->ipv6, AF_INET6, e);
	if (!err)
		err = docker_networks_load(d, ret->network, &ret->config, e);
	return err ? err
		   : docker_ports_check(&ret->config, plugin_json_get(request, "Options"),
					ret->ipv4[0] ? ret->ipv4 : ret->ipv6, e);
}

/*
 * Without --mac-address: 02:42 and the IPv4 address, as Docker's drivers. So a container that gets
 * the same address again has the same MAC. Without an IPv4 address the engine draws one.
 */
static int endpoint_choose_mac(const struct endpoint_request *r, struct xm_settings *s,
			       struct xm_err *e)
{
	struct xm_prefix prefix;

	if (r->mac[0] && s->mode == XM_MODE_PASSTHRU)
		return xm_fail(e, EINVAL,
			       "--mac-address: the container has the MAC of its parent in mode "
			       "passthru");
	if (r->mac[0]) {
		s->has_address = true;
		return xm_parse_unicast("--mac-address", r->mac, s->address, e);
	}
	s->has_address =
		s->mode != XM_MODE_PASSTHRU && r->ipv4[0] && xm_prefix_parse(r->ipv4, &prefix);
	if (s->has_address) {
		s->address[0] = 0x02;
		s->address[1] = 0x42;
		memcpy(s->address + 2, prefix.bytes, 4);
	}
	return 0;
}

/*
 * One of this id is what a request left whose answer Docker did not get: it is made again. An
 * endpoint that a container has stays. Returns whether one was removed.
 */
static bool endpoint_remove_former(struct xm_engine *engine, const struct endpoint_request *r)
{
	struct docker_endpoint former;
	struct xm_nl nl;
	bool lost;

	if (docker_owner_find(engine, r->network, r->endpoint, &former, NULL) <= 0 ||
	    xm_nl_open(&nl))
		return false;
	lost = docker_owner_is_unjoined(&nl, former.name) || docker_owner_has_ended(&nl, &former);
	xm_nl_close(&nl);
	return lost && !xm_engine_del(engine, former.name, NULL);
}

/* The engine has drawn the MAC, or the endpoint has that of its parent */
static int endpoint_read_mac(struct xm_engine *engine, const struct endpoint_request *r,
			     uint8_t ret[XM_MAC_LEN], struct xm_err *e)
{
	struct docker_endpoint made;
	int found = docker_owner_find(engine, r->network, r->endpoint, &made, e);

	if (found <= 0)
		return found ? found : xm_fail(e, ENOENT, "the endpoint was deleted");
	memcpy(ret, made.mac, XM_MAC_LEN);
	return 0;
}

static int endpoint_add(struct docker_driver *d, struct xm_engine *engine,
			const struct endpoint_request *r, uint8_t mac[XM_MAC_LEN], struct xm_err *e)
{
	char name[XM_NAME_LEN];
	struct xm_owner owner;
	struct xm_add add = {
		.name = name,
		.link = r->config.parent,
		.mtu = r->config.mtu,
		.owner = &owner,
		.settings = r->config.settings,
	};
	struct xm_err why = {};
	int err = endpoint_choose_mac(r, &add.settings, e);

	if (err)
		return err;
	docker_owner_name(r->endpoint, name);
	docker_owner_fill(r->network, r->endpoint, r->ipv4, r->ipv6, &owner);
	err = xm_engine_add(engine, &add, &why);
	if (err == -EEXIST && endpoint_remove_former(engine, r)) {
		why = (struct xm_err){};
		err = xm_engine_add(engine, &add, &why);
	}
	if (err == -EADDRINUSE && add.settings.has_address &&
	    docker_unjoined_free_mac(d, engine, add.settings.address)) {
		why = (struct xm_err){};
		err = xm_engine_add(engine, &add, &why);
	}
	if (err == -EADDRINUSE && !r->mac[0] && add.settings.has_address) {
		add.settings.has_address = false;
		why = (struct xm_err){};
		err = xm_engine_add(engine, &add, &why);
	}
	if (err)
		return xm_fail(e, err, "%s", why.text);
	if (!add.settings.has_address)
		return endpoint_read_mac(engine, r, mac, e);
	memcpy(mac, add.settings.address, XM_MAC_LEN);
	return 0;
}

static void endpoint_describe(const struct endpoint_request *r, struct docker_endpoint *ret)
{
	*ret = (struct docker_endpoint){};
	docker_owner_name(r->endpoint, ret->name);
	snprintf(ret->network, sizeof(ret->network), "%s", r->network);
	snprintf(ret->endpoint, sizeof(ret->endpoint), "%s", r->endpoint);
	snprintf(ret->ipv4, sizeof(ret->ipv4), "%s", r->ipv4);
	snprintf(ret->ipv6, sizeof(ret->ipv6), "%s", r->ipv6);
}

/* Docker chooses a MAC before it asks for an address by DHCP, and otherwise for --mac-address */
static int endpoint_free_address(struct docker_driver *d, struct xm_engine *engine,
				 const struct endpoint_request *r, struct xm_err *e)
{
	struct docker_endpoint wanted;

	endpoint_describe(r, &wanted);
	return docker_address_free(d, engine, r->config.parent, &wanted, !r->mac[0], e);
}

static int endpoint_create(struct docker_driver *d, const struct endpoint_request *r,
			   uint8_t mac[XM_MAC_LEN], struct xm_err *e)
{
	const struct xm_engine_options options = { .wait.ms = DOCKER_LOCK_MS };
	struct xm_engine *engine;
	int err = docker_parent_ensure(&r->config, e);

	if (!err)
		err = xm_engine_open(&options, &engine, e);
	if (err)
		return err;
	err = endpoint_free_address(d, engine, r, e);
	if (!err)
		err = endpoint_add(d, engine, r, mac, e);
	xm_engine_close(engine);
	return err;
}

static void endpoint_remember(struct docker_driver *d, const struct endpoint_request *r,
			      const uint8_t mac[XM_MAC_LEN])
{
	struct docker_endpoint made;

	endpoint_describe(r, &made);
	memcpy(made.mac, mac, XM_MAC_LEN);
	docker_made_add(&d->made, &made);
}

int docker_call_create_endpoint(const struct plugin_job *job)
{
	struct endpoint_request r = {};
	uint8_t mac[XM_MAC_LEN];
	char text[XM_MAC_TEXT];
	int err = endpoint_read(job->data, job->request, &r, job->e);

	if (!err)
		err = endpoint_create(job->data, &r, mac, job->e);
	if (!err)
		endpoint_remember(job->data, &r, mac);
	/* Docker refuses an answer with a value that it has given itself */
	if (!err && !r.mac[0])
		json_object_set_new(job->answer, "Interface",
				    json_pack("{s:s}", "MacAddress", xm_mac_text(mac, text)));
	docker_config_free(&r.config);
	return err;
}

/* A missing endpoint is no error: its device went with the container's namespace */
int docker_call_delete_endpoint(const struct plugin_job *job)
{
	const struct xm_engine_options options = { .wait.ms = DOCKER_LOCK_MS };
	const char *network = docker_id(job->request, "NetworkID", job->e);
	const char *id = network ? docker_id(job->request, "EndpointID", job->e) : NULL;
	struct docker_endpoint endpoint;
	struct xm_engine *engine;
	int found, err = id ? xm_engine_open(&options, &engine, job->e) : -EINVAL;

	if (err)
		return err;
	docker_publish_end(job->data, id);
	found = docker_owner_find(engine, network, id, &endpoint, job->e);
	err = found > 0 ? xm_engine_del(engine, endpoint.name, job->e) : found;
	xm_engine_close(engine);
	return err == -ENOENT ? 0 : err;
}

/* Docker prints what it gets here; `xmacvlan show` has more */
int docker_call_endpoint_info(const struct plugin_job *job)
{
	json_object_set_new(job->answer, "Value", json_object());
	return 0;
}
