/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * JSON as Go's encoding/json takes it, which runtimes and other plugins use. jansson refuses some
 * of that: numbers beyond 64 bits or a double, \u0000, half of a surrogate pair, octets that are
 * not UTF-8, 2048 levels. Such a value is taken, and printed again as it was: it is a *verbatim*
 * value, for jansson a string that begins with U+0001.
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
 * json_check.c: checks that the text is one JSON value, by the grammar of RFC 8259. False: it is
 * not, and *ret says why.
 */
bool cni_json_check(const char *text, size_t len, struct cni_json_problem *ret);
/* Reads one JSON value. NULL: the text is none, and *problem says why. */
json_t *cni_json_load(const char *text, size_t len, struct cni_json_problem *problem);
/* The value as text, allocated. flags: as for json_dumps(). */
char *cni_json_dump(const json_t *value, size_t flags);

/*
 * The value of a key, whose name may have any case; of several the last one. NULL: absent or null,
 * or `object` is no object.
 */
json_t *cni_json_get(const json_t *object, const char *key);
/*
 * The text of a string. A verbatim one is its JSON text, with the quotes: no name, address or path
 * is equal to it. NULL: the value is no string.
 */
const char *cni_json_string(const json_t *value);
/* The text of a key. NULL: absent, or the value is no string. */
const char *cni_json_text(const json_t *object, const char *key);

/* What a string begins with that stands for a verbatim value */
#define CNI_JSON_MARK	   '\1'
#define CNI_JSON_MARK_TEXT "\"\\u0001" /* as jansson prints the beginning of it */

/* The character of the escape \uXXXX that begins at `at`; -1: none does */
int cni_json_escaped(const char *at);

#endif
