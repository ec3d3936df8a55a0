// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses and routes out of a result, checked before anything is done by them */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/cni.h"

bool cni_prefix_parse(const char *text, bool with_bits, struct xm_prefix *ret)
{
	char copy[INET6_ADDRSTRLEN + 8], *slash, *end;
	long bits;

	*ret = (struct xm_prefix){};
	if (!text || strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (!slash != !with_bits)
		return false;
	if (slash)
		*slash = '\0';
	ret->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	ret->len = ret->family == AF_INET6 ? 16 : 4;
	if (inet_pton(ret->family, copy, ret->bytes) != 1)
		return false;
	bits = slash ? strtol(slash + 1, &end, 10) : (long)ret->len * 8;
	if (slash && (slash[1] < '0' || slash[1] > '9' || *end))
		return false;
	ret->bits = bits;
	return bits >= 0 && bits <= (long)ret->len * 8;
}

static int wrong(const char *what, const char *key, const json_t *value, struct cni_error *e)
{
	char path[96];

	snprintf(path, sizeof(path), "%s: %s", what, key);
	return cni_fail_value(e, CNI_E_DECODE, path, value, "is not to be used");
}

/* A route without a gateway of its own goes by the first address' of its family, as the reference plugin's */
static const struct xm_prefix *gateway_of(const json_t *ips, int interface, int family, struct xm_prefix *room)
{
	json_t *ip;
	size_t i;

	json_array_foreach(ips, i, ip) {
		json_t *index = cni_key(ip, "interface");

		if (interface >= 0 && (!index || json_integer_value(index) != interface))
			continue;
		if (cni_prefix_parse(json_string_value(cni_key(ip, "gateway")), false, room) && room->family == family)
			return room;
	}
	return NULL;
}

static bool number(const json_t *in, const char *key, uint32_t *ret)
{
	json_t *value = cni_key(in, key);

	*ret = json_integer_value(value);
	return !value || (json_is_integer(value) && json_integer_value(value) >= 0 &&
			  json_integer_value(value) <= UINT32_MAX);
}

static bool read_route(const json_t *from, const json_t *ips, int interface, struct xm_route *r)
{
	const json_t *gw = cni_key(from, "gw"), *scope = cni_key(from, "scope");
	const struct xm_prefix *other;
	struct xm_prefix room;

	if (!cni_prefix_parse(json_string_value(cni_key(from, "dst")), true, &r->dst))
		return false;
	if (gw && !cni_prefix_parse(json_string_value(gw), false, &r->gw))
		return false;
	other = gw ? NULL : gateway_of(ips, interface, r->dst.family, &room);
	if (other)
		r->gw = *other;
	r->scope = scope ? (int)json_integer_value(scope) : -1;
	if (scope && (!json_is_integer(scope) || r->scope < 0 || r->scope > 255))
		return false;
	/* Within the link there is no gateway */
	if (!gw && r->scope >= RT_SCOPE_LINK)
		r->gw = (struct xm_prefix){};
	return number(from, "mtu", &r->mtu) && number(from, "advmss", &r->advmss) &&
	       number(from, "priority", &r->priority) && number(from, "table", &r->table);
}

static int read_ips(const json_t *ips, int interface, const char *what, struct cni_layout *ret,
		    struct cni_error *e)
{
	json_t *ip;
	size_t i;

	json_array_foreach(ips, i, ip) {
		json_t *index = cni_key(ip, "interface"), *gateway = cni_key(ip, "gateway");
		struct xm_prefix *to = &ret->ips[ret->ip_count], room;

		if (interface >= 0 && (!index || json_integer_value(index) != interface))
			continue;
		if (!cni_prefix_parse(json_string_value(cni_key(ip, "address")), true, to))
			return wrong(what, "address", ip, e);
		if (gateway && !cni_prefix_parse(json_string_value(gateway), false, &room))
			return wrong(what, "gateway", ip, e);
		ret->ip_count++;
	}
	return 0;
}

int cni_layout_read(const json_t *result, int interface, const char *what, struct cni_layout *ret,
		    struct cni_error *e)
{
	json_t *ips = json_object_get(result, "ips"), *routes = json_object_get(result, "routes"), *route;
	size_t i;

	*ret = (struct cni_layout){};
	ret->ips = cni_calloc(json_array_size(ips), sizeof(*ret->ips));
	ret->routes = cni_calloc(json_array_size(routes), sizeof(*ret->routes));
	if (read_ips(ips, interface, what, ret, e))
		return e->code;
	json_array_foreach(routes, i, route) {
		if (!read_route(route, ips, interface, &ret->routes[i]))
			return wrong(what, "route", route, e);
		ret->route_count++;
	}
	return 0;
}

void cni_layout_free(struct cni_layout *l)
{
	free(l->ips);
	free(l->routes);
	*l = (struct cni_layout){};
}
