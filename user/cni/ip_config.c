// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/ip_config.h"
#include "cni/json.h"
#include "net/prefix.h"

static int ip_config_fail(const char *what, const char *key, const json_t *value,
			  struct cni_error *e)
{
	char path[96];

	snprintf(path, sizeof(path), "%s: %s", what, key);
	return cni_fail_value(e, CNI_E_DECODE, path, value, "is invalid");
}

static int ip_config_read_ip(const json_t *ip, const char *what, struct xm_prefix *address,
			     struct xm_prefix *gateway, struct cni_error *e)
{
	json_t *value = cni_json_get(ip, "gateway");

	*gateway = (struct xm_prefix){};
	if (!xm_prefix_parse(cni_json_text(ip, "address"), address))
		return ip_config_fail(what, "address", ip, e);
	if (value && !xm_address_parse(cni_json_string(value), gateway))
		return ip_config_fail(what, "gateway", ip, e);
	return 0;
}

/* interface: only addresses of this index are read; NULL: all */
static int ip_config_read_addresses(const json_t *ips, const int *interface, const char *what,
				    struct cni_ip_config *ret, struct cni_error *e)
{
	struct xm_prefix address, gateway;
	json_t *ip;
	size_t i;

	json_array_foreach(ips, i, ip) {
		json_t *index = cni_json_get(ip, "interface");

		if (ip_config_read_ip(ip, what, &address, &gateway, e))
			return e->code;
		if (gateway.len)
			ret->gateways[ret->gateway_count++] = gateway;
		if (!interface || (index && json_integer_value(index) == *interface))
			ret->addresses[ret->address_count++] = address;
		else if (!index)
			ret->any_addresses[ret->any_address_count++] = address;
	}
	return 0;
}

static bool ip_config_read_number(const json_t *from, const char *key, uint32_t max, uint32_t *ret)
{
	json_t *value = cni_json_get(from, key);
	json_int_t number = json_integer_value(value);

	if (!value)
		return true;
	*ret = number;
	return json_is_integer(value) && number >= 0 && number <= max;
}

static bool ip_config_read_route(const json_t *from, struct xm_route *r)
{
	json_t *gw = cni_json_get(from, "gw");
	uint32_t scope = 0;
	struct {
		const char *key;
		uint32_t max, *ret;
	} numbers[] = {
		{ "scope", 255, &scope },
		{ "mtu", UINT32_MAX, &r->mtu },
		{ "advmss", UINT32_MAX, &r->advmss },
		{ "priority", UINT32_MAX, &r->priority },
		{ "table", UINT32_MAX, &r->table },
	};

	*r = (struct xm_route){};
	if (!xm_prefix_parse(cni_json_text(from, "dst"), &r->dst))
		return false;
	if (gw && !xm_address_parse(cni_json_string(gw), &r->gw))
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!ip_config_read_number(from, numbers[i].key, numbers[i].max, numbers[i].ret))
			return false;
	r->scope = cni_json_get(from, "scope") ? (int)scope : -1;
	return true;
}

static int ip_config_read(const json_t *result, const int *interface, const char *what,
			  struct cni_ip_config *ret, struct cni_error *e)
{
	json_t *ips = json_object_get(result, "ips");
	json_t *routes = json_object_get(result, "routes"), *route;
	size_t i;

	*ret = (struct cni_ip_config){};
	ret->addresses = cni_calloc(json_array_size(ips), sizeof(*ret->addresses));
	ret->any_addresses = cni_calloc(json_array_size(ips), sizeof(*ret->any_addresses));
	ret->gateways = cni_calloc(json_array_size(ips), sizeof(*ret->gateways));
	ret->routes = cni_calloc(json_array_size(routes), sizeof(*ret->routes));
	if (ip_config_read_addresses(ips, interface, what, ret, e))
		return e->code;
	json_array_foreach(routes, i, route)
		if (!ip_config_read_route(route, &ret->routes[ret->route_count++]))
			return ip_config_fail(what, "route", route, e);
	return 0;
}

/* The first gateway of the family; NULL: there is none */
static const struct xm_prefix *ip_config_gateway(const struct cni_ip_config *c, int family)
{
	for (size_t i = 0; i < c->gateway_count; i++)
		if (c->gateways[i].family == family)
			return &c->gateways[i];
	return NULL;
}

int cni_ip_config_read(const json_t *result, const char *what, struct cni_ip_config *ret,
		       struct cni_error *e)
{
	if (ip_config_read(result, NULL, what, ret, e))
		return e->code;
	for (size_t i = 0; i < ret->route_count; i++) {
		struct xm_route *r = &ret->routes[i];
		const struct xm_prefix *gateway = ip_config_gateway(ret, r->dst.family);

		/* As the reference plugin; a route within the link (scope) has no gateway */
		if (!r->gw.len && r->scope < RT_SCOPE_LINK && gateway)
			r->gw = *gateway;
	}
	return 0;
}

int cni_ip_config_read_check(const json_t *result, int interface, const char *what,
			     struct cni_ip_config *ret, struct cni_error *e)
{
	return ip_config_read(result, &interface, what, ret, e);
}

void cni_ip_config_free(struct cni_ip_config *c)
{
	free(c->addresses);
	free(c->any_addresses);
	free(c->gateways);
	free(c->routes);
	*c = (struct cni_ip_config){};
}
