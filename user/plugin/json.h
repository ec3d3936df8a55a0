/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of a request. A key whose value is null counts as absent, as Go's decoder has it. */
#ifndef XM_PLUGIN_JSON_H
#define XM_PLUGIN_JSON_H

#include <jansson.h>

/* NULL: the key is absent, or `from` is NULL or no object */
json_t *plugin_json_get(const json_t *from, const char *key);
/* The text of a key; "": absent or no text */
const char *plugin_json_text(const json_t *from, const char *key);

#endif
