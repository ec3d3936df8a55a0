/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The order of the rows, and which of them are shown. Pure. */
#ifndef XM_TOP_ORDER_H
#define XM_TOP_ORDER_H

#include "top/rates.h"

/* What rows are sorted by: the keyword after `sort` */
#define XM_TOP_KEYS(X)                                                                             \
	X(TRAFFIC, "traffic") /* bits both ways */                                                 \
	X(NAME, "name")                                                                            \
	X(PARENT, "parent")                                                                        \
	X(MODE, "mode")                                                                            \
	X(RX_PACKETS, "rx-packets")                                                                \
	X(RX_BITS, "rx-bits")                                                                      \
	X(TX_PACKETS, "tx-packets")                                                                \
	X(TX_BITS, "tx-bits")                                                                      \
	X(DROPS, "drops")                                                                          \
	X(REASON, "reason")

/* clang-format off */
enum xm_top_key {
#define X(id, word) XM_TOP_BY_##id,
	XM_TOP_KEYS(X)
#undef X
	XM_TOP_BY_COUNT
};
/* clang-format on */

const char *xm_top_key_word(enum xm_top_key key);
/* Returns an enum xm_top_key; -1: there is no such word */
int xm_top_key_by_word(const char *word);

/*
 * Sorts the rows: rates from the highest down, unknown ones last; names and words upwards.
 * reversed: the other way round. Equal rows are in the order of parents and names.
 */
void xm_top_sort(struct xm_top_table *t, enum xm_top_key key, bool reversed);

/* What the row has in the columns MODE and REASON */
const char *xm_top_mode_text(const struct xm_top_row *row);
/* Returns ret: the trouble, or the main reason of drops, or "" */
const char *xm_top_reason_text(const struct xm_top_row *row, char ret[XM_TOP_TROUBLE]);

/* Whether a text of the row contains the filter; upper and lower case of ASCII are the same */
bool xm_top_matches(const struct xm_top_row *row, const char *filter);
/* Removes the other rows. The totals stay those of all rows. */
void xm_top_filter(struct xm_top_table *t, const char *filter);

#endif
