// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "net/prefix.h"
#include "netavark/json.h"
#include "netavark/network.h"

static int network_fail(const char *key, const char *value, const char *problem, struct xm_err *e)
{
	char sanitized[XM_SANITIZED_LEN];

	return xm_fail(e, EINVAL, "%s '%.100s' %s", key, xm_sanitized(value, sanitized), problem);
}

/* podman's --interface-name is the same as the option `parent` */
static int network_read_parent(const json_t *document, struct netavark_network *n, struct xm_err *e)
{
	const char *given = netavark_json_text(document, "network_interface", e);
	const char *option = n->options.parent;

	if (!given)
		return -EINVAL;
	if (given[0] && option[0] && strcmp(given, option))
		return network_fail("option parent", option,
				    "contradicts the interface of the network", e);
	if (given[0] && xm_check_ifname("network_interface", given, e))
		return -EINVAL;
	snprintf(n->parent, sizeof(n->parent), "%s", given[0] ? given : option);
	return 0;
}

static int network_read_subnet(const json_t *from, struct netavark_subnet *ret, struct xm_err *e)
{
	const char *subnet = netavark_json_text(from, "subnet", e);
	const char *gateway = subnet ? netavark_json_text(from, "gateway", e) : NULL;

	if (!gateway)
		return -EINVAL;
	if (!xm_prefix_parse(subnet, &ret->prefix))
		return network_fail("subnet", subnet, "is not an address and a prefix length", e);
	if (gateway[0] && (!xm_address_parse(gateway, &ret->gateway) ||
			   ret->gateway.family != ret->prefix.family))
		return network_fail("gateway", gateway, "is not an address of the subnet's family",
				    e);
	return 0;
}

static int network_read_subnets(const json_t *list, struct netavark_network *n, struct xm_err *e)
{
	const json_t *subnet;
	size_t i;
	int err = 0;

	n->subnets = xm_need(calloc(json_array_size(list) + 1, sizeof(*n->subnets)));
	json_array_foreach(list, i, subnet) {
		err = network_read_subnet(subnet, &n->subnets[i], e);
		if (err)
			return err;
		n->subnet_count++;
	}
	return 0;
}

static int network_read_metric(const json_t *from, uint32_t *ret, struct xm_err *e)
{
	const json_t *metric = netavark_json_get(from, "metric");
	json_int_t number = json_integer_value(metric);

	if (!metric)
		return 0;
	if (!json_is_integer(metric) || number < 0 || number > UINT32_MAX)
		return xm_fail(e, EINVAL, "metric of a route is not a number from 0 to %u",
			       UINT32_MAX);
	*ret = number;
	return 0;
}

static int network_read_route(const json_t *from, uint32_t metric, struct xm_route *ret,
			      struct xm_err *e)
{
	const char *type = netavark_json_text(from, "route_type", e);
	const char *dst = type ? netavark_json_text(from, "destination", e) : NULL;
	const char *gateway = dst ? netavark_json_text(from, "gateway", e) : NULL;

	if (!gateway)
		return -EINVAL;
	*ret = (struct xm_route){ .priority = metric, .scope = -1 };
	if (type[0] && strcmp(type, "unicast"))
		return network_fail("route_type", type, "is not supported, only unicast", e);
	if (!xm_prefix_parse(dst, &ret->dst))
		return network_fail("destination", dst, "of a route is not a prefix", e);
	if (!xm_address_parse(gateway, &ret->gw) || ret->gw.family != ret->dst.family)
		return network_fail("gateway", gateway,
				    "of a route is not an address of its family", e);
	return network_read_metric(from, &ret->priority, e);
}

static int network_read_routes(const json_t *list, struct netavark_network *n, struct xm_err *e)
{
	const json_t *route;
	size_t i;
	int err = 0;

	n->routes = xm_need(calloc(json_array_size(list) + 1, sizeof(*n->routes)));
	json_array_foreach(list, i, route) {
		err = network_read_route(route, n->options.metric, &n->routes[i], e);
		if (err)
			return err;
		n->route_count++;
	}
	return 0;
}

static int network_read_dns(const json_t *list, struct netavark_network *n, struct xm_err *e)
{
	struct xm_prefix address;
	const json_t *server;
	size_t i;

	json_array_foreach(list, i, server)
		if (!xm_address_parse(json_string_value(server), &address))
			return xm_fail(e, EINVAL,
				       "network_dns_servers has an entry that is no address");
	n->dns_servers = list;
	return 0;
}

/* A wrong type is not false: the containers would reach what they must not */
static bool network_check_internal(const json_t *document, struct xm_err *e)
{
	const json_t *internal = netavark_json_get(document, "internal");

	if (!internal || json_is_boolean(internal))
		return true;
	xm_fail(e, EINVAL, "internal is neither true nor false");
	return false;
}

static bool network_check_types(const json_t *document, struct xm_err *e)
{
	return network_check_internal(document, e) &&
	       netavark_json_is(document, "options", JSON_OBJECT, e) &&
	       netavark_json_is(document, "ipam_options", JSON_OBJECT, e) &&
	       netavark_json_is(document, "subnets", JSON_ARRAY, e) &&
	       netavark_json_is(document, "routes", JSON_ARRAY, e) &&
	       netavark_json_is(document, "network_dns_servers", JSON_ARRAY, e);
}

int netavark_network_read(const json_t *document, struct netavark_network *ret, struct xm_err *e)
{
	const json_t *ipam = netavark_json_get(document, "ipam_options");
	int err;

	*ret = (struct netavark_network){};
	if (!json_is_object(document))
		return xm_fail(e, EINVAL, "the network is not an object");
	if (!network_check_types(document, e))
		return -EINVAL;
	ret->name = netavark_json_text(document, "name", e);
	ret->ipam = ret->name ? netavark_json_text(ipam, "ipam_options.driver", e) : NULL;
	if (!ret->ipam)
		return -EINVAL;
	if (!ret->name[0])
		return xm_fail(e, EINVAL, "the network has no name");
	ret->leases = !strcmp(ret->ipam, "dhcp");
	ret->internal = json_is_true(netavark_json_get(document, "internal"));
	err = netavark_options_read(netavark_json_get(document, "options"), &ret->options, e);
	if (!err)
		err = network_read_parent(document, ret, e);
	if (!err)
		err = network_read_subnets(netavark_json_get(document, "subnets"), ret, e);
	if (!err)
		err = network_read_routes(netavark_json_get(document, "routes"), ret, e);
	return err ? err
		   : network_read_dns(netavark_json_get(document, "network_dns_servers"), ret, e);
}

void netavark_network_free(struct netavark_network *network)
{
	free(network->subnets);
	free(network->routes);
	xm_settings_free(&network->options.settings);
	*network = (struct netavark_network){};
}

static bool subnet_has(const struct xm_prefix *subnet, const struct xm_prefix *address)
{
	size_t whole = subnet->bits / 8, rest = subnet->bits % 8;

	if (subnet->family != address->family || memcmp(subnet->bytes, address->bytes, whole))
		return false;
	return !rest || !((subnet->bytes[whole] ^ address->bytes[whole]) >> (8 - rest));
}

const struct netavark_subnet *netavark_network_subnet(const struct netavark_network *network,
						      const struct xm_prefix *address)
{
	for (size_t i = 0; i < network->subnet_count; i++)
		if (subnet_has(&network->subnets[i].prefix, address))
			return &network->subnets[i];
	return NULL;
}
