// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cni/json.h"

/* As Go's decoder: each key that names a field sets it again, and null leaves it unchanged */
json_t *cni_json_get(const json_t *object, const char *key)
{
	json_t *value, *found = NULL;
	const char *other;

	json_object_foreach((json_t *)object, other, value)
		if (!strcasecmp(other, key) && !json_is_null(value))
			found = value;
	return found;
}

const char *cni_json_string(const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text || text[0] != CNI_JSON_MARK)
		return text;
	return text[1] == '"' ? text + 1 : NULL;
}

const char *cni_json_text(const json_t *object, const char *key)
{
	return cni_json_string(cni_json_get(object, key));
}

int cni_json_escaped(const char *at)
{
	char digits[5] = "";

	if (at[0] != '\\' || at[1] != 'u')
		return -1;
	memcpy(digits, at + 2, 4);
	return (int)strtoul(digits, NULL, 16);
}
