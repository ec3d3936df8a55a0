// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What `apply` needs and is pure: nearest words, lines of keys, prefixes */
#include <stdlib.h>
#include <string.h>

#include "../../user/base/nearest.h"
#include "../../user/cli/json_position.h"
#include "../../user/cli/word_list.h"
#include "summary.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void test_nearest(void **state)
{
	static const char *const words[] = {
		"mode", NULL, "macaddr", "address", "addresses", "mtu"
	};
	static const struct {
		const char *word, *nearest;
	} rows[] = {
		{ "moed", "mode" },
		{ "mod", "mode" },
		{ "modes", "mode" },
		{ "mode", "mode" },
		{ "adrdess", "address" },
		{ "addres2", "address" },
		{ "addresses0", "addresses" },
		{ "mut", "mtu" },
		{ "m", NULL },
		{ "", NULL },
		{ "netns", NULL },
		{ "xyzzyx", NULL },
		{ "macadr", "macaddr" },
		{ "a-word-that-is-longer-than-any-keyword-may-be", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = xm_nearest(rows[i].word, words, COUNT(words));

		if (!rows[i].nearest)
			assert_null(got);
		else
			assert_string_equal(got ? got : "NULL", rows[i].nearest);
	}
}

static void test_json_line(void **state)
{
	static const char text[] = "{ \"a\": { \"x\\\"}{\": [1, {\"mode\": 1}],\n"
				   "  \"mode\":\n \"a{b,]c\"\n , \"n\" : null },\n"
				   "\n\"b\":{\"mode\":[[],[\n]], \"c\": {\n\"mode\" : 7}}}";
	static const struct {
		const char *path[4];
		unsigned int line;
	} rows[] = {
		{ { NULL }, 1 },
		{ { "a" }, 1 },
		{ { "a", "mode" }, 2 },
		{ { "a", "n" }, 4 },
		{ { "a", "none" }, 1 },
		{ { "b" }, 6 },
		{ { "b", "mode" }, 6 },
		{ { "b", "c" }, 7 },
		{ { "b", "c", "mode" }, 8 },
		{ { "none", "mode" }, 1 },
		{ { "b", "mode", "x" }, 6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(xm_json_line(text, rows[i].path), rows[i].line);
}

static void test_word_list(void **state)
{
	struct xm_word_list l = {};
	char *text;

	(void)state;
	xm_word_list_add(&l, "add");
	xm_word_list_add(&l, "two words");
	xm_word_list_add(&l, "");
	assert_null(l.v[3]);
	text = xm_word_list_text(&l);
	assert_string_equal(text, "add 'two words' ''");
	free(text);
	xm_word_list_free(&l);
	text = xm_word_list_text(&l);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest apply[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_json_line),
		cmocka_unit_test(test_word_list),
	};

	return SUMMARY_RUN(apply);
}
