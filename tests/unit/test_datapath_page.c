// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The tables of modes in docs/man/xmacvlan-datapath.7 against the oracle, cell by cell */
#include <stdlib.h>
#include <string.h>

#include "oracle.h"
#include "summary.h"

#define PAGE	"docs/man/xmacvlan-datapath.7"
#define COLUMNS 9
#define ROWS	16

struct table {
	char text[4096]; /* cells point into it */
	char *cells[ROWS][COLUMNS]; /* row 0: the titles */
	size_t rows, columns;
};

/* clang-format off */
static const char *const mode_names[] = {
	"none",
#define X(id, text) text,
	XM_MODES(X)
#undef X
};
/* clang-format on */

static enum xm_mode mode_of(const char *name)
{
	enum xm_mode mode = XM_MODE_COUNT;

	while (--mode > XM_MODE_NONE && strcmp(mode_names[mode], name) != 0)
		;
	return mode;
}

static void row_cut(struct table *t, char *line)
{
	char **cells = t->cells[t->rows++];
	size_t n = 0;

	for (char *cell = strtok(line, "\t\n"); cell; cell = strtok(NULL, "\t\n")) {
		assert_true(n < COLUMNS);
		cells[n++] = cell + (*cell == '\\'); /* "\-" */
	}
	assert_true(t->rows == 1 || n == t->columns);
	t->columns = n;
}

/* The rows of a table of tbl(1): behind the formats, which end with a dot, up to .TE */
static void table_read(struct table *t, unsigned int number)
{
	FILE *page = fopen(PAGE, "re");
	char line[256], *end = t->text;
	bool inside = false;

	memset(t->cells, 0, sizeof(t->cells));
	t->rows = 0;
	assert_non_null(page);
	while (fgets(line, sizeof(line), page)) {
		if (!strcmp(line, ".TS\n") && number--)
			continue;
		if (number != -1u)
			continue;
		if (!strcmp(line, ".TE\n"))
			break;
		if (inside) {
			assert_true(t->rows < ROWS &&
				    end + sizeof(line) < t->text + sizeof(t->text));
			strcpy(end, line);
			row_cut(t, end);
			end += strlen(line) + 1;
		}
		inside |= strchr(line, '.') && line[0] != '.';
	}
	fclose(page);
	assert_true(t->rows > 5);
}

/* Compares a cell with what the oracle says, which is NULL when the situation cannot occur */
static size_t cell_compare(const struct table *t, size_t row, size_t column, const char *said)
{
	const char *cell = t->cells[row][column];

	if (!strcmp(cell, said ? said : "-"))
		return 0;
	print_error("%s %s, %s: '%s' in " PAGE ", '%s' by the rules\n", t->cells[row][0],
		    t->cells[row][1], t->cells[0][column], cell, said ? said : "-");
	return 1;
}

static struct situation situation_from(const char *from)
{
	struct situation s = { .origin = XM_FROM_ENDPOINT, .sender = mode_of(from) };

	if (s.sender == XM_MODE_NONE)
		s.origin = !strcmp(from, "host") ? XM_FROM_HOST : XM_FROM_WIRE;
	return s;
}

static const char *unicast_word(const struct situation *s)
{
	struct outcome o;

	if (situation_excluded(s))
		return NULL;
	oracle(s, &o);
	assert_int_equal(o.dest + o.stack + o.wire, 1);
	return o.dest ? "endpoint" : o.stack ? "stack" : "wire";
}

static void test_unicast(void **state)
{
	struct table t;
	size_t wrong = 0, compared = 0;

	(void)state;
	table_read(&t, 0);
	for (size_t row = 1; row < t.rows; row++) {
		for (size_t column = 1; column < t.columns; column++) {
			struct situation s = situation_from(t.cells[row][0]);

			/* The host does not send to itself, and has a passthru endpoint's MAC */
			if (s.origin == XM_FROM_HOST && !strcmp(t.cells[row][column], "-"))
				continue;
			s.dest = mode_of(t.cells[0][column]);
			s.dest_parent = !strcmp(t.cells[0][column], "parent");
			s.passthru = s.sender == XM_MODE_PASSTHRU || s.dest == XM_MODE_PASSTHRU;
			wrong += cell_compare(&t, row, column, unicast_word(&s));
			compared++;
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(compared >= 45);
}

static const char *copies_word(const struct situation *s, const struct outcome *o,
			       enum xm_mode mode)
{
	bool sender = o->sender && s->sender == mode, others = o->bystander[mode][0];

	if (mode == XM_MODE_SOURCE) {
		assert_false(others);
		return o->listeners ? (sender ? "both" : "listed") : (sender ? "sender" : "no");
	}
	if (!others)
		return sender ? "sender" : "no";
	return sender || s->sender != mode ? "yes" : "others";
}

static const char *group_word(const struct situation *s, const char *title)
{
	enum xm_mode mode = mode_of(title);
	struct outcome o;

	if (situation_excluded(s))
		return NULL;
	oracle(s, &o);
	if (mode)
		return copies_word(s, &o, mode);
	return (!strcmp(title, "stack") ? o.stack : o.wire) ? "yes" : "no";
}

static void test_group(void **state)
{
	struct table t;
	size_t wrong = 0, compared = 0;

	(void)state;
	table_read(&t, 1);
	for (size_t row = 1; row < t.rows; row++) {
		for (size_t column = 2; column < t.columns; column++) {
			const char *title = t.cells[0][column];
			struct situation s = situation_from(t.cells[row][0]);

			/* A frame does not go where it has come from */
			if (!mode_of(title) && !strcmp(t.cells[row][column], "-"))
				continue;
			s.group = true;
			if (s.origin == XM_FROM_WIRE)
				s.sender = mode_of(t.cells[row][1]);
			s.passthru =
				s.sender == XM_MODE_PASSTHRU || mode_of(title) == XM_MODE_PASSTHRU;
			if (s.passthru && mode_of(title) && mode_of(title) != XM_MODE_PASSTHRU)
				s.dest = mode_of(title); /* beside a passthru endpoint */
			wrong += cell_compare(&t, row, column, group_word(&s, title));
			compared++;
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(compared >= 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unicast),
		cmocka_unit_test(test_group),
	};

	return SUMMARY_RUN(tests);
}
