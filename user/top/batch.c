// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "base/text.h"
#include "top/batch.h"
#include "top/cells.h"
#include "top/collect.h"

/* Prints a line without the blanks at its end */
static void print_line(char *line)
{
	size_t len = strlen(line);

	while (len && line[len - 1] == ' ')
		len--;
	printf("%.*s\n", (int)len, line);
}

/* row: NULL for the titles */
static void print_row(const struct xm_top_layout *l, const struct xm_top_row *row)
{
	char line[XM_TOP_COLUMNS * XM_TOP_CELL] = "", cell[XM_TOP_CELL];
	size_t len = 0;

	for (int i = 0; i < XM_TOP_COLUMNS; i++)
		if (l->width[i])
			len += snprintf(line + len, sizeof(line) - len, "%s%s", len ? " " : "",
					row ? xm_top_cell_text(l, i, row, cell)
					    : xm_top_title_text(l, i, cell));
	print_line(line);
}

static void print_text(const struct xm_top_table *t)
{
	struct xm_top_layout layout;
	char total[XM_TOP_CELL];

	xm_top_layout(t, 0, &layout);
	print_row(&layout, NULL);
	for (size_t i = 0; i < t->count; i++)
		print_row(&layout, &t->rows[i]);
	printf("%zu endpoint%s, %zu parent%s, %.3g s: %s\n", t->endpoints,
	       t->endpoints == 1 ? "" : "s", t->parents, t->parents == 1 ? "" : "s", t->seconds,
	       xm_top_total_text(t, total));
}

static json_t *rate_json(const struct xm_top_rates *r, double rate)
{
	return r->known ? json_real(rate) : json_null();
}

static json_t *direction_json(const struct xm_top_rates *r, double packets, double bits)
{
	return json_pack("{s:o, s:o}", "packets", rate_json(r, packets), "bits",
			 rate_json(r, bits));
}

static void add_drops(json_t *object, const struct xm_top_rates *r)
{
	json_t *reasons = json_object();

	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		json_object_set_new(reasons, xm_reason_key(i), rate_json(r, r->reasons[i]));
	json_object_set_new(object, "dropped", rate_json(r, r->drops));
	json_object_set_new(object, "reason",
			    r->reason < 0 ? json_null() : json_string(xm_reason_key(r->reason)));
	json_object_set_new(object, "drops", reasons);
}

static void add_rates(json_t *object, const struct xm_top_rates *r)
{
	json_object_set_new(object, "rx", direction_json(r, r->rx_packets, r->rx_bits));
	json_object_set_new(object, "tx", direction_json(r, r->tx_packets, r->tx_bits));
	add_drops(object, r);
}

static json_t *trouble_json(const struct xm_top_counted *c)
{
	return xm_json_text_or_null(c->trouble);
}

static json_t *parent_json(const struct xm_top_row *row)
{
	json_t *object =
		json_pack("{s:o, s:b, s:o}", "ifname", xm_json_text(row->now->name), "broken",
			  row->now->is_broken, "trouble", trouble_json(row->now));

	add_drops(object, &row->rates);
	return object;
}

static json_t *endpoint_json(const struct xm_top_row *row)
{
	json_t *object = json_pack(
		"{s:o, s:o, s:s, s:o, s:o}", "ifname", xm_json_text(row->now->name), "link",
		xm_json_text(row->now->parent), "mode", xm_top_mode_text(row), "place",
		xm_json_text_or_null(row->now->place), "trouble", trouble_json(row->now));

	add_rates(object, &row->rates);
	return object;
}

static void print_json(const struct xm_top_table *t, bool pretty)
{
	json_t *endpoints = json_array(), *parents = json_array(), *total = json_object(), *all;

	for (size_t i = 0; i < t->count; i++) {
		const struct xm_top_row *row = &t->rows[i];

		if (row->now->slot == XM_SLOT_PARENT)
			json_array_append_new(parents, parent_json(row));
		else
			json_array_append_new(endpoints, endpoint_json(row));
	}
	add_rates(total, &t->total);
	all = json_pack("{s:f, s:o, s:o, s:o}", "seconds", t->seconds, "endpoints", endpoints,
			"parents", parents, "total", total);
	json_dumpf(all, stdout, JSON_REAL_PRECISION(9) | (pretty ? JSON_INDENT(4) : JSON_COMPACT));
	putchar('\n');
	json_decref(all);
}

static int print_table(const struct xm_top_options *o, const struct xm_top_sample *before,
		       const struct xm_top_sample *now, bool first, struct xm_err *e)
{
	struct xm_top_table table;

	if (xm_top_compare(before, now, &table))
		return xm_fail(e, ENOMEM, "out of memory");
	xm_top_sort(&table, o->key, o->reversed);
	if (!o->json && !first)
		putchar('\n');
	if (o->json)
		print_json(&table, o->pretty);
	else
		print_text(&table);
	free(table.rows);
	return fflush(stdout) || ferror(stdout) ? xm_fail(e, EIO, "cannot write the output") : 0;
}

/* Sleeps until `seconds` after *due, and sets *due to that time or, if it has passed, to now */
static void sleep_until(struct timespec *due, double seconds)
{
	struct timespec now;
	long long ns = due->tv_nsec + (long long)(seconds * 1e9);

	due->tv_sec += ns / 1000000000;
	due->tv_nsec = ns % 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL) == EINTR)
		;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - due->tv_sec > seconds)
		*due = now;
}

int xm_top_batch(const struct xm_top_options *options, struct xm_err *e)
{
	struct xm_top_sample before, now = {};
	struct timespec due;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &due);
	err = xm_top_collect(options->names, options->name_count, &before, e);
	if (!err)
		err = xm_top_check_found(&before, e);
	for (unsigned long i = 0; !err && (!options->count || i < options->count); i++) {
		sleep_until(&due, options->seconds);
		err = xm_top_collect(options->names, options->name_count, &now, e);
		if (!err)
			err = print_table(options, &before, &now, !i, e);
		xm_top_sample_free(&before);
		before = now;
		now = (struct xm_top_sample){};
	}
	xm_top_sample_free(&before);
	return err;
}
