// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/config.h"
#include "docker/options.h"
#include "net/prefix.h"
#include "plugin/json.h"

static json_t *config_document(const json_t *options, bool internal)
{
	json_t *copy = json_is_object(options) ? json_deep_copy(options) : json_object();

	return xm_need(
		json_pack("{s:o, s:b, s:[]}", "options", copy, "internal", internal, "subnets"));
}

/* pool, gateway: "192.0.2.0/24" and "192.0.2.1/24", in a request with the pool's length */
static void config_append_subnet(json_t *document, const char *pool, const char *gateway)
{
	int len = strcspn(gateway, "/");
	json_t *subnet = json_pack("{s:s, s:s%}", "pool", pool, "gateway", gateway, len);

	if (pool[0])
		json_array_append_new(json_object_get(document, "subnets"), subnet);
	else
		json_decref(subnet);
}

static void config_take_request_subnets(json_t *document, const json_t *list)
{
	json_t *data;
	size_t i;

	json_array_foreach(list, i, data)
		config_append_subnet(document, plugin_json_text(data, "Pool"),
				     plugin_json_text(data, "Gateway"));
}

json_t *docker_config_of_request(const json_t *request)
{
	const json_t *options = plugin_json_get(request, "Options");
	json_t *document =
		config_document(plugin_json_get(options, DOCKER_LABEL_OPTIONS),
				json_is_true(plugin_json_get(options, DOCKER_LABEL_INTERNAL)));

	config_take_request_subnets(document, plugin_json_get(request, "IPv4Data"));
	config_take_request_subnets(document, plugin_json_get(request, "IPv6Data"));
	return document;
}

/*
 * libnetwork's network.go, MarshalJSON(): lists are texts of JSON, and so is what they have of a
 * subnet
 */
static void config_take_kept_subnets(json_t *document, const char *text)
{
	json_t *list = json_loads(text, 0, NULL), *info, *data;
	size_t i;

	json_array_foreach(list, i, info) {
		data = json_loads(plugin_json_text(info, "IPAMData"), 0, NULL);
		config_append_subnet(document, plugin_json_text(data, "Pool"),
				     plugin_json_text(data, "Gateway"));
		json_decref(data);
	}
	json_decref(list);
}

json_t *docker_config_of_database(const json_t *network)
{
	const json_t *generic = plugin_json_get(network, "generic");
	json_t *document = config_document(plugin_json_get(generic, DOCKER_LABEL_OPTIONS),
					   json_is_true(plugin_json_get(network, "internal")));

	config_take_kept_subnets(document, plugin_json_text(network, "ipamV4Info"));
	config_take_kept_subnets(document, plugin_json_text(network, "ipamV6Info"));
	return document;
}

static int config_read_subnets(const json_t *list, struct docker_config *c, struct xm_err *e)
{
	struct xm_prefix gateway;
	json_t *data;
	size_t i;

	c->subnets = xm_need(calloc(json_array_size(list) + 1, sizeof(*c->subnets)));
	json_array_foreach(list, i, data) {
		struct docker_subnet *s = &c->subnets[c->subnet_count];
		const char *pool = plugin_json_text(data, "pool");
		const char *text = plugin_json_text(data, "gateway");

		if (!xm_prefix_parse(pool, &s->pool))
			return xm_fail(e, EINVAL, "pool '%s' is not a subnet", pool);
		if (text[0] &&
		    (!xm_address_parse(text, &gateway) || gateway.family != s->pool.family))
			return xm_fail(e, EINVAL, "gateway '%s' of %s is not an address", text,
				       pool);
		snprintf(s->gateway, sizeof(s->gateway), "%s", text);
		c->subnet_count++;
	}
	return 0;
}

int docker_config_read(const json_t *document, const char *id, struct docker_config *ret,
		       struct xm_err *e)
{
	int err;

	*ret = (struct docker_config){
		.internal = json_is_true(plugin_json_get(document, "internal")),
	};
	err = docker_options_read(plugin_json_get(document, "options"), ret, e);
	if (err)
		return err;
	if (!ret->has_parent) {
		/* The name that Docker's macvlan driver gives it, macvlan_setup.go */
		snprintf(ret->parent, sizeof(ret->parent), "dm-%.12s", id);
		ret->internal = true;
	}
	return config_read_subnets(plugin_json_get(document, "subnets"), ret, e);
}

void docker_config_free(struct docker_config *config)
{
	free(config->subnets);
	xm_settings_free(&config->settings);
	*config = (struct docker_config){};
}

static bool subnet_has(const struct xm_prefix *pool, const struct xm_prefix *address)
{
	size_t whole = pool->bits / 8, rest = pool->bits % 8;

	if (pool->family != address->family || memcmp(pool->bytes, address->bytes, whole))
		return false;
	return !rest || !((pool->bytes[whole] ^ address->bytes[whole]) >> (8 - rest));
}

const char *docker_config_gateway(const struct docker_config *config, const char *address)
{
	struct xm_prefix prefix;

	if (config->internal || !xm_prefix_parse(address, &prefix))
		return NULL;
	for (size_t i = 0; i < config->subnet_count; i++)
		if (subnet_has(&config->subnets[i].pool, &prefix))
			return config->subnets[i].gateway[0] ? config->subnets[i].gateway : NULL;
	return NULL;
}
