/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads and prints JSON as Go's encoding/json does, which runtimes and other plugins use. jansson
 * refuses some of what Go accepts: numbers beyond 64 bits or a double, \u0000, half of a surrogate
 * pair, octets that are not UTF-8, more than 2048 levels. Such a *verbatim* value is a string for
 * jansson that begins with U+0001; cni_json_dump() prints its original text.
 */
#ifndef XM_CNI_JSON_H
#define XM_CNI_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* Go's limit (scanner.go, maxNestingDepth) */
#define CNI_JSON_DEPTH 10000

struct cni_json_problem {
	const char *why;
	int line; /* from 1 on */
};

/*
 * The value of a key; its name may have any case, and of several keys the last one counts.
 * Borrowed. NULL: the key is absent or null, or `object` is no object.
 */
json_t *cni_json_get(const json_t *object, const char *key);
/*
 * The text of a string. For a verbatim string it is the JSON text with its quotes, which equals no
 * name, address or path. NULL: the value is no string.
 */
const char *cni_json_string(const json_t *value);
/* The text of a key. NULL: absent, or the value is no string. */
const char *cni_json_text(const json_t *object, const char *key);

/* First character of a string that stands for a verbatim value */
#define CNI_JSON_MARK	   '\1'
#define CNI_JSON_MARK_TEXT "\"\\u0001" /* the beginning of such a string as jansson prints it */

/* The value of the escape \uXXXX at `at`; -1: `at` is no such escape */
int cni_json_escaped(const char *at);

/*
 * json_check.c: whether the text is one JSON value by the grammar of RFC 8259. Fills *ret with the
 * reason and the line when it is not.
 */
bool cni_json_check(const char *text, size_t len, struct cni_json_problem *ret);
/*
 * json_load.c: reads one JSON value. The caller releases it. NULL: the text is invalid, and
 * *problem has the reason.
 */
json_t *cni_json_load(const char *text, size_t len, struct cni_json_problem *problem);
/*
 * json_dump.c: returns the value as text, which the caller frees; NULL: no memory. flags: those of
 * json_dumps().
 */
char *cni_json_dump(const json_t *value, size_t flags);

#endif
