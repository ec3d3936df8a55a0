// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>

#include "base/text.h"
#include "docker/id.h"
#include "plugin/json.h"

const char *docker_id(const json_t *from, const char *key, struct xm_err *e)
{
	const char *id = plugin_json_text(from, key), *c = id;
	char sanitized[XM_SANITIZED_LEN];

	while (isalnum((unsigned char)*c))
		c++;
	if (!*c && c != id && c - id < DOCKER_ID_LEN)
		return id;
	xm_fail(e, EINVAL, "%s '%s' is not 1 to 64 letters and digits", key,
		xm_sanitized(id, sanitized));
	return NULL;
}
