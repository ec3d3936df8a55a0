// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/word_list.h"

void xm_word_list_add(struct xm_word_list *l, const char *word)
{
	l->v = xm_need(realloc(l->v, (l->count + 2) * sizeof(*l->v)));
	l->v[l->count] = xm_need(strdup(word));
	l->v[++l->count] = NULL;
}

void xm_word_list_add_two(struct xm_word_list *l, const char *word, const char *value)
{
	xm_word_list_add(l, word);
	xm_word_list_add(l, value);
}

char *xm_word_list_text(const struct xm_word_list *l)
{
	char *text = NULL;
	size_t size;
	FILE *to = xm_need(open_memstream(&text, &size));

	for (int i = 0; i < l->count; i++) {
		const char *quote = strpbrk(l->v[i], " \t") || !l->v[i][0] ? "'" : "";

		fprintf(to, "%s%s%s%s", i ? " " : "", quote, l->v[i], quote);
	}
	if (fclose(to))
		xm_fatal("out of memory");
	return text;
}

void xm_word_list_free(struct xm_word_list *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct xm_word_list){};
}
