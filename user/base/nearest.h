/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The right word for a mistyped one. Pure. */
#ifndef XM_NEAREST_H
#define XM_NEAREST_H

#include <stddef.h>

/*
 * Returns the word that differs least from `word`: by inserted, deleted, replaced and exchanged
 * characters, at most one for every three characters. NULL: there is none. words: `count` words;
 * NULL among them is left out.
 */
const char *xm_nearest(const char *word, const char *const *words, size_t count);

#endif
