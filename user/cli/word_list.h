/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A command line that is put together: words, each allocated. Without memory the process ends by
 * xm_fatal().
 */
#ifndef XM_WORD_LIST_H
#define XM_WORD_LIST_H

/* {} is an empty list. v[count] is NULL. */
struct xm_word_list {
	char **v;
	int count;
};

void xm_word_list_add(struct xm_word_list *l, const char *word);
void xm_word_list_add_two(struct xm_word_list *l, const char *word, const char *value);
/* Returns the words with a space between them, those with spaces in quotes; the caller frees it */
char *xm_word_list_text(const struct xm_word_list *l);
void xm_word_list_free(struct xm_word_list *l);

#endif
