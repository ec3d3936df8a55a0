// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "cli/migrate_network.h"

const char *xm_migrate_text(const json_t *from, const char *key)
{
	const char *text = json_string_value(json_object_get(from, key));

	return text ? text : "";
}

void xm_migrate_add_pair(struct xm_word_list *to, const char *option, const char *name,
			 char between, const char *value)
{
	char *word;

	if (asprintf(&word, "%s%c%s", name, between, value) < 0)
		xm_fatal("out of memory");
	xm_word_list_add(to, option);
	xm_word_list_add(to, word);
	free(word);
}

void xm_migrate_add_option(struct xm_word_list *to, const char *option, const char *value)
{
	if (!value[0])
		return;
	xm_word_list_add(to, option);
	xm_word_list_add(to, value);
}

void xm_migrate_add_members(struct xm_word_list *to, const char *option, const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
		xm_migrate_add_pair(to, option, name, '=', json_string_value(value) ?: "");
}
