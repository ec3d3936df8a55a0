// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Until 0.2.0 a result has one address of each family with its routes (ip4, ip6), from 0.3.0 on it
 * has lists. Until 0.4.0 an address has its family in `version`. What 1.1.0 added to interfaces is
 * left out for older versions. What it added to routes is not: current libcni keeps it in all of
 * them, and a CHECK has to find such a route.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cni/dns.h"
#include "cni/json.h"
#include "cni/result.h"

static const char *const result_lists[] = { "interfaces", "ips", "routes" };
#define RESULT_LISTS (sizeof(result_lists) / sizeof(*result_lists))

json_t *cni_result_new(void)
{
	return json_pack("{s:[], s:[], s:[], s:{}}", "interfaces", "ips", "routes", "dns");
}

/* "WHAT: KEY VALUE PROBLEM" */
static int result_fail(const char *what, const char *key, const json_t *value, const char *problem,
		       struct cni_error *e)
{
	char path[96];

	snprintf(path, sizeof(path), "%s: %s", what, key);
	return cni_fail_value(e, CNI_E_DECODE, path, value, problem);
}

/* Copies the list, or an empty one when it is absent. path: as messages name it: "ip4.routes" */
static int result_copy_list(const json_t *from, const char *path, const char *what, json_t **ret,
			    struct cni_error *e)
{
	const char *dot = strrchr(path, '.');
	json_t *value = cni_json_get(from, dot ? dot + 1 : path);

	if (value && !json_is_array(value))
		return result_fail(what, path, value, "is not a list", e);
	*ret = value ? json_deep_copy(value) : json_array();
	return 0;
}

/* "" for an address is none, as for Go's decoder */
static void result_drop_empty(json_t *list, const char *key)
{
	json_t *entry, *value;
	const char *name;
	size_t i;
	void *next;

	json_array_foreach(list, i, entry)
		json_object_foreach_safe(entry, next, name, value)
			if (!strcasecmp(name, key) && json_is_string(value) &&
			    !json_string_length(value))
				json_object_del(entry, name);
}

/* ip4 or ip6 until 0.2.0, appended to the lists of `to` */
static int result_parse_ip(const json_t *from, const char *key, const char *what, json_t *to,
			   struct cni_error *e)
{
	json_t *old = cni_json_get(from, key), *gateway = cni_json_get(old, "gateway");
	json_t *routes, *ip;
	char path[16];

	if (!old)
		return 0;
	if (!cni_json_text(old, "ip"))
		return result_fail(what, key, old, "has no ip", e);
	snprintf(path, sizeof(path), "%s.routes", key);
	if (result_copy_list(old, path, what, &routes, e))
		return e->code;
	ip = json_pack("{s:O}", "address", cni_json_get(old, "ip"));
	if (gateway)
		json_object_set(ip, "gateway", gateway);
	json_array_append_new(json_object_get(to, "ips"), ip);
	json_array_extend(json_object_get(to, "routes"), routes);
	json_decref(routes);
	return 0;
}

/* The types that Go's decoder takes. Addresses and routes are checked by cni_ip_config_read(). */
static int result_check_entry(const char *list, const json_t *entry, const char *what,
			      struct cni_error *e)
{
	static const struct {
		const char *key;
		bool is_text;
	} members[] = {
		{ "name", true },
		{ "mac", true },
		{ "sandbox", true },
		{ "interface", false },
	};
	char path[32];

	if (!json_is_object(entry))
		return result_fail(what, list, entry, "is not an object", e);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		json_t *value = cni_json_get(entry, members[i].key);
		bool is_text = members[i].is_text;

		if (!value || (is_text ? !!cni_json_string(value) : json_is_integer(value)))
			continue;
		snprintf(path, sizeof(path), "%s.%s", list, members[i].key);
		return result_fail(what, path, value,
				   is_text ? "is not a string" : "is not a whole number", e);
	}
	return 0;
}

static int result_parse_list(const json_t *from, const char *key, const char *what, json_t *to,
			     struct cni_error *e)
{
	json_t *list, *entry;
	size_t i;

	if (result_copy_list(from, key, what, &list, e))
		return e->code;
	json_object_set_new(to, key, list);
	json_array_foreach(list, i, entry)
		if (result_check_entry(key, entry, what, e))
			return e->code;
	return 0;
}

static int result_parse_lists(const json_t *from, const char *what, json_t *to, struct cni_error *e)
{
	json_t *ip;
	size_t i;

	for (i = 0; i < RESULT_LISTS; i++)
		if (result_parse_list(from, result_lists[i], what, to, e))
			return e->code;
	json_array_foreach(json_object_get(to, "ips"), i, ip)
		json_object_del(ip, "version");
	return 0;
}

static int result_parse_dns(const json_t *from, const char *what, json_t *to, struct cni_error *e)
{
	json_t *value = cni_json_get(from, "dns"), *dns;
	char prefix[64];

	if (value && !json_is_object(value))
		return result_fail(what, "dns", value, "is not an object", e);
	snprintf(prefix, sizeof(prefix), "%s: ", what);
	if (cni_dns_read(value, prefix, CNI_E_DECODE, &dns, e))
		return e->code;
	json_object_set_new(to, "dns", dns);
	return 0;
}

/* *version: is replaced by the result's own cniVersion, when it has one */
static int result_read_version(const json_t *from, const char *what, enum cni_version *version,
			       struct cni_error *e)
{
	const char *text = cni_json_text(from, "cniVersion");
	int own = text && text[0] ? cni_version_by_name(text) : (int)*version;

	if (own < 0)
		return result_fail(what, "cniVersion", cni_json_get(from, "cniVersion"),
				   "is not known", e);
	*version = own;
	return 0;
}

int cni_result_parse(const json_t *from, enum cni_version version, const char *what, json_t **ret,
		     struct cni_error *e)
{
	json_t *to;
	int err;

	if (!json_is_object(from))
		return cni_fail(e, CNI_E_DECODE, "%s is not a JSON object", what);
	err = result_read_version(from, what, &version, e);
	if (err)
		return err;
	to = cni_result_new();
	if (version >= CNI_030)
		err = result_parse_lists(from, what, to, e);
	else
		err = result_parse_ip(from, "ip4", what, to, e);
	if (!err && version < CNI_030)
		err = result_parse_ip(from, "ip6", what, to, e);
	if (!err)
		err = result_parse_dns(from, what, to, e);
	result_drop_empty(json_object_get(to, "ips"), "gateway");
	result_drop_empty(json_object_get(to, "routes"), "gw");
	if (err)
		json_decref(to);
	else
		*ret = to;
	return err;
}

static bool result_is_ipv6(const json_t *object, const char *key)
{
	const char *text = cni_json_text(object, key);

	return text && strchr(text, ':');
}

/* The routes of a family with the members that routes had until 0.2.0 */
static json_t *result_form_old_routes(const json_t *result, bool ipv6)
{
	json_t *route, *ret = json_array();
	size_t i;

	json_array_foreach(json_object_get(result, "routes"), i, route) {
		json_t *gw = cni_json_get(route, "gw"), *old;

		if (result_is_ipv6(route, "dst") != ipv6)
			continue;
		old = json_pack("{s:O?}", "dst", cni_json_get(route, "dst"));
		if (gw)
			json_object_set(old, "gw", gw);
		json_array_append_new(ret, old);
	}
	return ret;
}

/* NULL: there is none of the family */
static json_t *result_first_ip(const json_t *result, bool ipv6)
{
	json_t *ip;
	size_t i;

	json_array_foreach(json_object_get(result, "ips"), i, ip)
		if (result_is_ipv6(ip, "address") == ipv6)
			return ip;
	return NULL;
}

/* ip4 or ip6. NULL: the result has no address of the family. */
static json_t *result_form_ip(const json_t *result, bool ipv6)
{
	json_t *ip = result_first_ip(result, ipv6), *gateway, *routes, *ret;

	if (!ip)
		return NULL;
	ret = json_pack("{s:O}", "ip", cni_json_get(ip, "address"));
	gateway = cni_json_get(ip, "gateway");
	if (gateway)
		json_object_set(ret, "gateway", gateway);
	routes = result_form_old_routes(result, ipv6);
	if (json_array_size(routes))
		json_object_set(ret, "routes", routes);
	json_decref(routes);
	return ret;
}

static void result_form_old(const json_t *result, json_t *ret)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		json_t *ip = result_form_ip(result, ipv6);

		if (ip)
			json_object_set_new(ret, ipv6 ? "ip6" : "ip4", ip);
	}
}

static void result_form_lists(const json_t *result, enum cni_version version, json_t *ret)
{
	static const char *const added_in_110[] = { "mtu", "socketPath", "pciID" };
	json_t *value;
	size_t i;

	for (i = 0; i < RESULT_LISTS; i++) {
		json_t *list = json_object_get(result, result_lists[i]);

		if (json_array_size(list))
			json_object_set_new(ret, result_lists[i], json_deep_copy(list));
	}
	if (version < CNI_110)
		json_array_foreach(json_object_get(ret, "interfaces"), i, value)
			for (size_t k = 0; k < sizeof(added_in_110) / sizeof(*added_in_110); k++)
				json_object_del(value, added_in_110[k]);
	if (version < CNI_100)
		json_array_foreach(json_object_get(ret, "ips"), i, value)
			json_object_set_new(
				value, "version",
				json_string(result_is_ipv6(value, "address") ? "6" : "4"));
}

json_t *cni_result_form(const json_t *result, enum cni_version version)
{
	json_t *ret = json_pack("{s:s}", "cniVersion", cni_version_names[version]);

	if (version >= CNI_030)
		result_form_lists(result, version, ret);
	else
		result_form_old(result, ret);
	json_object_set(ret, "dns", json_object_get(result, "dns"));
	return ret;
}
