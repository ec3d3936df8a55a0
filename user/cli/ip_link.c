// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/ip_link.h"
#include "cli/word_list.h"

bool xm_ip_link_take(int *argc, char ***argv)
{
	static char *show[] = { "show", NULL };

	if (strcmp(**argv, "link") != 0 && strcmp(**argv, "l") != 0)
		return false;
	if (*argc == 1) {
		*argv = show;
		return true;
	}
	--*argc;
	++*argv;
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
