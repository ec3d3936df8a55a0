// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pure parts of `xmacvlan top`: rates, order, filter, cells, layout, keys, command line */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/top/cells.h"
#include "../../user/top/options.h"
#include "../../user/top/view.h"
#include "summary.h"

#define SECOND 1000000000ull

static struct xm_top_counted endpoint(const char *name, uint32_t slot, uint64_t packets)
{
	struct xm_top_counted ret = { .parent_ifindex = 2,
				      .slot = slot,
				      .host_ifindex = 100 + slot,
				      .parent = "lan0",
				      .mode = XM_MODE_BRIDGE,
				      .has_device = true,
				      .has_stats = true };

	snprintf(ret.name, sizeof(ret.name), "%s", name);
	ret.stats.rx_packets = packets;
	ret.stats.rx_bytes = 100 * packets;
	ret.stats.tx_packets = 2 * packets;
	ret.stats.tx_bytes = 300 * packets;
	return ret;
}

static struct xm_top_rates compare_one(const struct xm_top_counted *before,
				       const struct xm_top_counted *now)
{
	const struct xm_top_sample a = { SECOND, (struct xm_top_counted *)before, !!before, NULL };
	const struct xm_top_sample b = { 3 * SECOND, (struct xm_top_counted *)now, 1, NULL };
	struct xm_top_rates ret;
	struct xm_top_table t;

	assert_int_equal(xm_top_compare(&a, &b, &t), 0);
	assert_int_equal(t.count, 1);
	ret = t.rows[0].rates;
	free(t.rows);
	return ret;
}

static void assert_rate(double is, double wanted)
{
	assert_true(is > wanted - 1e-6 && is < wanted + 1e-6);
}

static void test_rates(void **state)
{
	struct xm_top_counted a = endpoint("e", 1, 1000), b = endpoint("e", 1, 3000);
	struct xm_top_rates r;

	a.stats.drops[XM_REASON_PARENT_DOWN] = 5;
	b.stats.drops[XM_REASON_PARENT_DOWN] = 9;
	b.stats.drops[XM_REASON_SPOOFED_SOURCE] = 8;
	r = compare_one(&a, &b);
	assert_true(r.known);
	assert_rate(r.rx_packets, 1000);
	assert_rate(r.rx_bits, 800000);
	assert_rate(r.tx_packets, 2000);
	assert_rate(r.tx_bits, 2400000);
	assert_rate(r.drops, 6);
	assert_int_equal(r.reason, XM_REASON_SPOOFED_SOURCE);
	(void)state;
}

/* A new endpoint, another one of the same name and slot, one whose counters began again */
static void test_rates_unknown(void **state)
{
	struct xm_top_counted a = endpoint("e", 1, 3000), b = endpoint("e", 1, 10);

	assert_false(compare_one(NULL, &b).known);
	assert_false(compare_one(&a, &b).known);
	assert_rate(compare_one(&a, &b).rx_bits, 0);
	b = endpoint("e", 1, 5000);
	b.host_ifindex++;
	assert_false(compare_one(&a, &b).known);
	b = endpoint("f", 1, 5000);
	assert_false(compare_one(&a, &b).known);
	b = endpoint("e", 2, 5000);
	assert_false(compare_one(&a, &b).known);
	b = endpoint("e", 1, 5000);
	a.stats.drops[XM_REASON_HOST_STACK] = 1;
	assert_false(compare_one(&a, &b).known);
	a.stats.drops[XM_REASON_HOST_STACK] = 0;
	assert_true(compare_one(&a, &b).known);
	b.has_stats = false;
	assert_false(compare_one(&a, &b).known);
	(void)state;
}

/* What the devices count is not there while they cannot be read, and may be read out of order */
static void test_rates_of_devices(void **state)
{
	struct xm_top_counted a = endpoint("e", 1, 10), b = endpoint("e", 1, 10);

	a.stats.drops[XM_REASON_VETH_DROPPED] = 7;
	assert_true(compare_one(&a, &b).known);
	assert_rate(compare_one(&a, &b).drops, 0);
	b.stats.drops[XM_REASON_VETH_DROPPED] = 1000000;
	assert_rate(compare_one(&a, &b).drops, 999993 / 2.0);
	a.has_device = false;
	assert_rate(compare_one(&a, &b).drops, 0);
	assert_int_equal(compare_one(&a, &b).reason, -1);
	(void)state;
}

static struct xm_top_counted parent_itself(void)
{
	struct xm_top_counted ret = {
		.parent_ifindex = 2, .name = "lan0", .parent = "lan0", .has_stats = true
	};

	return ret;
}

/* A table of a parent and four endpoints: the traffic is d, b, c, and a is new */
static void make_table(struct xm_top_counted before[5], struct xm_top_counted now[5],
		       struct xm_top_table *ret)
{
	const struct xm_top_sample old = { SECOND, before, 4, NULL };
	const struct xm_top_sample new = { 2 * SECOND, now, 5, NULL };

	before[0] = now[0] = parent_itself();
	now[0].stats.drops[XM_REASON_UNKNOWN_SENDER] = 4;
	before[1] = endpoint("b", 1, 0);
	now[1] = endpoint("b", 1, 20);
	before[2] = endpoint("c", 2, 0);
	now[2] = endpoint("c", 2, 10);
	now[2].mode = XM_MODE_PRIVATE;
	before[3] = endpoint("d", 3, 0);
	now[3] = endpoint("d", 3, 30);
	now[3].stats.drops[XM_REASON_SPOOFED_SOURCE] = 1;
	snprintf(now[3].place, sizeof(now[3].place), "netns Shop");
	now[4] = endpoint("a", 4, 1000000);
	assert_int_equal(xm_top_compare(&old, &new, ret), 0);
}

static void assert_order(const struct xm_top_table *t, const char *names)
{
	char found[16] = "";

	for (size_t i = 0; i < t->count; i++)
		found[i] = t->rows[i].now->slot ? t->rows[i].now->name[0] : 'P';
	assert_string_equal(found, names);
}

static void test_order(void **state)
{
	static const struct {
		enum xm_top_key key;
		const char *names, *reversed;
	} rows[] = {
		{ XM_TOP_BY_TRAFFIC, "dbcPa", "aPcbd" }, { XM_TOP_BY_NAME, "abcdP", "Pdcba" },
		{ XM_TOP_BY_MODE, "abdPc", "cPabd" },	 { XM_TOP_BY_DROPS, "Pdbca", "abcdP" },
		{ XM_TOP_BY_REASON, "dPabc", "abcPd" },	 { XM_TOP_BY_PARENT, "Pabcd", "Pabcd" },
		{ XM_TOP_BY_TX_BITS, "dbcPa", "aPcbd" },
	};
	struct xm_top_counted before[5], now[5];
	struct xm_top_table t;

	make_table(before, now, &t);
	assert_int_equal(t.endpoints, 4);
	assert_int_equal(t.parents, 1);
	assert_rate(t.total.rx_packets, 60);
	assert_rate(t.total.drops, 5);
	assert_int_equal(t.total.reason, XM_REASON_UNKNOWN_SENDER);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		xm_top_sort(&t, rows[i].key, false);
		assert_order(&t, rows[i].names);
		xm_top_sort(&t, rows[i].key, true);
		if (rows[i].key != XM_TOP_BY_DROPS)
			assert_order(&t, rows[i].reversed);
		assert_int_equal(xm_top_key_by_word(xm_top_key_word(rows[i].key)), rows[i].key);
	}
	free(t.rows);
	(void)state;
}

static void test_filter(void **state)
{
	static const struct {
		const char *filter, *names;
	} rows[] = { { "", "Pabcd" },  { "LAN", "Pabcd" }, { "private", "c" },	{ "shop", "d" },
		     { "spoof", "d" }, { "nothing", "" },  { "unknown_s", "P" } };
	struct xm_top_counted before[5], now[5];
	struct xm_top_table t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		make_table(before, now, &t);
		xm_top_sort(&t, XM_TOP_BY_PARENT, false);
		xm_top_filter(&t, rows[i].filter);
		assert_order(&t, rows[i].names);
		assert_rate(t.total.rx_packets, 60);
		free(t.rows);
	}
	(void)state;
}

static void test_rate_text(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} rows[] = { { 0, "0" },	 { 1e-9, "0.01" },    { 1, "1.00" },	{ 9.994, "9.99" },
		     { 9.996, "10.0" },	 { 99.96, "100" },    { 999.4, "999" }, { 999.6, "1.00k" },
		     { 12345, "12.3k" }, { 999600, "1.00M" }, { 1e9, "1.00G" }, { 2e20, "200E" },
		     { 1e30, "999E" } };
	char text[XM_TOP_RATE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(xm_top_rate_text(true, rows[i].rate, text), rows[i].text);
	assert_string_equal(xm_top_rate_text(false, 5, text), "-");
	(void)state;
}

/* What containers can put into a name never reaches the terminal as anything but text */
static void test_fit(void **state)
{
	static const struct {
		const char *text;
		int columns;
		const char *fitted;
		int used;
	} rows[] = {
		{ "web", 8, "web", 3 },
		{ "webserver", 4, "web~", 4 },
		{ "web", 0, "", 0 },
		{ "\033[31mred\033]0;title\007", 20, "?[31mred?]0;title?", 18 },
		{ "a\rb\nc\td\b\177", 20, "a?b?c?d??", 9 },
		{ "\302\23331m", 20, "?31m", 4 }, /* U+009B: CSI in one character */
		{ "\377\376x\303", 20, "??x?", 4 }, /* not UTF-8 */
		{ "\303\244\303\266", 8, "\303\244\303\266", 2 },
		{ "\346\274\242\345\255\227", 8, "\346\274\242\345\255\227", 4 }, /* wide */
		{ "\346\274\242\345\255\227", 3, "\346\274\242~", 3 },
		{ "\346\274\242\345\255\227", 2, "~", 1 },
		{ "a\342\200\256b\314\201", 8, "a?b?", 4 }, /* right to left; an accent */
	};
	char text[XM_TOP_CELL], longest[2000];

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(xm_top_fit(rows[i].text, rows[i].columns, text), rows[i].used);
		assert_string_equal(text, rows[i].fitted);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_true(xm_top_fit(longest, 1500, text) < XM_TOP_CELL);
	assert_non_null(setlocale(LC_CTYPE, "C"));
	assert_int_equal(xm_top_fit("\303\244", 8, text), 2);
	assert_string_equal(text, "??");
	(void)state;
}

static int line_width(const struct xm_top_layout *l)
{
	int ret = -1;

	for (int i = 0; i < XM_TOP_COLUMNS; i++)
		ret += l->width[i] ? l->width[i] + 1 : 0;
	return ret;
}

static void test_layout(void **state)
{
	struct xm_top_counted before[5], now[5];
	struct xm_top_layout l;
	struct xm_top_table t;

	make_table(before, now, &t);
	for (int columns = 1; columns <= 300; columns++) {
		xm_top_layout(&t, columns, &l);
		assert_true(line_width(&l) <= columns);
		assert_true(l.width[XM_TOP_NAME] > 0);
	}
	xm_top_layout(&t, 80, &l);
	for (int i = 0; i < XM_TOP_PLACE_COLUMN; i++)
		assert_true(l.width[i] > 0);
	assert_true(l.width[XM_TOP_REASON] >= (int)strlen("spoofed_source"));
	xm_top_layout(&t, 40, &l);
	assert_true(l.width[XM_TOP_RX_BITS] && l.width[XM_TOP_TX_BITS] && l.width[XM_TOP_DROPS]);
	assert_false(l.width[XM_TOP_PARENT] || l.width[XM_TOP_REASON]);
	xm_top_layout(&t, 140, &l);
	assert_true(l.width[XM_TOP_PLACE_COLUMN] >= (int)strlen("netns Shop"));
	xm_top_layout(&t, 0, &l);
	assert_int_equal(l.width[XM_TOP_REASON], strlen("unknown_destination"));
	free(t.rows);
	(void)state;
}

static void take_text(struct xm_top_view *v, const char *keys)
{
	for (; *keys; keys++)
		xm_top_view_take(v, (unsigned char)*keys, 100, 20);
}

static void test_view(void **state)
{
	struct xm_top_view v = { .seconds = 1 };

	take_text(&v, "/we");
	assert_string_equal(xm_top_view_filter(&v), "we");
	take_text(&v, "q\177b\n");
	assert_false(v.quit);
	assert_string_equal(v.filter, "web");
	take_text(&v, "/x");
	take_text(&v, "\033");
	assert_string_equal(xm_top_view_filter(&v), "web");
	take_text(&v, "\033");
	assert_string_equal(xm_top_view_filter(&v), "");
	take_text(&v, "i0.01\n");
	assert_true(v.message[0] != '\0');
	assert_rate(v.seconds, 1);
	take_text(&v, "i2.5\n");
	assert_rate(v.seconds, 2.5);
	take_text(&v, "+");
	assert_rate(v.seconds, 5);
	take_text(&v, "--");
	assert_rate(v.seconds, 1);
	take_text(&v, "------");
	assert_rate(v.seconds, 0.1);
	take_text(&v, ">r");
	assert_int_equal(v.key, XM_TOP_BY_NAME);
	assert_true(v.reversed);
	take_text(&v, "<<");
	assert_int_equal(v.key, XM_TOP_BY_REASON);
	take_text(&v, "j");
	assert_int_equal(v.offset, 1);
	take_text(&v, "G");
	assert_int_equal(v.offset, 80);
	xm_top_view_limit(&v, 30, 20);
	assert_int_equal(v.offset, 10);
	xm_top_view_limit(&v, 3, 20);
	assert_int_equal(v.offset, 0);
	take_text(&v, "hq");
	assert_false(v.quit || v.help);
	take_text(&v, "q");
	assert_true(v.quit);
	for (int i = 0; i < 200; i++) /* the input is full */
		take_text(&v, i ? "x" : "/");
	assert_int_equal(strlen(v.input), XM_TOP_INPUT - 1);
	(void)state;
}

static void test_options(void **state)
{
	static const struct {
		const char *words[6];
		bool good;
	} rows[] = {
		{ { "sort", "drops", "e1", "-i", "0.5" }, true },
		{ { "--once", "link", "lan0" }, true },
		{ { "sort" }, false },
		{ { "sort", "size" }, false },
		{ { "link" }, false },
		{ { "-i", "0" }, false },
		{ { "-i", "nan" }, false },
		{ { "-i", "1s" }, false },
		{ { "-i" }, false },
		{ { "--count", "0" }, false },
		{ { "--count", "-1" }, false },
		{ { "--count", "1x" }, false },
		{ { "--wrong" }, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *argv[8] = { "top" };
		struct xm_top_options o;
		struct xm_err e = {};
		int argc = 1;

		for (; rows[i].words[argc - 1]; argc++)
			argv[argc] = (char *)rows[i].words[argc - 1];
		assert_int_equal(!xm_top_parse(argc, argv, &o, &e), rows[i].good);
		assert_int_equal(e.exit_code, rows[i].good ? 0 : XM_EXIT_USAGE);
		if (i == 0) {
			assert_int_equal(o.key, XM_TOP_BY_DROPS);
			assert_rate(o.seconds, 0.5);
		}
		if (i < 2) {
			assert_int_equal(o.name_count, 1);
			assert_string_equal(o.names[0], i ? "lan0" : "e1");
			assert_int_equal(o.count, i);
		}
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest top[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_rates_unknown),
		cmocka_unit_test(test_rates_of_devices),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_rate_text),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_options),
	};

	return SUMMARY_RUN(top);
}
