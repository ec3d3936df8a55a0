/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of a request. A key whose value is null counts as absent, as in netavark's own types. */
#ifndef XM_NETAVARK_JSON_H
#define XM_NETAVARK_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* NULL: the key is absent, or `from` is NULL or no object */
json_t *netavark_json_get(const json_t *from, const char *key);
/*
 * The text of a key; "": absent. NULL: the value is no text, and *e is filled. path: the key, with
 * the objects that it is in as messages name them: "network.name".
 */
const char *netavark_json_text(const json_t *from, const char *path, struct xm_err *e);
/* Whether the key is absent or of the type (JSON_ARRAY, JSON_OBJECT); else fills *e */
bool netavark_json_is(const json_t *from, const char *path, json_type type, struct xm_err *e);

#endif
