// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parts of the output of `show` */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../user/cli/json_list.h"
#include "../../user/cli/show.h"
#include "summary.h"

static void test_counts(void **state)
{
	static const struct {
		uint64_t count;
		const char *plain, *human; /* human: what `ip -h -s link` prints */
	} rows[] = {
		{ 0, "0", "0" },
		{ 999, "999", "999" },
		{ 1000, "1000", "1.00k" },
		{ 1234, "1234", "1.23k" },
		{ 12345, "12345", "12.3k" },
		{ 123456, "123456", "123k" },
		{ 999999, "999999", "1000k" },
		{ 1000000, "1000000", "1.00M" },
		{ 15000000000, "15000000000", "15.0G" },
		{ 2000000000000000000, "2000000000000000000", "2.00E" },
		{ UINT64_MAX, "18446744073709551615", "18.4E" },
	};
	const struct xm_show_style plain = {}, human = { .human = true };
	char text[XM_COUNT_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(xm_count_text(&plain, rows[i].count, text), rows[i].plain);
		assert_string_equal(xm_count_text(&human, rows[i].count, text), rows[i].human);
	}
	(void)state;
}

/* Objects as `show` has them, with what may confuse the indentation; i: the number of the object */
static json_t *list_object(int i)
{
	char text[64];

	snprintf(text, sizeof(text), "line\n    feed\t\"%d\" \u00e9", i);
	return json_pack("{s:s, s:{s:I, s:n, s:{}}, s:[{s:b}, {}, []], s:[]}", text, text, "stats",
			 "rx", (json_int_t)INT64_MAX - i, "none", "empty", "list", "true", i & 1,
			 "addresses");
}

/* What the list prints; to be freed */
static char *list_printed(unsigned int objects, bool pretty)
{
	struct xm_json_list list = { .pretty = pretty };
	FILE *file = tmpfile();
	int saved = dup(1);
	char *ret;
	long len;

	for (unsigned int i = 0; i < objects; i++)
		xm_json_list_append(&list, list_object(i));
	fflush(stdout);
	assert_true(file && saved >= 0 && dup2(fileno(file), 1) == 1);
	xm_json_list_print(&list);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	fseek(file, 0, SEEK_END);
	len = ftell(file);
	rewind(file);
	ret = calloc(1, len + 1);
	assert_true(ret && fread(ret, 1, len, file) == (size_t)len);
	fclose(file);
	return ret;
}

/* The text is that of jansson for an array of the same objects, and a line feed */
static void test_json_list(void **state)
{
	static const unsigned int counts[] = { 0, 1, 2, 300 };

	for (unsigned int i = 0; i < 2 * sizeof(counts) / sizeof(*counts); i++) {
		char *printed = list_printed(counts[i / 2], i & 1), *expected;
		json_t *array = json_array();

		for (unsigned int j = 0; j < counts[i / 2]; j++)
			json_array_append_new(array, list_object(j));
		expected = json_dumps(array, i & 1 ? JSON_INDENT(4) : JSON_COMPACT);
		assert_memory_equal(printed, expected, strlen(expected));
		assert_string_equal(printed + strlen(expected), "\n");
		json_decref(array);
		free(expected);
		free(printed);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest show[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_json_list),
	};

	return SUMMARY_RUN(show);
}
