/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of a request. A key whose value is null counts as absent, as Go's decoder has it. */
#ifndef XM_DOCKER_JSON_H
#define XM_DOCKER_JSON_H

#include <jansson.h>

#include "base/err.h"

/* NULL: the key is absent, or `from` is NULL or no object */
json_t *docker_json_get(const json_t *from, const char *key);
/* The text of a key; "": absent or no text */
const char *docker_json_text(const json_t *from, const char *key);

#define DOCKER_ID_LEN 65 /* of a network or an endpoint, with its NUL */

/*
 * The id that a key has: 1 to 64 letters and digits, so that it can be part of a file's name. NULL:
 * it is none, and *e is filled.
 */
const char *docker_json_id(const json_t *from, const char *key, struct xm_err *e);

#endif
