// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * JSON that Go's encoding/json accepts is accepted, and printed unchanged; what Go refuses is
 * refused
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/cni/alloc.h"
#include "../../user/cni/json.h"
#include "summary.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static json_t *load(const char *text, size_t len, struct cni_json_problem *problem)
{
	char *exact = malloc(len ? len : 1); /* AddressSanitizer sees a read behind it */
	json_t *ret;

	memcpy(exact, text, len);
	ret = cni_json_load(exact, len, problem);
	free(exact);
	return ret;
}

static void check_same(const char *text)
{
	struct cni_json_problem problem;
	json_t *value = load(text, strlen(text), &problem);
	char *printed;

	if (!value)
		fail_msg("%.60s: refused: %s", text, problem.why);
	printed = cni_json_dump(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (strcmp(printed, text))
		fail_msg("%.60s: printed as %.60s", text, printed);
	free(printed);
	json_decref(value);
}

static const char *const same[] = {
	"{}",
	"[]",
	"null",
	"true",
	"0",
	"-1",
	"\"\"",
	"[[],{},[{}]]",
	/* numbers beyond 64 bits or a double, and forms of numbers */
	"18446744073709551615",
	"9223372036854775808",
	"-9223372036854775809",
	"123456789012345678901234567890",
	"1e400",
	"-1e-400",
	"1E+400",
	"1.10",
	"0.1",
	"1e2",
	"100000000000000000000.5",
	"0e0",
	"9223372036854775807",
	"-9223372036854775808",
	"-0.0",
	/* \u0000, halves of surrogate pairs, the wrong order */
	"\"a\\u0000b\"",
	"\"\\u0000\"",
	"\"\\ud800\"",
	"\"\\uDC00x\"",
	"\"\\ud800\\ud800\"",
	"\"\\udc00\\ud800\"",
	"\"\\ud83dx\"",
	"\"\\ud83d\\n\"",
	"\"\\ud83d\\u0041\"",
	/* octets that are not UTF-8: cut, overlong, a surrogate, too large */
	"\"\xff\"",
	"\"a\xc3\"",
	"\"\xe2\x82\"",
	"\"\xc0\xaf\"",
	"\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"",
	"\"\x80\"",
	"\"\xf8\x88\x80\x80\x80\"",
	/* the mark itself */
	"\"\\u0001\"",
	"\"\\u0001x\"",
	"\"x\\u0001\"",
	"\"\\\"\\u0001\"",
	"[\"\\u0001\",\"\\u0001\\\"\\\\u0001\"]",
	"\"\\\\\\u0001\"",
	/* valid text with every kind of character */
	"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\"",
	"\"\\\"\\\\\\b\\f\\n\\r\\t\"",
	"\"\x7f\"",
	/* as keys */
	"{\"a\\u0000b\":1,\"\\ud800\":2,\"\xff\":3,\"1e400\":1e400}",
	/* all of the octets that an escape may have to carry */
	"\"\\u0000 !#$%&'()*+,-./:;<=>?@[]^_`{|}~\xc3\xbf\xff\\\\\\\"\\/\"",
};

static void values_stay(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(same); i++)
		check_same(same[i]);
}

/* Strings whose text is known are decoded, so that a value has one form */
static void values_decoded(void **state)
{
	static const char *const all[][2] = {
		{ " [ 1 , \"x\\/\\u0041\" ] ", "[1,\"x/A\"]" },
		{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
		{ "\t\r\n{}", "{}" },
		{ "[ 1.50 , 1 ]", "[1.50,1]" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(all); i++) {
		struct cni_json_problem problem;
		json_t *value = load(all[i][0], strlen(all[i][0]), &problem);
		char *printed = cni_json_dump(value, JSON_COMPACT | JSON_ENCODE_ANY);

		assert_string_equal(printed, all[i][1]);
		free(printed);
		json_decref(value);
	}
}

static void values_refused(void **state)
{
	static const struct {
		const char *text, *why;
		int line;
	} all[] = {
		{ "", "missing or malformed", 1 },
		{ " \n ", "missing or malformed", 2 },
		{ "{", "a key is not a string", 1 },
		{ "[", "missing or malformed", 1 },
		{ "[1", "',' or the end", 1 },
		{ "[1,]", "missing or malformed", 1 },
		{ "{\"a\":1,}", "a key is not a string", 1 },
		{ "{\"a\"}", "followed by ':'", 1 },
		{ "{\"a\":}", "missing or malformed", 1 },
		{ "{1:2}", "a key is not a string", 1 },
		{ "[1}", "',' or the end", 1 },
		{ "{\"a\":1]", "',' or the end", 1 },
		{ "]", "missing or malformed", 1 },
		{ "{}{}", "more text", 1 },
		{ "{}\n\n,", "more text", 3 },
		{ "01", "more text", 1 },
		{ "-", "malformed", 1 },
		{ "1.", "malformed", 1 },
		{ ".5", "malformed", 1 },
		{ "1e", "malformed", 1 },
		{ "1e+", "malformed", 1 },
		{ "+1", "malformed", 1 },
		{ "NaN", "malformed", 1 },
		{ "tru", "malformed", 1 },
		{ "nullx", "more text", 1 },
		{ "'a'", "malformed", 1 },
		{ "\"", "does not end", 1 },
		{ "\"\\", "escape", 1 },
		{ "\"\\x\"", "escape", 1 },
		{ "\"\\u12\"", "four hex", 1 },
		{ "\"\\u12g4\"", "four hex", 1 },
		{ "\"a\nb\"", "control character", 1 },
		{ "\"\x01\"", "control character", 1 },
		{ "\xef\xbb\xbf{}", "malformed", 1 },
	};
	struct cni_json_problem problem;

	(void)state;
	for (size_t i = 0; i < ROWS(all); i++) {
		json_t *value = load(all[i].text, strlen(all[i].text), &problem);

		if (value || !strstr(problem.why, all[i].why) || problem.line != all[i].line)
			fail_msg("%s: %s, line %d", all[i].text, value ? "taken" : problem.why,
				 problem.line);
	}
	assert_null(load("[1,\0]", 5, &problem));
	assert_null(load("\"a\0b\"", 5, &problem));
	assert_null(load("1\0", 2, &problem));
}

/* {"k":{"k":…[[…]]…}}, `levels` in all */
static char *nested(unsigned int levels)
{
	char *text = malloc(levels * 8 + 1), *to = text;

	for (unsigned int i = 0; i < levels; i++)
		to = stpcpy(to, i < levels / 2 ? "{\"k\":" : "[");
	for (unsigned int i = levels; i-- > 0;)
		to = stpcpy(to, i < levels / 2 ? "}" : "]");
	return text;
}

static void levels(void **state)
{
	static const unsigned int taken[] = { 1, 2, 62, 63, 64, 65, 66, 2048, 2050, 9998, 10000 };
	struct cni_json_problem problem;
	char *text;

	(void)state;
	for (size_t i = 0; i < ROWS(taken); i++) {
		text = nested(taken[i] + taken[i] % 2);
		check_same(text);
		free(text);
	}
	text = nested(10002);
	assert_null(load(text, strlen(text), &problem));
	assert_non_null(strstr(problem.why, "levels"));
	free(text);
}

static void members(void **state)
{
	static const char text[] = "{\"A\":1,\"a\":\"x\",\"a\":\"y\",\"b\":\"z\",\"B\":null,"
				   "\"c\":\"\\ud800\",\"d\":1e400,\"e\":\"\\u0001\"}";
	struct cni_json_problem problem;
	json_t *value = load(text, strlen(text), &problem);

	(void)state;
	assert_string_equal(cni_json_text(value, "a"), "y");
	assert_string_equal(cni_json_text(value, "b"), "z");
	assert_string_equal(cni_json_text(value, "C"), "\"\\ud800\"");
	assert_null(cni_json_text(value, "d"));
	assert_non_null(cni_json_get(value, "d"));
	assert_string_equal(cni_json_text(value, "e"), "\"\\u0001\"");
	assert_null(cni_json_get(value, "f"));
	assert_null(cni_json_get(NULL, "a"));
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stay),	  cmocka_unit_test(values_decoded),
		cmocka_unit_test(values_refused), cmocka_unit_test(levels),
		cmocka_unit_test(members),
	};

	cni_alloc_init();
	return SUMMARY_RUN(tests);
}
