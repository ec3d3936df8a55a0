// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The member `dns` of configurations and results: a string and three lists of strings. Go's decoder
 * refuses other types, so a runtime could not read a result with one.
 */
#include <stdbool.h>
#include <stdio.h>

#include "cni/dns.h"
#include "cni/json.h"

static bool dns_is_list(const json_t *value)
{
	json_t *entry;
	size_t i;

	json_array_foreach(value, i, entry)
		if (!cni_json_string(entry))
			return false;
	return json_is_array(value);
}

int cni_dns_read(const json_t *from, const char *prefix, int code, json_t **ret,
		 struct cni_error *e)
{
	static const struct {
		const char *key;
		bool is_list;
	} members[] = {
		{ "domain", false },
		{ "nameservers", true },
		{ "search", true },
		{ "options", true },
	};
	json_t *dns = json_object();
	char path[96];

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const char *key = members[i].key;
		json_t *value = cni_json_get(from, key);

		if (value &&
		    !(members[i].is_list ? dns_is_list(value) : !!cni_json_string(value))) {
			snprintf(path, sizeof(path), "%sdns.%s", prefix, key);
			json_decref(dns);
			return cni_fail_value(e, code, path, value,
					      members[i].is_list ? "is not a list of strings"
								 : "is not a string");
		}
		/* Go's encoder omits an empty value, too */
		if (json_array_size(value) || json_string_length(value))
			json_object_set(dns, key, value);
	}
	*ret = dns;
	return 0;
}
