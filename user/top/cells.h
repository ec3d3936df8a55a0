/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts of the table for a terminal of any width. Pure but for the locale (LC_CTYPE). */
#ifndef XM_TOP_CELLS_H
#define XM_TOP_CELLS_H

#include "top/order.h"

#define XM_TOP_CELL 1024 /* octets of a cell's text */

/*
 * Writes text into ret so that a terminal shows it in at most `columns` columns, and returns how
 * many it takes. Control characters, characters without a width and octets that are no character
 * of the locale become '?'. A text that is cut ends in '~'.
 */
int xm_top_fit(const char *text, int columns, char ret[XM_TOP_CELL]);

#define XM_TOP_RATE 8

/* Writes a rate with three digits: "0", "1.50", "12.3k"; "-" when it is not known. Returns ret. */
const char *xm_top_rate_text(bool known, double rate, char ret[XM_TOP_RATE]);

enum xm_top_column {
	XM_TOP_NAME,
	XM_TOP_PARENT,
	XM_TOP_MODE,
	XM_TOP_RX_PACKETS,
	XM_TOP_RX_BITS,
	XM_TOP_TX_PACKETS,
	XM_TOP_TX_BITS,
	XM_TOP_DROPS,
	XM_TOP_REASON,
	XM_TOP_PLACE_COLUMN,
	XM_TOP_COLUMNS
};

/* Width of each column; 0: it is not shown. There is one column between two of them. */
struct xm_top_layout {
	int width[XM_TOP_COLUMNS];
};

/*
 * Chooses columns that fit into a line, and their widths, by the texts of the rows. columns: of the
 * terminal; 0: every column has the width that its texts need.
 */
void xm_top_layout(const struct xm_top_table *t, int columns, struct xm_top_layout *ret);

const char *xm_top_title(enum xm_top_column column);
/* The key that sorts by the column; -1: none does */
int xm_top_column_key(enum xm_top_column column);
/* Writes a title or a cell, padded to the width of its column. Return ret. */
const char *xm_top_title_text(const struct xm_top_layout *l, enum xm_top_column column,
			      char ret[XM_TOP_CELL]);
const char *xm_top_cell_text(const struct xm_top_layout *l, enum xm_top_column column,
			     const struct xm_top_row *row, char ret[XM_TOP_CELL]);

/*
 * Writes the line of totals: how many endpoints and parents, rates both ways, drops. Returns ret.
 */
const char *xm_top_total_text(const struct xm_top_table *t, char ret[XM_TOP_CELL]);

#endif
