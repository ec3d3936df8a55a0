// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cni/json.h"

/*
 * Restores one octet of a verbatim value from the character that jansson prints in a string.
 * Returns the place behind the character.
 */
static const char *restore_octet(const char *from, char *ret)
{
	static const char escapes[] = "b\bf\fn\nr\rt\t";
	const char *known;
	int code = cni_json_escaped(from);

	if (code >= 0) {
		*ret = code;
		return from + 6;
	}
	if (*from == '\\') {
		known = strchr(escapes, from[1]);
		*ret = known ? known[1] : from[1];
		return from + 2;
	}
	if ((uint8_t)*from >= 0xc2) { /* U+0080 to U+00FF in UTF-8 */
		*ret = (uint8_t)from[0] << 6 | (from[1] & 0x3f);
		return from + 2;
	}
	*ret = *from;
	return from + 1;
}

/*
 * Replaces the strings for verbatim values by their original text, in place, because nothing
 * becomes longer. Such a string begins with a quote, which no backslash precedes, and U+0001.
 * Between strings there is no backslash.
 */
static void restore_verbatim(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		if ((from == text || from[-1] != '\\') &&
		    !strncmp(from, CNI_JSON_MARK_TEXT, strlen(CNI_JSON_MARK_TEXT))) {
			from += strlen(CNI_JSON_MARK_TEXT);
			while (*from != '"')
				from = restore_octet(from, to++);
			from++;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

char *cni_json_dump(const json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags);

	if (text)
		restore_verbatim(text);
	return text;
}
