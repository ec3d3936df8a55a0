// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/ip_link.h"
#include "cli/word_list.h"

static bool begins(const char *word, const char *with)
{
	return *with && !strncmp(word, with, strlen(with));
}

/* `ip link` takes the beginning of a command, in this order. Returns the word if it is none. */
static char *command_word(char *word)
{
	static const struct {
		const char *ip;
		char command[5];
	} rows[] = { { "add", "add" },	  { "set", "set" },   { "change", "set" },
		     { "delete", "del" }, { "show", "show" }, { "lst", "show" },
		     { "list", "show" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (begins(rows[i].ip, word))
			return (char *)rows[i].command;
	return word;
}

/* `flag nopromisc` is `nopromisc`, and `flag null` nothing */
static int drop_flag(int argc, char **argv)
{
	int n = 0;

	for (int i = 0; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "flag") && !strcmp(next, "null"))
			i++;
		else if (strcmp(argv[i], "flag") != 0 ||
			 (strcmp(next, "nopromisc") != 0 && strcmp(next, "nodst") != 0))
			argv[n++] = argv[i];
	}
	return n;
}

bool xm_ip_link_take(int *argc, char ***argv)
{
	static char *show[] = { "show", NULL };

	if (!begins("link", **argv))
		return false;
	if (*argc == 1) {
		*argv = show;
		return true;
	}
	++*argv;
	*argc = drop_flag(*argc - 1, *argv);
	**argv = command_word(**argv);
	return true;
}

/* Whether the words at `at` are `type macvlan`, which says nothing here */
static bool is_type(int argc, char **argv, int at)
{
	return at + 1 < argc && !strcmp(argv[at], "type") &&
	       (!strcmp(argv[at + 1], "macvlan") || !strcmp(argv[at + 1], "xmacvlan"));
}

void xm_ip_link_print(int argc, char **argv)
{
	struct xm_word_list words = {};
	char *text;

	xm_word_list_add(&words, "xmacvlan");
	for (int i = 0; i < argc; i++) {
		if (is_type(argc, argv, i))
			i++;
		else
			xm_word_list_add(&words, argv[i]);
	}
	text = xm_word_list_text(&words);
	xm_sanitize(text);
	puts(text);
	free(text);
	xm_word_list_free(&words);
}
