// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "plugin/json.h"

json_t *plugin_json_get(const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	return json_is_null(value) ? NULL : value;
}

const char *plugin_json_text(const json_t *from, const char *key)
{
	const char *text = json_string_value(plugin_json_get(from, key));

	return text ? text : "";
}
