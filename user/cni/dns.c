// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The member `dns` of configurations and results: a text and three lists of texts, as Go's decoder takes them */
#include <stdio.h>

#include "cni/cni.h"

static int wrong(const char *what, int code, const char *key, const json_t *value, struct cni_error *e)
{
	char path[96];

	snprintf(path, sizeof(path), "%sdns.%s", what, key);
	return cni_fail_value(e, code, path, value, key[0] == 'd' ? "is not a text" : "is not a list of texts");
}

static bool is_list(const json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(value, i, one)
		if (!json_is_string(one))
			return false;
	return json_is_array(value);
}

int cni_dns_read(const json_t *from, const char *what, int code, json_t **ret, struct cni_error *e)
{
	static const char *const keys[] = { "domain", "nameservers", "search", "options" };

	*ret = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		json_t *value = cni_key(from, keys[i]);

		if (value && !(i ? is_list(value) : json_is_string(value))) {
			wrong(what, code, keys[i], value, e);
			json_decref(*ret);
			*ret = NULL;
			return e->code;
		}
		/* As Go's encoder: what is empty is not told */
		if (json_array_size(value) || json_string_length(value))
			json_object_set(*ret, keys[i], value);
	}
	return 0;
}
