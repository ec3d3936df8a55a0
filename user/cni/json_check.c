// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The grammar of JSON. Without recursion, because the input decides how deep it is nested. */
#include <string.h>

#include "cni/json.h"

enum check_expects { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COMMA_OR_END };

struct check {
	const char *at, *end;
	int line;
	enum check_expects expects;
	char open[CNI_JSON_DEPTH]; /* '{' or '[' of each level */
	size_t depth;
};

static char check_next(const struct check *c)
{
	return c->at < c->end ? *c->at : '\0';
}

static void check_skip_space(struct check *c)
{
	for (; c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at; c->at++)
		c->line += *c->at == '\n';
}

static bool check_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool check_is_hex(char c)
{
	return check_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Checks what follows a backslash */
static const char *check_escape(struct check *c)
{
	char kind = check_next(c);

	if (!kind || !strchr("\"\\/bfnrtu", kind))
		return "an unknown escape sequence";
	c->at++;
	for (int i = 0; kind == 'u' && i < 4; i++, c->at++)
		if (!check_is_hex(check_next(c)))
			return "\\u is not followed by four hexadecimal digits";
	return NULL;
}

static const char *check_string(struct check *c)
{
	const char *why = NULL;

	c->at++;
	while (!why && c->at < c->end && *c->at != '"') {
		if ((unsigned char)*c->at < ' ')
			return "a control character in a string";
		if (*c->at++ == '\\')
			why = check_escape(c);
	}
	if (!why && c->at++ >= c->end)
		return "a string does not end";
	return why;
}

/* Returns whether there was a digit */
static bool check_digits(struct check *c)
{
	const char *start = c->at;

	while (check_is_digit(check_next(c)))
		c->at++;
	return c->at > start;
}

static const char *check_number(struct check *c)
{
	bool valid;

	c->at += check_next(c) == '-';
	if (check_next(c) == '0')
		valid = c->at++;
	else
		valid = check_digits(c);
	if (valid && check_next(c) == '.') {
		c->at++;
		valid = check_digits(c);
	}
	if (valid && (check_next(c) == 'e' || check_next(c) == 'E')) {
		c->at++;
		c->at += check_next(c) == '+' || check_next(c) == '-';
		valid = check_digits(c);
	}
	return valid ? NULL : "a number is malformed";
}

static const char *check_literal(struct check *c)
{
	static const char *const all[] = { "true", "false", "null" };

	for (int i = 0; i < 3; i++) {
		size_t len = strlen(all[i]);

		if ((size_t)(c->end - c->at) >= len && !memcmp(c->at, all[i], len)) {
			c->at += len;
			return NULL;
		}
	}
	return "a value is missing or malformed";
}

static const char *check_open(struct check *c)
{
	char kind = *c->at++;

	if (c->depth == CNI_JSON_DEPTH)
		return "more than 10000 levels";
	c->open[c->depth++] = kind;
	c->expects = kind == '{' ? KEY_OR_END : VALUE_OR_END;
	return NULL;
}

static const char *check_value(struct check *c)
{
	char next = check_next(c);

	if (next == '{' || next == '[')
		return check_open(c);
	c->expects = COMMA_OR_END;
	if (next == '"')
		return check_string(c);
	return next == '-' || check_is_digit(next) ? check_number(c) : check_literal(c);
}

static const char *check_key(struct check *c)
{
	const char *why = check_next(c) == '"' ? check_string(c) : "a key is not a string";

	if (why)
		return why;
	check_skip_space(c);
	c->expects = VALUE;
	return check_next(c) == ':' ? (c->at++, NULL) : "a key is not followed by ':'";
}

/* Whether the innermost object or list ends here */
static bool check_ends(const struct check *c)
{
	char kind = c->depth ? c->open[c->depth - 1] : '\0';

	return kind && check_next(c) == (kind == '{' ? '}' : ']');
}

static const char *check_comma(struct check *c)
{
	if (check_next(c) != ',')
		return "',' or the end of an object or list is missing";
	c->at++;
	c->expects = c->open[c->depth - 1] == '{' ? KEY : VALUE;
	return NULL;
}

static const char *check_step(struct check *c)
{
	if (c->expects != KEY && c->expects != VALUE && check_ends(c)) {
		c->at++;
		c->depth--;
		c->expects = COMMA_OR_END;
		return NULL;
	}
	if (c->expects == COMMA_OR_END)
		return check_comma(c);
	return c->expects == KEY || c->expects == KEY_OR_END ? check_key(c) : check_value(c);
}

bool cni_json_check(const char *text, size_t len, struct cni_json_problem *ret)
{
	static struct check c;
	const char *why = NULL;

	c.at = text;
	c.end = text + len;
	c.line = 1;
	c.depth = 0;
	c.expects = VALUE;
	do {
		check_skip_space(&c);
		why = check_step(&c);
	} while (!why && (c.depth || c.expects != COMMA_OR_END));
	if (!why)
		check_skip_space(&c);
	if (!why && c.at < c.end)
		why = "the value is followed by more text";
	*ret = (struct cni_json_problem){ .why = why, .line = c.line };
	return !why;
}
