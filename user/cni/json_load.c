// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads JSON with verbatim values. Before jansson reads a text, every value that it would refuse or
 * change is replaced by a string: U+0001, then each octet of the value as a character. json_dump.c
 * restores the values.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cni/alloc.h"
#include "cni/json.h"

/*
 * Levels that jansson builds; deeper values are verbatim. jansson walks through a document by
 * recursion. No key that this plugin reads is as deep.
 */
#define BUILT_LEVELS 64

/* The text for jansson. It is written twice: first without a buffer, to know its length. */
struct rewrite {
	const char *at, *end; /* the rest of the text that is read, which is valid JSON */
	unsigned int depth;
	char *to; /* NULL: only the length is counted */
	size_t len;
	bool changes;
};

static void rewrite_put(struct rewrite *w, const char *from, size_t len)
{
	if (w->to)
		memcpy(w->to + w->len, from, len);
	w->len += len;
}

/* Writes an octet of a verbatim value into the string */
static void rewrite_put_octet(struct rewrite *w, uint8_t octet)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = { '\\', 'u', '0', '0', hex[octet >> 4], hex[octet & 15] };
	bool plain = octet >= ' ' && octet < 0x7f && octet != '"' && octet != '\\';

	rewrite_put(w, plain ? (char *)&octet : escape, plain ? 1 : sizeof(escape));
}

static void rewrite_put_verbatim(struct rewrite *w, const char *from, const char *end)
{
	w->changes = true;
	rewrite_put(w, CNI_JSON_MARK_TEXT, strlen(CNI_JSON_MARK_TEXT));
	for (; from < end; from++)
		rewrite_put_octet(w, *from);
	rewrite_put(w, "\"", 1);
}

/* Returns the place behind the string that begins at `at` */
static const char *rewrite_string_end(const char *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

/* Returns the place behind the object or list that begins at `at` */
static const char *rewrite_nested_end(const char *at)
{
	unsigned int depth = 0;

	do {
		if (*at == '"') {
			at = rewrite_string_end(at);
			continue;
		}
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at++;
	} while (depth);
	return at;
}

/*
 * Returns how many octets of a string jansson reads as one character; 0: it refuses them. `at` is
 * before the end of the string.
 */
static size_t rewrite_character(const char *at, const char *end)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = *at;
	int code = cni_json_escaped(at), low;
	size_t len = 1 + (first >= 0xc0) + (first >= 0xe0) + (first >= 0xf0);
	uint32_t value = first & (0x7f >> len);

	if (code >= 0xd800 && code <= 0xdbff) {
		low = cni_json_escaped(at + 6);
		return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
	}
	if (code >= 0)
		return code && (code < 0xdc00 || code > 0xdfff) ? 6 : 0;
	if (first < 0x80)
		return first == '\\' ? 2 : 1;
	if (first < 0xc0 || first > 0xf7 || (size_t)(end - at) < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (((uint8_t)at[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | ((uint8_t)at[i] & 0x3f);
	}
	return value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? 0
											      : len;
}

/*
 * Whether jansson accepts the string. A string that begins as a verbatim value does is replaced
 * too.
 */
static bool rewrite_takes_string(const char *at, const char *end)
{
	size_t len = 1;

	if (cni_json_escaped(at + 1) == CNI_JSON_MARK)
		return false;
	for (end--, at++; at < end && len; at += len)
		len = rewrite_character(at, end);
	return len;
}

static const char *rewrite_number_end(const char *at, const char *end)
{
	while (at < end && *at && strchr("+-.0123456789eE", *at))
		at++;
	return at;
}

/* Whether jansson prints the number as it is written: 1.10 would become 1.1000000000000001 */
static bool rewrite_takes_number(const char *at, const char *end)
{
	char digits[24] = "";

	if (end - at >= (long)sizeof(digits))
		return false;
	memcpy(digits, at, end - at);
	errno = 0;
	strtoll(digits, NULL, 10);
	return !errno && !strpbrk(digits, ".eE");
}

static void rewrite_scalar(struct rewrite *w, const char *end, bool taken)
{
	if (taken)
		rewrite_put(w, w->at, end - w->at);
	else
		rewrite_put_verbatim(w, w->at, end);
	w->at = end;
}

static void rewrite_step(struct rewrite *w)
{
	char c = *w->at;
	const char *end;

	if (c == '"') {
		end = rewrite_string_end(w->at);
		rewrite_scalar(w, end, rewrite_takes_string(w->at, end));
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		end = rewrite_number_end(w->at, w->end);
		rewrite_scalar(w, end, rewrite_takes_number(w->at, end));
	} else if ((c == '{' || c == '[') && w->depth == BUILT_LEVELS) {
		rewrite_scalar(w, rewrite_nested_end(w->at), false);
	} else {
		w->depth += c == '{' || c == '[';
		w->depth -= c == '}' || c == ']';
		rewrite_put(w, w->at++, 1);
	}
}

/* Returns the text for jansson, allocated */
static char *rewrite_text(const char *text, size_t len, size_t *ret_len)
{
	struct rewrite w = {};

	for (int round = 0; round < 2; round++) {
		w = (struct rewrite){ .at = text,
				      .end = text + len,
				      .to = round ? cni_malloc(w.len) : NULL };
		while (w.at < w.end)
			rewrite_step(&w);
	}
	*ret_len = w.len;
	return w.to;
}

json_t *cni_json_load(const char *text, size_t len, struct cni_json_problem *problem)
{
	json_error_t why;
	json_t *ret;
	char *copy;

	if (!cni_json_check(text, len, problem))
		return NULL;
	copy = rewrite_text(text, len, &len);
	ret = json_loadb(copy, len, JSON_DECODE_ANY, &why);
	free(copy);
	/* cni_json_check() has accepted the text, so this is not expected */
	if (!ret)
		*problem = (struct cni_json_problem){ "it cannot be read", why.line };
	return ret;
}
