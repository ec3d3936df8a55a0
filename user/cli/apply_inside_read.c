// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The object `inside` of an endpoint */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/nearest.h"
#include "cli/apply_inside.h"
#include "cli/json_integer.h"
#include "net/prefix.h"

static int read_up(const json_t *value, struct xm_inside *ret, struct xm_err *e)
{
	ret->down = json_is_false(value);
	return json_is_boolean(value) ? 0 : xm_fail_usage(e, "true or false is expected");
}

static int read_addresses(const json_t *value, struct xm_inside *ret, struct xm_err *e)
{
	size_t i;
	json_t *one;

	if (!json_is_array(value))
		return xm_fail_usage(e, "a list of addresses is expected");
	ret->addresses = xm_need(calloc(json_array_size(value) + 1, sizeof(*ret->addresses)));
	json_array_foreach(value, i, one)
		if (!xm_prefix_parse(json_string_value(one), &ret->addresses[ret->address_count++]))
			return xm_fail_usage(e,
					     "'%.60s' is no address with its prefix length "
					     "(192.0.2.7/24)",
					     json_is_string(one) ? json_string_value(one) : "?");
	return 0;
}

/* "default" is the prefix of length 0, whose family is that of the gateway */
static bool parse_destination(const char *text, const struct xm_prefix *gw, struct xm_prefix *ret)
{
	if (!text || strcmp(text, "default") != 0)
		return xm_prefix_parse(text, ret);
	*ret = (struct xm_prefix){ .family = gw->len ? gw->family : AF_INET };
	ret->len = ret->family == AF_INET ? 4 : 16;
	return true;
}

static int read_route_number(const json_t *route, const char *key, uint32_t *ret, struct xm_err *e)
{
	const json_t *value = json_object_get(route, key);
	long long number;

	if (!value)
		return 0;
	if (!xm_json_integer(value, 1, UINT_MAX, &number))
		return xm_fail_usage(e, "'%s' of a route is a number from 1 on", key);
	*ret = number;
	return 0;
}

static int check_route_keys(const json_t *route, struct xm_err *e)
{
	static const char *const known[] = { "to", "via", "onlink", "metric", "table", "mtu" };
	const size_t count = sizeof(known) / sizeof(*known);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)route, key, value) {
		size_t i = 0;

		while (i < count && strcmp(key, known[i]) != 0)
			i++;
		if (i == count)
			return xm_fail_usage(e, "a route has no key '%.40s' (%s)", key,
					     xm_nearest(key, known, count)
						     ?: "to, via, onlink, metric, table, mtu");
	}
	return 0;
}

static int read_route(const json_t *route, struct xm_route *ret, struct xm_err *e)
{
	const char *to = json_string_value(json_object_get(route, "to"));
	const json_t *via = json_object_get(route, "via");
	const json_t *onlink = json_object_get(route, "onlink");
	int err = json_is_object(route)
			  ? check_route_keys(route, e)
			  : xm_fail_usage(e, "a route is an object: {\"to\": \"default\", ...}");

	*ret = (struct xm_route){ .scope = -1 };
	if (err)
		return err;
	if (via && !xm_address_parse(json_string_value(via), &ret->gw))
		return xm_fail_usage(e, "'via' of a route is no address");
	if (!parse_destination(to, &ret->gw, &ret->dst))
		return xm_fail_usage(e, "'to' of a route is 'default' or a prefix "
					"(198.51.100.0/24)");
	if (ret->gw.len && ret->gw.family != ret->dst.family)
		return xm_fail_usage(e, "'to' and 'via' of a route are of different families");
	xm_prefix_mask(&ret->dst); /* IPv4 takes no host bits, IPv6 ignores them */
	if (onlink && !json_is_boolean(onlink))
		return xm_fail_usage(e, "'onlink' of a route is true or false");
	ret->onlink = json_is_true(onlink);
	if (ret->onlink && !ret->gw.len)
		return xm_fail_usage(e, "'onlink' of a route is for one with 'via'");
	if (!ret->gw.len)
		ret->scope = ret->dst.family == AF_INET ? 253 : -1; /* RT_SCOPE_LINK */
	err = read_route_number(route, "metric", &ret->priority, e);
	if (!err)
		err = read_route_number(route, "table", &ret->table, e);
	return err ? err : read_route_number(route, "mtu", &ret->mtu, e);
}

static int read_routes(const json_t *value, struct xm_inside *ret, struct xm_err *e)
{
	int err = 0;
	size_t i;
	json_t *one;

	if (!json_is_array(value))
		return xm_fail_usage(e, "a list of routes is expected");
	ret->routes = xm_need(calloc(json_array_size(value) + 1, sizeof(*ret->routes)));
	json_array_foreach(value, i, one) {
		err = read_route(one, &ret->routes[ret->route_count++], e);
		if (err)
			break;
	}
	return err;
}

/* "ipv6.accept_ra": 2 */
static int read_sysctls(const json_t *value, struct xm_inside *ret, struct xm_err *e)
{
	const char *key;
	json_t *one;

	if (!json_is_object(value))
		return xm_fail_usage(e, "an object of sysctls is expected");
	ret->sysctls = xm_need(calloc(json_object_size(value) + 1, sizeof(*ret->sysctls)));
	json_object_foreach((json_t *)value, key, one) {
		struct xm_inside_sysctl *s = &ret->sysctls[ret->sysctl_count++];
		const char *rest = key + strcspn(key, ".");
		long long number;

		s->family = !strncmp(key, "ipv4.", 5) ? "ipv4" : "ipv6";
		s->key = rest + 1;
		if ((strncmp(key, "ipv4.", 5) && strncmp(key, "ipv6.", 5)) || !*s->key ||
		    s->key[strspn(s->key, "abcdefghijklmnopqrstuvwxyz0123456789_")])
			return xm_fail_usage(e, "'%.60s' is not of the form ipv4.KEY or ipv6.KEY",
					     key);
		if (!strcmp(key, "ipv6.mtu"))
			return xm_fail_usage(e, "'ipv6.mtu': the kernel sets it to the device's "
						"MTU, which is 'mtu' of the endpoint");
		if (!xm_json_integer(one, INT_MIN, INT_MAX, &number))
			return xm_fail_usage(e, "'%.60s': a number is expected", key);
		snprintf(s->value, sizeof(s->value), "%lld", number);
	}
	return 0;
}

static int read_dhcp(const json_t *value, struct xm_inside *ret, struct xm_err *e)
{
	size_t i;
	json_t *one;

	json_array_foreach(value, i, one)
		if (json_is_string(one))
			xm_word_list_add(&ret->dhcp, json_string_value(one));
	if (!json_array_size(value) || ret->dhcp.count != (int)json_array_size(value))
		return xm_fail_usage(e, "the words of a command are expected: [\"udhcpc\", "
					"\"-i\", \"{ifname}\"]");
	return 0;
}

static const struct {
	const char *key;
	int (*read)(const json_t *value, struct xm_inside *ret, struct xm_err *e);
} readers[] = {
	{ "up", read_up },	     { "addresses", read_addresses }, { "routes", read_routes },
	{ "sysctls", read_sysctls }, { "dhcp", read_dhcp },
};

#define READERS (sizeof(readers) / sizeof(*readers))

static int fail_unknown(const char *key, struct xm_err *e)
{
	const char *known[READERS], *nearest;

	for (size_t i = 0; i < READERS; i++)
		known[i] = readers[i].key;
	nearest = xm_nearest(key, known, READERS);
	return xm_fail_usage(e, "unknown key%s%s%s", nearest ? " (" : "", nearest ?: "",
			     nearest ? "?)" : "");
}

int xm_inside_read(const json_t *json, struct xm_inside *ret, const char **key, struct xm_err *e)
{
	json_t *value;
	int err = 0;

	*ret = (struct xm_inside){};
	*key = "";
	if (!json_is_object(json))
		return xm_fail_usage(e, "an object is expected");
	json_object_foreach((json_t *)json, *key, value) {
		size_t i = 0;

		while (i < READERS && strcmp(*key, readers[i].key) != 0)
			i++;
		err = i < READERS ? readers[i].read(value, ret, e) : fail_unknown(*key, e);
		if (err)
			break;
	}
	return err;
}

void xm_inside_add_sysctl(struct xm_inside *inside, const char *key, const char *value)
{
	struct xm_inside_sysctl *s;

	for (size_t i = 0; i < inside->sysctl_count; i++) {
		s = &inside->sysctls[i];
		if (!strcmp(s->family, "ipv6") && !strcmp(s->key, key))
			return;
	}
	inside->sysctls = xm_need(
		realloc(inside->sysctls, (inside->sysctl_count + 1) * sizeof(*inside->sysctls)));
	s = &inside->sysctls[inside->sysctl_count++];
	*s = (struct xm_inside_sysctl){ .family = "ipv6", .key = key, .by_add = true };
	snprintf(s->value, sizeof(s->value), "%s", value);
}

void xm_inside_free(struct xm_inside *inside)
{
	free(inside->addresses);
	free(inside->routes);
	free(inside->sysctls);
	xm_word_list_free(&inside->dhcp);
	*inside = (struct xm_inside){};
}
