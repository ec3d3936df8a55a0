// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "base/nearest.h"

#define WORD_MAX 32 /* longer words have no nearest one */

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* The number of edits from a to b (optimal string alignment); both are shorter than WORD_MAX */
static unsigned int edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *row = rows[i % 3];
		const unsigned int *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
				       above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *xm_nearest(const char *word, const char *const *words, size_t count)
{
	size_t len = strlen(word);
	unsigned int best = len / 3 + 1;
	const char *ret = NULL;

	if (len < 2 || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t n = words[i] ? strlen(words[i]) : 0;
		unsigned int differs = n && n <= WORD_MAX ? edits(word, len, words[i], n) : best;

		if (differs < best) {
			best = differs;
			ret = words[i];
		}
	}
	return ret;
}
