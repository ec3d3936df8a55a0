// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "docker/json.h"

json_t *docker_json_get(const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	return json_is_null(value) ? NULL : value;
}

const char *docker_json_text(const json_t *from, const char *key)
{
	const char *text = json_string_value(docker_json_get(from, key));

	return text ? text : "";
}

const char *docker_json_id(const json_t *from, const char *key, struct xm_err *e)
{
	const char *id = docker_json_text(from, key), *c = id;
	char sanitized[XM_SANITIZED_LEN];

	while (isalnum((unsigned char)*c))
		c++;
	if (!*c && c != id && c - id < DOCKER_ID_LEN)
		return id;
	xm_fail(e, EINVAL, "%s '%s' is not 1 to 64 letters and digits", key,
		xm_sanitized(id, sanitized));
	return NULL;
}
