// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdbool.h>
#include <string.h>

#include "cli/json_position.h"

struct place {
	const char *at;
	unsigned int line;
};

static void skip_space(struct place *p)
{
	for (; *p->at && strchr(" \t\r\n", *p->at); p->at++)
		p->line += *p->at == '\n';
}

/* At the opening quote. A string of a valid document has no line feed. */
static void skip_string(struct place *p)
{
	for (p->at++; *p->at && *p->at != '"'; p->at++)
		if (*p->at == '\\' && p->at[1])
			p->at++;
	p->at += *p->at == '"';
}

/* Whether the string at the opening quote is the word, which needs no escapes */
static bool string_is(const struct place *p, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(p->at + 1, word, len) && p->at[1 + len] == '"';
}

static void skip_value(struct place *p)
{
	unsigned int depth = 0;

	skip_space(p);
	do {
		if (*p->at == '"') {
			skip_string(p);
		} else {
			depth += *p->at == '{' || *p->at == '[';
			depth -= depth && (*p->at == '}' || *p->at == ']');
			p->line += *p->at == '\n';
			p->at += *p->at != '\0';
		}
		if (!depth && *p->at && strchr(",}]", *p->at))
			return;
	} while (*p->at);
}

/* Goes to the key in the object that begins here. Returns false when it is not there. */
static bool find_key(struct place *p, const char *key)
{
	skip_space(p);
	if (*p->at != '{')
		return false;
	p->at++;
	for (skip_space(p); *p->at == '"'; skip_space(p)) {
		if (string_is(p, key))
			return true;
		skip_string(p);
		skip_space(p);
		p->at += *p->at == ':';
		skip_value(p);
		skip_space(p);
		if (*p->at == ',') {
			p->at++;
			skip_space(p);
		}
	}
	return false;
}

unsigned int xm_json_line(const char *text, const char *const *path)
{
	struct place p = { text, 1 };
	unsigned int line = 1;

	for (; *path && find_key(&p, *path); path++) {
		line = p.line;
		skip_string(&p);
		skip_space(&p);
		p.at += *p.at == ':';
		skip_space(&p);
	}
	return line;
}
