// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The member `dns` of configurations and results: a text and three lists of texts, as Go's decoder takes them */
#include <stdlib.h>

#include "cni.h"

static int wrong(const char *what, int code, const char *key, const json_t *value, struct cni_error *e)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	cni_fail(e, code, "%sdns.%s %.200s is not a %s", what, key, text ? text : "?",
		 json_is_array(value) ? "list of texts alone" : key[0] == 'd' ? "text" : "list of texts");
	free(text);
	return e->code;
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
