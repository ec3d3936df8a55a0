// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <strings.h>

#include "cni/json.h"

json_t *cni_json_get(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	const char *other;
	json_t *found;

	if (!value)
		json_object_foreach((json_t *)object, other, found)
			if (!strcasecmp(other, key))
				value = found;
	return json_is_null(value) ? NULL : value;
}

const char *cni_json_text(const json_t *object, const char *key)
{
	return json_string_value(cni_json_get(object, key));
}
