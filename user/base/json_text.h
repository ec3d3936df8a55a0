/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text of the kernel as JSON strings. Pure. */
#ifndef XM_JSON_TEXT_H
#define XM_JSON_TEXT_H

#include <jansson.h>

/* The kernel takes any octets for a name: a text that is not UTF-8 is sanitized (base/text.h) */
json_t *xm_json_text(const char *text);
/* NULL and "" are null */
json_t *xm_json_text_or_null(const char *text);

#endif
