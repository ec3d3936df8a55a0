// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/text.h"
#include "top/cells.h"

#define RATE_WIDTH 6

/*
 * Reads the character at *text and moves *text behind it. Writes what the terminal gets (at most
 * MB_LEN_MAX octets and a NUL) and returns its width, 1 or 2. Characters without a width are
 * refused: they join with others, or turn the direction of the line.
 */
static int take_char(const char **text, char *ret)
{
	mbstate_t state = {};
	wchar_t wide;
	size_t len = mbrtowc(&wide, *text, strlen(*text), &state);
	bool is_char = len != (size_t)-1 && len != (size_t)-2 && len;
	int width = is_char && iswprint(wide) ? wcwidth(wide) : 0;

	if (width == 1 || width == 2) {
		memcpy(ret, *text, len);
		ret[len] = '\0';
	} else {
		strcpy(ret, "?");
		width = 1;
	}
	*text += is_char ? len : 1;
	return width;
}

/* How many columns the text takes when it is not cut */
static int text_width(const char *text)
{
	char one[MB_LEN_MAX + 1];
	int ret = 0;

	while (*text)
		ret += take_char(&text, one);
	return ret;
}

int xm_top_fit(const char *text, int columns, char ret[XM_TOP_CELL])
{
	bool cut = text_width(text) > columns;
	int used = 0;
	size_t len = 0;

	while (*text) {
		char one[MB_LEN_MAX + 1];
		int width = take_char(&text, one);

		if (used + width > columns - cut || len + strlen(one) + 2 > XM_TOP_CELL)
			break;
		used += width;
		len += snprintf(ret + len, XM_TOP_CELL - len, "%s", one);
	}
	if (cut && used < columns) {
		ret[len++] = '~';
		used++;
	}
	ret[len] = '\0';
	return used;
}

const char *xm_top_rate_text(bool known, double rate, char ret[XM_TOP_RATE])
{
	static const char prefixes[] = "kMGTPE";
	const char *prefix = NULL;

	if (!known || rate <= 0) {
		strcpy(ret, known ? "0" : "-");
		return ret;
	}
	if (rate < 0.01)
		rate = 0.01;
	for (; rate >= 999.5 && (!prefix || prefix[1]); rate /= 1000)
		prefix = prefix ? prefix + 1 : prefixes;
	if (rate > 999)
		rate = 999;
	snprintf(ret, XM_TOP_RATE, "%.*f%.*s",
		 rate < 9.995	? 2
		 : rate < 99.95 ? 1
				: 0,
		 rate, !!prefix, prefix ? prefix : "");
	return ret;
}

/*
 * min: width below which the column is not shown; max: 0 means as wide as its texts. Columns are
 * taken in the order of `rank`, and get more room in the order of `more`.
 */
static const struct column {
	const char *title;
	int key; /* enum xm_top_key; -1: none */
	int min, max, rank, more;
	bool is_rate;
} table[XM_TOP_COLUMNS] = {
	[XM_TOP_NAME] = { "ENDPOINT", XM_TOP_BY_NAME, 8, XM_NAME_LEN - 1, 0, 0, false },
	[XM_TOP_RX_BITS] = { "RX b/s", XM_TOP_BY_RX_BITS, RATE_WIDTH, RATE_WIDTH, 1, 9, true },
	[XM_TOP_TX_BITS] = { "TX b/s", XM_TOP_BY_TX_BITS, RATE_WIDTH, RATE_WIDTH, 2, 9, true },
	[XM_TOP_DROPS] = { "DROP/s", XM_TOP_BY_DROPS, RATE_WIDTH, RATE_WIDTH, 3, 9, true },
	[XM_TOP_RX_PACKETS] = { "RX p/s", XM_TOP_BY_RX_PACKETS, RATE_WIDTH, RATE_WIDTH, 4, 9,
				true },
	[XM_TOP_TX_PACKETS] = { "TX p/s", XM_TOP_BY_TX_PACKETS, RATE_WIDTH, RATE_WIDTH, 5, 9,
				true },
	[XM_TOP_MODE] = { "MODE", XM_TOP_BY_MODE, 8, 8, 6, 9, false },
	[XM_TOP_REASON] = { "REASON", XM_TOP_BY_REASON, 10, 0, 7, 1, false },
	[XM_TOP_PARENT] = { "PARENT", XM_TOP_BY_PARENT, 6, XM_NAME_LEN - 1, 8, 2, false },
	[XM_TOP_PLACE_COLUMN] = { "PLACE", -1, 10, 0, 9, 3, false },
};

#define REASON_WIDTH 19 /* of the longest key */

static const char *cell_raw(enum xm_top_column column, const struct xm_top_row *row,
			    char ret[XM_TOP_TROUBLE])
{
	switch (column) {
	case XM_TOP_NAME:
		return row->now->name;
	case XM_TOP_PARENT:
		return row->now->parent;
	case XM_TOP_MODE:
		return xm_top_mode_text(row);
	case XM_TOP_REASON:
		return xm_top_reason_text(row, ret);
	case XM_TOP_PLACE_COLUMN:
		return row->now->place;
	default:
		return "";
	}
}

/* The width that the column needs for its title and its texts */
static int column_wanted(const struct xm_top_table *t, enum xm_top_column column)
{
	const struct column *c = &table[column];
	int ret = column == XM_TOP_REASON ? REASON_WIDTH : c->min, width;
	char text[XM_TOP_TROUBLE];

	if (c->min == c->max)
		return c->min;
	for (size_t i = 0; i < t->count; i++) {
		width = text_width(cell_raw(column, &t->rows[i], text));
		ret = width > ret ? width : ret;
	}
	return c->max && ret > c->max ? c->max : ret;
}

static bool place_is_empty(const struct xm_top_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].now->place[0])
			return false;
	return true;
}

/* Gives columns the room that is left */
static void layout_widen(const struct xm_top_table *t, int left, struct xm_top_layout *l)
{
	for (int more = 0; more < 9 && left > 0; more++)
		for (int i = 0; i < XM_TOP_COLUMNS; i++) {
			int extra = l->width[i] && table[i].more == more
					    ? column_wanted(t, i) - l->width[i]
					    : 0;

			extra = extra < left ? extra : left;
			l->width[i] += extra;
			left -= extra;
		}
}

void xm_top_layout(const struct xm_top_table *t, int columns, struct xm_top_layout *ret)
{
	bool no_place = place_is_empty(t), full = false;
	int left = columns;

	*ret = (struct xm_top_layout){};
	for (int rank = 0; rank < XM_TOP_COLUMNS && !full; rank++)
		for (int i = 0; i < XM_TOP_COLUMNS; i++) {
			int gap = rank ? 1 : 0;

			if (table[i].rank != rank || (i == XM_TOP_PLACE_COLUMN && no_place))
				continue;
			if (!columns) {
				ret->width[i] = column_wanted(t, i);
				continue;
			}
			full = left < table[i].min + gap;
			if (full && !rank) /* the names, however narrow the terminal */
				ret->width[i] = columns;
			if (full)
				break;
			ret->width[i] = table[i].min;
			left -= table[i].min + gap;
		}
	if (columns && ret->width[XM_TOP_NAME] != columns)
		layout_widen(t, left, ret);
}

const char *xm_top_title(enum xm_top_column column)
{
	return table[column].title;
}

int xm_top_column_key(enum xm_top_column column)
{
	return table[column].key;
}

/* Rates are at the right end of their column, texts at the left */
static const char *cell_pad(const char *text, int width, bool right, char ret[XM_TOP_CELL])
{
	char fitted[XM_TOP_CELL];
	int used = xm_top_fit(text, width, fitted);
	int pad = width - used < XM_TOP_CELL / 2 ? width - used : XM_TOP_CELL / 2;

	if (right)
		snprintf(ret, XM_TOP_CELL, "%*s%.500s", pad, "", fitted);
	else
		snprintf(ret, XM_TOP_CELL, "%.500s%*s", fitted, pad, "");
	return ret;
}

const char *xm_top_title_text(const struct xm_top_layout *l, enum xm_top_column column,
			      char ret[XM_TOP_CELL])
{
	return cell_pad(table[column].title, l->width[column], table[column].is_rate, ret);
}

static double cell_rate(enum xm_top_column column, const struct xm_top_rates *r)
{
	switch (column) {
	case XM_TOP_RX_PACKETS:
		return r->rx_packets;
	case XM_TOP_RX_BITS:
		return r->rx_bits;
	case XM_TOP_TX_PACKETS:
		return r->tx_packets;
	case XM_TOP_TX_BITS:
		return r->tx_bits;
	default:
		return r->drops;
	}
}

/* A parent sends and receives nothing that is counted for it: it has drops only */
static bool cell_is_blank(enum xm_top_column column, const struct xm_top_row *row)
{
	return table[column].is_rate && column != XM_TOP_DROPS && row->now->slot == XM_SLOT_PARENT;
}

const char *xm_top_cell_text(const struct xm_top_layout *l, enum xm_top_column column,
			     const struct xm_top_row *row, char ret[XM_TOP_CELL])
{
	char rate[XM_TOP_RATE], text[XM_TOP_TROUBLE];
	const char *raw;

	if (cell_is_blank(column, row))
		raw = "";
	else if (table[column].is_rate)
		raw = xm_top_rate_text(row->rates.known, cell_rate(column, &row->rates), rate);
	else
		raw = cell_raw(column, row, text);
	return cell_pad(raw, l->width[column], table[column].is_rate, ret);
}

const char *xm_top_total_text(const struct xm_top_table *t, char ret[XM_TOP_CELL])
{
	const struct xm_top_rates *r = &t->total;
	char text[5][XM_TOP_RATE];

	snprintf(ret, XM_TOP_CELL, "rx %s b/s, %s p/s  tx %s b/s, %s p/s  drops %s/s%s%s%s",
		 xm_top_rate_text(r->known, r->rx_bits, text[0]),
		 xm_top_rate_text(r->known, r->rx_packets, text[1]),
		 xm_top_rate_text(r->known, r->tx_bits, text[2]),
		 xm_top_rate_text(r->known, r->tx_packets, text[3]),
		 xm_top_rate_text(r->known, r->drops, text[4]), r->reason < 0 ? "" : " (",
		 r->reason < 0 ? "" : xm_reason_key(r->reason), r->reason < 0 ? "" : ")");
	return ret;
}
