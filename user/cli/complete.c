// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "cli/complete.h"

#define WORD_LEN 64

/* Whether the value of the option is the next word */
static bool option_takes_next(const struct xm_option *o, const char *word)
{
	return o && o->option.has_arg == required_argument && !strchr(word, '=');
}

/* The option in a word whose value may be the next word. "-js" has several: the last one. */
static const struct xm_option *option_in(const char *word)
{
	const struct xm_option *o = xm_option_find(word);
	const char last[] = { '-', word[strlen(word) - 1], '\0' };

	return o || word[1] == '-' ? o : xm_option_find(last);
}

void xm_completion_read(int argc, char **argv, struct xm_completion *ret)
{
	int i = argc && !strcmp(argv[0], "--");

	*ret = (struct xm_completion){ .current = argc > i ? argv[argc - 1] : "" };
	for (; i < argc - 1; i++) {
		const struct xm_option *o = *argv[i] == '-' ? option_in(argv[i]) : NULL;

		if (*argv[i] != '-' && strcmp(argv[i], "link") != 0 && strcmp(argv[i], "l") != 0)
			break;
		if (!option_takes_next(o, argv[i]))
			continue;
		if (++i == argc - 1)
			ret->option = o;
		else if (o->option.val == 'n')
			ret->netns = argv[i];
	}
	if (i >= argc - 1)
		return;
	ret->command = argv[i];
	ret->words = argv + i + 1;
	ret->count = argc - i - 2;
}

static void offer_options(const char *current)
{
	char word[WORD_LEN];

	for (size_t i = 0; i < xm_option_count; i++) {
		const struct xm_option *o = &xm_options[i];

		if (!o->help)
			continue;
		snprintf(word, sizeof(word), "--%s", o->option.name);
		xm_completion_offer(current, word, o->help);
		snprintf(word, sizeof(word), "-%c", xm_option_letter(o));
		if (word[1])
			xm_completion_offer(current, word, o->help);
	}
	if (!strncmp(current, "--color=", 8)) {
		xm_completion_offer(current, "--color=always", NULL);
		xm_completion_offer(current, "--color=auto", NULL);
		xm_completion_offer(current, "--color=never", NULL);
	}
}

static void offer_commands(const struct xm_completion *c, const struct xm_command_text *const *list)
{
	for (; *list; list++)
		xm_completion_offer(c->current, (*list)->name, (*list)->about);
	if (!c->command)
		xm_completion_offer(c->current, "help",
				    "prints a summary of the commands, or of one");
}

struct offer_data {
	const struct xm_completion *c;
	unsigned int command;
};

/* Options are offered when a '-' was typed */
static void offer_word(void *data, const char *word, size_t len, const char *help)
{
	const struct offer_data *d = data;
	char text[WORD_LEN];

	if (*word == '-' && *d->c->current != '-')
		return;
	snprintf(text, sizeof(text), "%.*s", (int)len, word);
	xm_completion_offer(d->c->current, text, help);
}

static void offer_type(void *data, const char *type, size_t len)
{
	const struct offer_data *d = data;

	if (*d->c->current != '-')
		xm_completion_offer_type(d->c, d->command, type, len);
}

static void offer_next(const struct xm_completion *c, const struct xm_command_text *command)
{
	struct offer_data data = { c, command->id };
	const struct xm_grammar_offer offer = { offer_word, offer_type, &data };
	struct xm_grammar g;

	xm_grammar_init(&g, command);
	for (int i = 0; i < c->count; i++)
		xm_grammar_take(&g, c->words[i]);
	xm_grammar_next(&g, &offer);
	xm_grammar_free(&g);
}

void xm_completion_print(const struct xm_completion *c, const struct xm_command_text *const *list,
			 const struct xm_command_text *command)
{
	if (c->option)
		xm_completion_offer_type(c, 0, c->option->value, strlen(c->option->value));
	else if (!c->command && *c->current == '-')
		offer_options(c->current);
	else if (!c->command || (!strcmp(c->command, "help") && !c->count))
		offer_commands(c, list);
	else if (command)
		offer_next(c, command);
}
