/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What may follow in the words of a command, by its usage text and the table of keywords. Pure.
 *
 * A usage text has parts, "[netns NAME|PID|PATH]", "[--tree|--dot]", "link PARENT", "[NAME ...]",
 * each with words that are typed as they are or the type of a value, in capitals.
 */
#ifndef XM_GRAMMAR_H
#define XM_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#define XM_PARTS_MAX 48

struct xm_command_text {
	const char *name;
	unsigned int id; /* enum xm_command_id; 0: without keywords */
	const char *usage; /* what comes before the keywords */
	const char *about; /* what the command does, as in the NAME of its manual page */
};

struct xm_part {
	const char *word; /* "-r|--reverse", "netns"; NULL: only a value */
	const char *value; /* "NAME|PID|PATH", "MAC | address add|del MAC"; NULL: none */
	const char *help; /* or NULL */
	int id; /* parts with the same one exclude each other; 0: none */
	bool required, repeated, used;
};

struct xm_grammar {
	char *text; /* the usage text in pieces */
	struct xm_part parts[XM_PARTS_MAX];
	size_t count;
	const struct xm_part *open; /* the part whose value is being read; NULL: none */
	unsigned int alive; /* alternatives of that value that the words so far agree with: a set */
	size_t position; /* words of that value that are read */
	bool begun; /* a word was read */
};

/* What is offered: a word, or a type of value as "NAME|PARENT". They end after len octets. */
struct xm_grammar_offer {
	void (*word)(void *data, const char *word, size_t len, const char *help);
	void (*type)(void *data, const char *type, size_t len);
	void *data;
};

void xm_grammar_init(struct xm_grammar *g, const struct xm_command_text *command);
void xm_grammar_free(struct xm_grammar *g);
/* Reads a word */
void xm_grammar_take(struct xm_grammar *g, const char *word);
/* Offers all words and types that may be next */
void xm_grammar_next(const struct xm_grammar *g, const struct xm_grammar_offer *offer);
/* Whether the word is one of "WORD|WORD|WORD" */
bool xm_grammar_has(const char *words, size_t len, const char *word);

#endif
