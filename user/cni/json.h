/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Members of JSON objects as Go's decoder finds them, which other plugins and libcni use */
#ifndef XM_CNI_JSON_H
#define XM_CNI_JSON_H

#include <jansson.h>

/*
 * The value of a key: of its exact name, else of the same name in another case (the last one).
 * NULL: absent or null, or `object` is no object.
 */
json_t *cni_json_get(const json_t *object, const char *key);
/* The text of a key. NULL: absent, or the value is no string. */
const char *cni_json_text(const json_t *object, const char *key);

#endif
