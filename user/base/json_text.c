// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/json_text.h"
#include "base/text.h"

json_t *xm_json_text(const char *text)
{
	json_t *string = json_string(text);
	char sanitized[XM_SANITIZED_LEN];

	return string ? string : json_string(xm_sanitized(text, sanitized));
}

json_t *xm_json_text_or_null(const char *text)
{
	return text && text[0] ? xm_json_text(text) : json_null();
}
