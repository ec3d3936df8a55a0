// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "top/order.h"

static const char *const words[XM_TOP_BY_COUNT] = {
#define X(id, word) [XM_TOP_BY_##id] = word,
	XM_TOP_KEYS(X)
#undef X
};

const char *xm_top_key_word(enum xm_top_key key)
{
	return words[key];
}

int xm_top_key_by_word(const char *word)
{
	for (int i = 0; i < XM_TOP_BY_COUNT; i++)
		if (!strcmp(word, words[i]))
			return i;
	return -1;
}

const char *xm_top_mode_text(const struct xm_top_row *row)
{
	const struct xm_top_counted *c = row->now;
	const char *mode = c->slot == XM_SLOT_PARENT ? NULL : xm_mode_name(c->mode);

	if (c->slot == XM_SLOT_PARENT)
		return c->is_broken ? "broken" : "parent";
	return mode ? mode : "?";
}

const char *xm_top_reason_text(const struct xm_top_row *row, char ret[XM_TOP_TROUBLE])
{
	const char *reason = row->rates.reason < 0 ? "" : xm_reason_key(row->rates.reason);
	const char *trouble = row->now->trouble;

	snprintf(ret, XM_TOP_TROUBLE, "%s", trouble[0] ? trouble : reason);
	return ret;
}

static double rate_of(const struct xm_top_row *row, enum xm_top_key key)
{
	const struct xm_top_rates *r = &row->rates;

	if (!r->known)
		return -1;
	switch (key) {
	case XM_TOP_BY_RX_PACKETS:
		return r->rx_packets;
	case XM_TOP_BY_RX_BITS:
		return r->rx_bits;
	case XM_TOP_BY_TX_PACKETS:
		return r->tx_packets;
	case XM_TOP_BY_TX_BITS:
		return r->tx_bits;
	case XM_TOP_BY_DROPS:
		return r->drops;
	default:
		return r->rx_bits + r->tx_bits;
	}
}

static int compare_identity(const struct xm_top_row *a, const struct xm_top_row *b)
{
	int ret = strcmp(a->now->parent, b->now->parent);

	if (!ret) /* a parent before its endpoints */
		ret = (a->now->slot != XM_SLOT_PARENT) - (b->now->slot != XM_SLOT_PARENT);
	return ret ? ret : strcmp(a->now->name, b->now->name);
}

/* Rows without a reason are behind those with one */
static int compare_reason(const struct xm_top_row *a, const struct xm_top_row *b)
{
	char one[XM_TOP_TROUBLE], other[XM_TOP_TROUBLE];

	xm_top_reason_text(a, one);
	xm_top_reason_text(b, other);
	return !one[0] != !other[0] ? !one[0] - !other[0] : strcmp(one, other);
}

static int compare_by(const struct xm_top_row *a, const struct xm_top_row *b, enum xm_top_key key)
{
	double one, other;

	switch (key) {
	case XM_TOP_BY_NAME:
		return strcmp(a->now->name, b->now->name);
	case XM_TOP_BY_PARENT:
		return strcmp(a->now->parent, b->now->parent);
	case XM_TOP_BY_MODE:
		return strcmp(xm_top_mode_text(a), xm_top_mode_text(b));
	case XM_TOP_BY_REASON:
		return compare_reason(a, b);
	default:
		one = rate_of(a, key);
		other = rate_of(b, key);
		return (one < other) - (one > other);
	}
}

struct order {
	enum xm_top_key key;
	bool reversed;
};

static int compare_rows(const void *a, const void *b, void *data)
{
	const struct order *o = data;
	int ret = compare_by(a, b, o->key);

	if (ret)
		return o->reversed ? -ret : ret;
	return compare_identity(a, b);
}

void xm_top_sort(struct xm_top_table *t, enum xm_top_key key, bool reversed)
{
	struct order o = { key, reversed };

	if (t->count)
		qsort_r(t->rows, t->count, sizeof(*t->rows), compare_rows, &o);
}

bool xm_top_matches(const struct xm_top_row *row, const char *filter)
{
	char reason[XM_TOP_TROUBLE];

	return strcasestr(row->now->name, filter) || strcasestr(row->now->parent, filter) ||
	       strcasestr(row->now->place, filter) || strcasestr(xm_top_mode_text(row), filter) ||
	       strcasestr(xm_top_reason_text(row, reason), filter);
}

void xm_top_filter(struct xm_top_table *t, const char *filter)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++)
		if (xm_top_matches(&t->rows[i], filter))
			t->rows[kept++] = t->rows[i];
	t->count = kept;
}
