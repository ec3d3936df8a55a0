// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grammar.h"
#include "cli/keywords.h"

#define ALTERNATIVES_MAX 8

bool xm_grammar_has(const char *words, size_t len, const char *word)
{
	const char *end = words + len;

	for (size_t n; words < end; words += n + 1) {
		n = strcspn(words, "| ");
		if (n > (size_t)(end - words))
			n = end - words;
		if (strlen(word) == n && !memcmp(words, word, n))
			return true;
	}
	return false;
}

/* Whether a word of a usage text is typed as it is: types are in capitals */
static bool is_literal(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (isupper((unsigned char)word[i]))
			return false;
	return len;
}

/* --- the parts --- */

static struct xm_part *part_find(struct xm_grammar *g, const char *word)
{
	for (size_t i = 0; i < g->count; i++) {
		struct xm_part *p = &g->parts[i];

		if (p->word && xm_grammar_has(p->word, strlen(p->word), word))
			return p;
	}
	return NULL;
}

/* Adds "netns NAME|PID|PATH", "--tree|--dot", "NAME ..." */
static void part_add(struct xm_grammar *g, char *text, bool required)
{
	struct xm_part *p = &g->parts[g->count];
	size_t len = strcspn(text, " ");
	char *rest = text[len] ? text + len + 1 : NULL;

	if (g->count == XM_PARTS_MAX)
		return;
	g->count++;
	text[len] = '\0';
	*p = (struct xm_part){ .required = required };
	if (is_literal(text, strcspn(text, "|"))) {
		p->word = text;
		p->value = rest;
	} else {
		p->value = text;
		p->repeated = rest != NULL; /* "..." */
	}
}

/* A word of the usage text outside brackets, with its value when it is typed as it is */
static size_t part_len(const char *text)
{
	size_t len = strcspn(text, " ");

	if (is_literal(text, len) && text[len])
		len += 1 + strcspn(text + len + 1, " ");
	return len;
}

static void read_usage(struct xm_grammar *g, const char *usage)
{
	char *at = g->text = strdup(usage);

	while (at && *at) {
		bool optional = *at == '[';
		size_t len = optional ? strcspn(++at, "]") : part_len(at);
		char *next = at + len;

		next += strspn(next, "] ");
		at[len] = '\0';
		part_add(g, at, !optional);
		at = next;
	}
}

static void read_keywords(struct xm_grammar *g, unsigned int command)
{
	for (size_t i = 0; i < xm_keyword_count; i++) {
		const struct xm_keyword *k = &xm_keywords[i];
		struct xm_part *p = part_find(g, k->word);

		if (!(k->commands & command))
			continue;
		if (!p && g->count < XM_PARTS_MAX) {
			p = &g->parts[g->count++];
			*p = (struct xm_part){ .word = k->word };
			p->value = command == XM_CMD_SET && k->set_value ? k->set_value : k->value;
		}
		if (p) {
			p->help = k->help;
			p->id = k->id + 1;
		}
	}
}

void xm_grammar_init(struct xm_grammar *g, const struct xm_command_text *command)
{
	*g = (struct xm_grammar){};
	read_usage(g, command->usage);
	read_keywords(g, command->id);
}

void xm_grammar_free(struct xm_grammar *g)
{
	free(g->text);
}

/* --- the value of a part --- */

/* A word of an alternative of a value: "add|del", "MAC...". len 0: there is none. */
struct token {
	const char *text;
	size_t len;
	bool repeated, endless;
};

/* The beginning of an alternative; NULL: there is none of that number */
static const char *alternative_find(const struct xm_part *p, unsigned int number)
{
	const char *text = p->value;

	while (text && number--) {
		text = strstr(text, " | ");
		text = text ? text + 3 : NULL;
	}
	/* "MAC | address add MAC" repeats the word of the part */
	if (text && p->word && !strncmp(text, p->word, strlen(p->word)) &&
	    text[strlen(p->word)] == ' ')
		text += strlen(p->word) + 1;
	return text;
}

static struct token token_at(const struct xm_part *p, unsigned int number, size_t position)
{
	const char *text = alternative_find(p, number);
	struct token t = {};

	for (; text && *text && *text != '|'; text += t.len + strspn(text + t.len, " .")) {
		t.text = text;
		t.len = strcspn(text, " .");
		/* An expression has all words that follow */
		t.endless = !strncmp(text, "EXPR", t.len);
		t.repeated = t.endless || text[t.len] == '.';
		if (!position-- || t.repeated)
			return t;
	}
	return (struct token){};
}

/* Whether the word may stand for the token. A word that is typed as it is has precedence. */
static bool token_takes(const struct token *t, const char *word, bool literally)
{
	if (xm_grammar_has(t->text, t->len, word))
		return true;
	for (size_t i = 0, n; i < t->len && !literally; i += n + 1) {
		n = strcspn(t->text + i, "| .");
		if (!is_literal(t->text + i, n))
			return true;
	}
	return false;
}

static bool value_may_end(const struct xm_grammar *g)
{
	for (unsigned int i = 0; i < ALTERNATIVES_MAX; i++) {
		struct token t = token_at(g->open, i, g->position);

		if (g->alive & 1u << i && (!t.len || (t.repeated && !t.endless)))
			return true;
	}
	return false;
}

static unsigned int value_agrees(const struct xm_grammar *g, const char *word, bool literally)
{
	unsigned int alive = 0;

	for (unsigned int i = 0; i < ALTERNATIVES_MAX; i++) {
		struct token t = token_at(g->open, i, g->position);

		if (g->alive & 1u << i && t.len && token_takes(&t, word, literally))
			alive |= 1u << i;
	}
	return alive;
}

/* Whether more words belong to the value */
static bool value_goes_on(const struct xm_grammar *g)
{
	for (unsigned int i = 0; i < ALTERNATIVES_MAX; i++)
		if (g->alive & 1u << i && token_at(g->open, i, g->position).len)
			return true;
	return false;
}

static void value_open(struct xm_grammar *g, const struct xm_part *p)
{
	g->open = p;
	g->position = 0;
	g->alive = 0;
	for (unsigned int i = 0; i < ALTERNATIVES_MAX; i++)
		g->alive |= (alternative_find(p, i) ? 1u : 0u) << i;
	if (!g->alive)
		g->open = NULL;
}

static bool value_take(struct xm_grammar *g, const char *word)
{
	unsigned int alive = value_agrees(g, word, true);

	if (!alive && !(value_may_end(g) && part_find(g, word)))
		alive = value_agrees(g, word, false);
	if (alive) {
		g->alive = alive;
		g->position++;
	}
	if (!alive || !value_goes_on(g))
		g->open = NULL;
	return alive;
}

/* --- words --- */

static void part_use(struct xm_grammar *g, struct xm_part *part)
{
	part->used = !part->repeated;
	for (size_t i = 0; i < g->count && part->id; i++)
		g->parts[i].used |= g->parts[i].id == part->id;
}

void xm_grammar_take(struct xm_grammar *g, const char *word)
{
	struct xm_part *p;

	g->begun = true;
	if (g->open && value_take(g, word))
		return;
	p = part_find(g, word);
	for (size_t i = 0; i < g->count && !p; i++)
		if (!g->parts[i].word && !g->parts[i].used)
			p = &g->parts[i];
	if (!p)
		return;
	part_use(g, p);
	if (p->word)
		value_open(g, p);
}

static void offer_token(const struct xm_grammar_offer *offer, const struct token *t)
{
	bool types = false;

	for (size_t i = 0, n; i < t->len; i += n + 1) {
		n = strcspn(t->text + i, "| .");
		if (is_literal(t->text + i, n))
			offer->word(offer->data, t->text + i, n, NULL);
		else
			types = true;
	}
	if (types)
		offer->type(offer->data, t->text, t->len);
}

static void offer_value(const struct xm_grammar *g, const struct xm_grammar_offer *offer)
{
	for (unsigned int i = 0; i < ALTERNATIVES_MAX; i++) {
		struct token t = token_at(g->open, i, g->position);

		if (g->alive & 1u << i && t.len)
			offer_token(offer, &t);
	}
}

static void offer_part(const struct xm_part *p, const struct xm_grammar_offer *offer)
{
	if (p->word) {
		for (const char *word = p->word; *word; word += strspn(word, "|")) {
			size_t len = strcspn(word, "|");

			offer->word(offer->data, word, len, p->help);
			word += len;
		}
	} else {
		offer->type(offer->data, p->value, strlen(p->value));
	}
}

void xm_grammar_next(const struct xm_grammar *g, const struct xm_grammar_offer *offer)
{
	bool first_value = true;

	if (g->open) {
		offer_value(g, offer);
		if (!value_may_end(g))
			return;
	}
	for (size_t i = 0; i < g->count; i++) {
		const struct xm_part *p = &g->parts[i];

		if (p->used || (!p->word && !first_value))
			continue;
		first_value &= p->word != NULL;
		offer_part(p, offer);
		/* Nothing else may be the first word of `set NAME` */
		if (!g->begun && !p->word && p->required && !i)
			return;
	}
}
