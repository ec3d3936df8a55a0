// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Results of every version. Until 0.2.0 there is one address of each family with its routes (ip4, ip6), from
 * 0.3.0 on lists; until 0.4.0 an address tells its family; what 1.1.0 added to interfaces is left out for older
 * ones. What it added to routes is not: current libcni has it in all of them, and a CHECK has to find such a route.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cni/cni.h"

static int wrong(const char *what, const char *key, struct cni_error *e)
{
	return cni_fail(e, CNI_E_DECODE, "%s: '%s' is not as the specification has it", what, key);
}

/* A copy of the member, which is an array, or an empty one. NULL: it is something else. */
static json_t *take(const json_t *from, const char *key)
{
	json_t *value = cni_key(from, key);

	if (!value)
		return json_array();
	return json_is_array(value) ? json_deep_copy(value) : NULL;
}

/* "" for an address is none, as to Go's decoder */
static void drop_empty(json_t *list, const char *key)
{
	json_t *one, *value;
	const char *name;
	size_t i;
	void *next;

	json_array_foreach(list, i, one)
		json_object_foreach_safe(one, next, name, value)
			if (!strcasecmp(name, key) && json_is_string(value) && !json_string_length(value))
				json_object_del(one, name);
}

/* ip4 or ip6 of the old form */
static int parse_old(const json_t *from, const char *key, const char *what, json_t *ips, json_t *routes,
		     struct cni_error *e)
{
	json_t *old = cni_key(from, key), *gateway = cni_key(old, "gateway"), *list, *ip;

	if (!old)
		return 0;
	if (!json_is_string(cni_key(old, "ip")))
		return wrong(what, key, e);
	ip = json_pack("{s:O}", "address", cni_key(old, "ip"));
	if (gateway)
		json_object_set(ip, "gateway", gateway);
	json_array_append_new(ips, ip);
	list = take(old, "routes");
	if (!list)
		return wrong(what, "routes", e);
	json_array_extend(routes, list);
	json_decref(list);
	return 0;
}

/* Whether each is an object whose members are what Go's decoder takes; the rest is layout.c's */
static bool are_objects(const json_t *list)
{
	static const struct {
		const char *key;
		bool text;
	} members[] = {
		{ "name", true }, { "mac", true }, { "sandbox", true }, { "interface", false },
	};
	json_t *one, *value;
	size_t i;

	json_array_foreach(list, i, one)
		for (size_t k = 0; k < sizeof(members) / sizeof(*members); k++) {
			value = cni_key(one, members[k].key);
			if (!json_is_object(one) ||
			    (value && !(members[k].text ? json_is_string(value) : json_is_integer(value))))
				return false;
		}
	return true;
}

static int parse_new(const json_t *from, const char *what, json_t *to, struct cni_error *e)
{
	static const char *const lists[] = { "interfaces", "ips", "routes" };
	json_t *value;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		json_t *list = take(from, lists[i]);

		if (!list || json_object_set_new(to, lists[i], list) || !are_objects(list))
			return wrong(what, lists[i], e);
	}
	json_array_foreach(json_object_get(to, "ips"), i, value)
		json_object_del(value, "version");
	return 0;
}

static int parse_dns(const json_t *from, const char *what, json_t *to, struct cni_error *e)
{
	json_t *given = cni_key(from, "dns"), *dns;
	char before[64];

	if (given && !json_is_object(given))
		return wrong(what, "dns", e);
	snprintf(before, sizeof(before), "%s: ", what);
	if (cni_dns_read(given, before, CNI_E_DECODE, &dns, e))
		return e->code;
	json_object_set_new(to, "dns", dns);
	return 0;
}

static int own_version(const json_t *from, enum cni_version version)
{
	const char *text = json_string_value(cni_key(from, "cniVersion"));

	for (int i = 0; text && i < CNI_VERSIONS; i++)
		if (!strcmp(text, cni_version_names[i]))
			return i;
	return !text || !text[0] ? (int)version : -1;
}

int cni_result_parse(const json_t *from, enum cni_version version, const char *what, json_t **ret,
		     struct cni_error *e)
{
	int own = json_is_object(from) ? own_version(from, version) : -1, err;
	json_t *to;

	if (own < 0)
		return wrong(what, json_is_object(from) ? "cniVersion" : "result", e);
	to = json_pack("{s:[], s:[], s:[]}", "interfaces", "ips", "routes");
	if (own >= CNI_030) {
		err = parse_new(from, what, to, e);
	} else {
		json_t *ips = json_object_get(to, "ips"), *routes = json_object_get(to, "routes");

		err = parse_old(from, "ip4", what, ips, routes, e);
		if (!err)
			err = parse_old(from, "ip6", what, ips, routes, e);
	}
	if (!err)
		err = parse_dns(from, what, to, e);
	drop_empty(json_object_get(to, "ips"), "gateway");
	drop_empty(json_object_get(to, "routes"), "gw");
	if (err)
		json_decref(to);
	else
		*ret = to;
	return err;
}

static bool is_ipv6(const json_t *object, const char *key)
{
	const char *text = json_string_value(cni_key(object, key));

	return text && strchr(text, ':');
}

static json_t *form_old(json_t *result, bool six)
{
	json_t *value, *ret = NULL, *routes = json_array();
	size_t i;

	json_array_foreach(json_object_get(result, "ips"), i, value)
		if (!ret && is_ipv6(value, "address") == six) {
			ret = json_pack("{s:O}", "ip", cni_key(value, "address"));
			if (cni_key(value, "gateway"))
				json_object_set(ret, "gateway", cni_key(value, "gateway"));
		}
	json_array_foreach(json_object_get(result, "routes"), i, value) {
		json_t *route = is_ipv6(value, "dst") == six ? json_pack("{s:O?}", "dst", cni_key(value, "dst")) : NULL;

		if (route && cni_key(value, "gw"))
			json_object_set(route, "gw", cni_key(value, "gw"));
		if (route)
			json_array_append_new(routes, route);
	}
	if (ret && json_array_size(routes))
		json_object_set(ret, "routes", routes);
	json_decref(routes);
	return ret;
}

static void without(json_t *list, const char *const *keys)
{
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
		for (const char *const *key = keys; *key; key++)
			json_object_del(value, *key);
}

static void form_new(json_t *result, enum cni_version version, json_t *ret)
{
	static const char *const lists[] = { "interfaces", "ips", "routes" };
	static const char *const new_in_interface[] = { "mtu", "socketPath", "pciID", NULL };
	json_t *value;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		json_t *list = json_object_get(result, lists[i]);

		if (json_array_size(list))
			json_object_set_new(ret, lists[i], json_deep_copy(list));
	}
	if (version < CNI_110)
		without(json_object_get(ret, "interfaces"), new_in_interface);
	json_array_foreach(json_object_get(ret, "ips"), i, value)
		if (version < CNI_100)
			json_object_set_new(value, "version", json_string(is_ipv6(value, "address") ? "6" : "4"));
}

json_t *cni_result_form(json_t *result, enum cni_version version)
{
	json_t *ret = json_pack("{s:s}", "cniVersion", cni_version_names[version]), *old;

	if (version >= CNI_030)
		form_new(result, version, ret);
	for (int six = 0; version < CNI_030 && six < 2; six++) {
		old = form_old(result, six);
		if (old)
			json_object_set_new(ret, six ? "ip6" : "ip4", old);
	}
	json_object_set(ret, "dns", json_object_get(result, "dns"));
	return ret;
}
