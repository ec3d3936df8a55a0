// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parts of the output of `show` */
#include <stdint.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest show[] = { cmocka_unit_test(test_counts) };

	return SUMMARY_RUN(show);
}
