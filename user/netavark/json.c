// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "netavark/json.h"

json_t *netavark_json_get(const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	return json_is_null(value) ? NULL : value;
}

static json_t *json_by_path(const json_t *from, const char *path)
{
	const char *dot = strrchr(path, '.');

	return netavark_json_get(from, dot ? dot + 1 : path);
}

const char *netavark_json_text(const json_t *from, const char *path, struct xm_err *e)
{
	const json_t *value = json_by_path(from, path);

	if (!value)
		return "";
	if (!json_is_string(value))
		xm_fail(e, EINVAL, "%s is not a text", path);
	return json_string_value(value);
}

bool netavark_json_is(const json_t *from, const char *path, json_type type, struct xm_err *e)
{
	const json_t *value = json_by_path(from, path);

	if (!value || json_typeof(value) == type)
		return true;
	xm_fail(e, EINVAL, "%s is not %s", path, type == JSON_ARRAY ? "a list" : "an object");
	return false;
}
