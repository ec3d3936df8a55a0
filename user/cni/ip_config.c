// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/ip_config.h"
#include "cni/json.h"

bool cni_address_parse(const char *text, struct xm_prefix *ret)
{
	bool is_ipv6 = text && strchr(text, ':');

	*ret = (struct xm_prefix){
		.family = is_ipv6 ? AF_INET6 : AF_INET,
		.len = is_ipv6 ? 16 : 4,
		.bits = is_ipv6 ? 128 : 32,
	};
	return text && inet_pton(ret->family, text, ret->bytes) == 1;
}

/* Decimal digits alone: strtoul() would take a sign and white space */
static bool ip_config_parse_length(const char *text, uint8_t max, uint8_t *ret)
{
	unsigned long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	number = strtoul(text, &end, 10);
	*ret = number;
	return !*end && number <= max;
}

bool cni_prefix_parse(const char *text, struct xm_prefix *ret)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	char address[INET6_ADDRSTRLEN];

	if (!slash || slash - text >= (long)sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	return cni_address_parse(address, ret) &&
	       ip_config_parse_length(slash + 1, ret->bits, &ret->bits);
}

static int ip_config_fail(const char *what, const char *key, const json_t *value,
			  struct cni_error *e)
{
	char path[96];

	snprintf(path, sizeof(path), "%s: %s", what, key);
	return cni_fail_value(e, CNI_E_DECODE, path, value, "is invalid");
}

static bool ip_config_is_of(const json_t *ip, int interface)
{
	json_t *index = cni_json_get(ip, "interface");

	return interface < 0 || (index && json_integer_value(index) == interface);
}

static int ip_config_read_addresses(const json_t *ips, int interface, const char *what,
				    struct cni_ip_config *ret, struct cni_error *e)
{
	struct xm_prefix unused;
	json_t *ip;
	size_t i;

	json_array_foreach(ips, i, ip) {
		json_t *gateway = cni_json_get(ip, "gateway");

		if (!ip_config_is_of(ip, interface))
			continue;
		if (!cni_prefix_parse(cni_json_text(ip, "address"),
				      &ret->addresses[ret->address_count]))
			return ip_config_fail(what, "address", ip, e);
		if (gateway && !cni_address_parse(cni_json_string(gateway), &unused))
			return ip_config_fail(what, "gateway", ip, e);
		ret->address_count++;
	}
	return 0;
}

/* The gateway of the first address of the family that has one. False: there is none. */
static bool ip_config_default_gateway(const json_t *ips, int interface, int family,
				      struct xm_prefix *ret)
{
	struct xm_prefix gateway;
	json_t *ip;
	size_t i;

	json_array_foreach(ips, i, ip)
		if (ip_config_is_of(ip, interface) &&
		    cni_address_parse(cni_json_text(ip, "gateway"), &gateway) &&
		    gateway.family == family) {
			*ret = gateway;
			return true;
		}
	return false;
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
	if (!cni_prefix_parse(cni_json_text(from, "dst"), &r->dst))
		return false;
	if (gw && !cni_address_parse(cni_json_string(gw), &r->gw))
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!ip_config_read_number(from, numbers[i].key, numbers[i].max, numbers[i].ret))
			return false;
	r->scope = cni_json_get(from, "scope") ? (int)scope : -1;
	return true;
}

int cni_ip_config_read(const json_t *result, int interface, const char *what,
		       struct cni_ip_config *ret, struct cni_error *e)
{
	json_t *ips = json_object_get(result, "ips");
	json_t *routes = json_object_get(result, "routes"), *route;
	size_t i;

	*ret = (struct cni_ip_config){};
	ret->addresses = cni_calloc(json_array_size(ips), sizeof(*ret->addresses));
	ret->routes = cni_calloc(json_array_size(routes), sizeof(*ret->routes));
	if (ip_config_read_addresses(ips, interface, what, ret, e))
		return e->code;
	json_array_foreach(routes, i, route) {
		struct xm_route *r = &ret->routes[i];

		if (!ip_config_read_route(route, r))
			return ip_config_fail(what, "route", route, e);
		/* As the reference plugin; a route within the link (scope) has no gateway */
		if (!r->gw.len && r->scope < RT_SCOPE_LINK)
			ip_config_default_gateway(ips, interface, r->dst.family, &r->gw);
		ret->route_count++;
	}
	return 0;
}

void cni_ip_config_free(struct cni_ip_config *c)
{
	free(c->addresses);
	free(c->routes);
	*c = (struct cni_ip_config){};
}
