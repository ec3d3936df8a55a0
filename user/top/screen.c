// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "top/cells.h"
#include "top/collect.h"
#include "top/screen.h"
#include "top/terminal.h"
#include "top/view.h"

#define LINES_AROUND 4 /* status, totals and titles above the rows, a line below */

struct screen {
	const struct xm_top_options *options;
	struct xm_top_styles styles;
	struct xm_top_view view;
	struct xm_top_sample before, now;
	struct xm_top_table table; /* of these two, in the order of the view */
	struct xm_err error; /* of the last sample */
	unsigned long shown; /* tables with rates */
};

/* Puts a text at the begin of a line, cut to its end */
static void screen_put_line(int line, unsigned long style, const char *text)
{
	char fitted[XM_TOP_CELL];

	xm_top_fit(text, COLS, fitted);
	attrset(style);
	mvaddstr(line, 0, fitted);
	attrset(A_NORMAL);
}

static void screen_draw_status(const struct screen *s)
{
	const char *filter = xm_top_view_filter(&s->view);
	char text[XM_TOP_CELL];

	snprintf(text, sizeof(text), "%zu endpoint%s, %zu parent%s  every %g s  sort %s%s%s%s%s",
		 s->table.endpoints, s->table.endpoints == 1 ? "" : "s", s->table.parents,
		 s->table.parents == 1 ? "" : "s", s->view.seconds, xm_top_key_word(s->view.key),
		 s->view.reversed ? " reversed" : "", s->view.paused ? "  PAUSED" : "",
		 filter[0] ? "  filter " : "", filter);
	screen_put_line(0, s->view.paused ? s->styles.key : A_NORMAL, text);
}

static unsigned long screen_style_of(const struct screen *s, enum xm_top_column column,
				     const struct xm_top_row *row)
{
	if (column == XM_TOP_NAME)
		return s->styles.name;
	if (column == XM_TOP_REASON && row->now->trouble[0])
		return s->styles.trouble;
	if ((column == XM_TOP_REASON || column == XM_TOP_DROPS) && row->rates.drops > 0)
		return s->styles.drop;
	return column == XM_TOP_MODE && row->now->is_broken ? s->styles.drop : A_NORMAL;
}

/* row: NULL for the titles */
static void screen_draw_row(const struct screen *s, int line, const struct xm_top_layout *l,
			    const struct xm_top_row *row)
{
	char text[XM_TOP_CELL];
	int at = 0;

	for (int i = 0; i < XM_TOP_COLUMNS; i++) {
		if (!l->width[i])
			continue;
		if (row) {
			attrset(screen_style_of(s, i, row));
			mvaddstr(line, at, xm_top_cell_text(l, i, row, text));
		} else {
			attrset(xm_top_column_key(i) == (int)s->view.key ? s->styles.sorted
									 : s->styles.title);
			mvaddstr(line, at, xm_top_title_text(l, i, text));
		}
		at += l->width[i] + 1;
	}
	attrset(A_NORMAL);
}

static void screen_draw_bottom(const struct screen *s, size_t rows, size_t visible)
{
	const struct xm_top_view *v = &s->view;
	char text[XM_TOP_CELL];

	if (v->prompt == XM_TOP_PROMPT_FILTER)
		snprintf(text, sizeof(text), "filter: %s_", v->input);
	else if (v->prompt == XM_TOP_PROMPT_INTERVAL)
		snprintf(text, sizeof(text), "seconds: %s_", v->input);
	else if (v->message[0])
		snprintf(text, sizeof(text), "%s", v->message);
	else if (s->error.exit_code)
		snprintf(text, sizeof(text), "%s", s->error.text);
	else if (rows > visible)
		snprintf(text, sizeof(text), "rows %zu to %zu of %zu  h help  q quit",
			 v->offset + 1, v->offset + visible, rows);
	else
		snprintf(text, sizeof(text), "h help  q quit");
	screen_put_line(LINES - 1, s->error.exit_code ? s->styles.trouble : A_NORMAL, text);
}

static void screen_draw_help(void)
{
	static const char *const lines[] = {
		"q            quit",
		"/            show rows that contain a text; Esc: all",
		"< > arrows   sort by another column",
		"t n d        sort by traffic, name, drops",
		"r            the other way round",
		"up down      scroll; also PgUp PgDn Home End",
		"p, space     pause",
		"+ -          another interval; i: type it in",
		"h ?          this text; a key ends it",
		"",
		"p/s packets a second, b/s bits a second,",
		"- not known yet; RX: what the endpoint gets",
	};

	for (int i = 0; i < (int)(sizeof(lines) / sizeof(*lines)) && i < LINES; i++)
		screen_put_line(i, A_NORMAL, lines[i]);
}

static size_t screen_visible(void)
{
	return LINES > LINES_AROUND ? LINES - LINES_AROUND : 0;
}

/* *rows: of the table that the filter lets through */
static void screen_draw_table(struct screen *s, size_t *rows)
{
	struct xm_top_table shown = s->table;
	struct xm_top_layout layout;
	char text[XM_TOP_CELL];
	size_t visible = screen_visible();

	*rows = 0;
	shown.rows = malloc((shown.count + 1) * sizeof(*shown.rows));
	if (!shown.rows)
		return;
	if (shown.count)
		memcpy(shown.rows, s->table.rows, shown.count * sizeof(*shown.rows));
	xm_top_filter(&shown, xm_top_view_filter(&s->view));
	xm_top_sort(&shown, s->view.key, s->view.reversed);
	xm_top_view_limit(&s->view, shown.count, visible);
	xm_top_layout(&shown, COLS, &layout);
	screen_draw_status(s);
	screen_put_line(1, A_NORMAL, xm_top_total_text(&shown, text));
	screen_draw_row(s, 2, &layout, NULL);
	for (size_t i = 0; i < visible && s->view.offset + i < shown.count; i++)
		screen_draw_row(s, 3 + i, &layout, &shown.rows[s->view.offset + i]);
	*rows = shown.count;
	screen_draw_bottom(s, *rows, visible);
	free(shown.rows);
}

static size_t screen_draw(struct screen *s)
{
	size_t rows = 0;

	erase();
	if (s->view.help)
		screen_draw_help();
	else
		screen_draw_table(s, &rows);
	refresh();
	return rows;
}

/* Takes a sample. One that fails leaves the table as it is, with the error below it. */
static void screen_sample(struct screen *s)
{
	const struct xm_top_options *o = s->options;
	struct xm_top_sample next;
	struct xm_top_table table;

	s->error = (struct xm_err){};
	if (xm_top_collect(o->names, o->name_count, &next, &s->error)) {
		xm_top_sample_free(&next);
		return;
	}
	if (xm_top_compare(s->now.time_ns ? &s->now : NULL, &next, &table)) {
		xm_fail(&s->error, ENOMEM, "out of memory");
		xm_top_sample_free(&next);
		return;
	}
	free(s->table.rows);
	xm_top_sample_free(&s->before);
	s->before = s->now;
	s->now = next;
	s->table = table;
	s->shown += table.seconds > 0;
}

/* Handles keys until it is time for the next sample. Returns false at the end. */
static bool screen_wait(struct screen *s, uint64_t since)
{
	for (;;) {
		size_t rows = screen_draw(s);
		double left = s->view.seconds - (xm_now_ns() - since) / 1e9;
		uint32_t key;
		int ret;

		if (s->view.paused)
			left = XM_TOP_MAX_SECONDS;
		if (left <= 0)
			return true;
		ret = xm_terminal_wait(left, &key);
		if (ret < 0)
			return false;
		if (ret > 0)
			xm_top_view_take(&s->view, key, rows, screen_visible());
		if (s->view.quit)
			return false;
	}
}

static void screen_fatal(const char *text)
{
	xm_terminal_close();
	fprintf(stderr, "xmacvlan: top: %s\n", text);
}

static void screen_run(struct screen *s)
{
	uint64_t since;

	do {
		since = xm_now_ns();
		screen_sample(s);
		if (s->options->count && s->shown >= s->options->count)
			break;
	} while (screen_wait(s, since));
}

int xm_top_screen(const struct xm_top_options *options, int *signal, struct xm_err *e)
{
	struct screen s = { .options = options,
			    .view = { .key = options->key,
				      .reversed = options->reversed,
				      .seconds = options->seconds } };
	int err;

	/* What cannot work is refused while the terminal is as it was */
	err = xm_top_collect(options->names, options->name_count, &s.now, e);
	if (!err)
		err = xm_top_check_found(&s.now, e);
	xm_top_sample_free(&s.now);
	if (!err)
		err = xm_terminal_open(options->no_color, &s.styles, e);
	if (err)
		return err;
	xm_fatal_set_handler(screen_fatal);
	screen_run(&s);
	xm_terminal_close();
	*signal = xm_terminal_signal();
	free(s.table.rows);
	xm_top_sample_free(&s.before);
	xm_top_sample_free(&s.now);
	return 0;
}
