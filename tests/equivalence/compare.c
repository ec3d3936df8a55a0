// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares what both sides saw. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "eq.h"

const char *const diff_kind_text[] = {
	[MISSING] = "missing", [EXTRA] = "extra",   [TYPE] = "type",
	[CONTENT] = "content", [HEADER] = "header", [ORDER] = "order",
};

void view_reset(struct view *v)
{
	v->n = 0;
	v->n_bytes = 0;
}

static void *grow_array(void *old, size_t *max, size_t need, size_t size)
{
	void *new;

	if (need <= *max)
		return old;
	*max = need * 2;
	new = realloc(old, *max * size);
	if (!new)
		xmt_die("out of memory");
	return new;
}

/*
 * Index in the batch, or -1: found by the number in the payload, else by the bytes, with or
 * without the outer tag.
 */
static int frame_index(const struct xmt_pkt *pkt, const struct frame *batch, unsigned int n)
{
	const uint8_t *at;
	uint32_t number;
	unsigned int i;

	if (!n)
		return -1;
	at = memmem(pkt->data, pkt->len < 128 ? pkt->len : 128, FRAME_MARK, 4);
	if (at && at + 8 <= pkt->data + pkt->len) {
		memcpy(&number, at + 4, 4);
		number = ntohl(number) - (uint32_t)batch[0].number;
		return number < n ? (int)number : -1;
	}
	for (i = 0; i < n; i++) {
		const struct frame *f = &batch[i];

		if (f->len == pkt->len && !memcmp(f->data, pkt->data, f->len))
			return i;
		if (f->len == pkt->len + 4u && !memcmp(f->data, pkt->data, 12) &&
		    !memcmp(f->data + 16, pkt->data + 12, pkt->len - 12))
			return i;
	}
	return -1;
}

/*
 * A receiver's kernel completes a partial checksum, so the complete one is compared. A frame that
 * is not marked CHECKSUM_PARTIAL but still has the partial sum in it counts as a difference.
 */
void complete_checksum(uint8_t *data, unsigned int len, const struct frame *f)
{
	unsigned int removed = f->len - len, start = f->csum_start - removed;
	uint16_t sum;

	/* one tag at most; a segment of a GSO frame is another frame */
	if (!f->csum_start || removed > 4 || start + f->csum_offset + 2 > len)
		return;
	sum = ~xmt_csum_add(0, data + start, len - start) ?: 0xffff;
	data[start + f->csum_offset] = sum >> 8;
	data[start + f->csum_offset + 1] = sum;
}

struct seen *view_add(struct view *v, unsigned int receiver, const struct xmt_pkt *pkt,
		      const struct frame *batch, unsigned int n)
{
	struct seen *s;

	v->seen = grow_array(v->seen, &v->max, v->n + 1, sizeof(*v->seen));
	v->bytes = grow_array(v->bytes, &v->max_bytes, v->n_bytes + pkt->len, 1);
	s = &v->seen[v->n++];
	*s = (struct seen){
		.receiver = receiver,
		.frame = frame_index(pkt, batch, n),
		.type = pkt->type,
		.proto = pkt->proto,
		.len = pkt->len,
		.offset = v->n_bytes,
	};
	memcpy(v->bytes + v->n_bytes, pkt->data, pkt->len);
	if (pkt->csum_partial && s->frame >= 0)
		complete_checksum(v->bytes + v->n_bytes, pkt->len, &batch[s->frame]);
	v->n_bytes += pkt->len;
	return s;
}

static bool same_bytes(const struct view *l, const struct seen *a, const struct view *r,
		       const struct seen *b)
{
	return a->len == b->len && a->proto == b->proto &&
	       !memcmp(l->bytes + a->offset, r->bytes + b->offset, a->len);
}

static bool same_receipt(const struct seen *a, const struct seen *b)
{
	return a->receiver == b->receiver && a->frame == b->frame;
}

/* The kind of the difference between two receipts of a frame; DIFF_KINDS: they are equal */
static unsigned int receipt_diff(const struct view *l, const struct seen *a, const struct view *r,
				 const struct seen *b)
{
	if (!same_bytes(l, a, r, b))
		return CONTENT;
	if (memcmp(a->header, b->header, HEADER_MAX))
		return HEADER;
	return a->type != b->type ? TYPE : DIFF_KINDS;
}

/* Pair equal receipts; with `loose`, receipts of the same frame at the same receiver. */
static void pair_seen(struct view *l, struct view *r, bool loose, diff_fn fn, void *arg)
{
	size_t i, j;

	for (i = 0; i < l->n; i++) {
		struct seen *a = &l->seen[i];

		for (j = 0; j < r->n && !a->paired; j++) {
			struct seen *b = &r->seen[j];
			struct diff d = { DIFF_KINDS, a->receiver, a->frame, a, b };

			if (b->paired || !same_receipt(a, b) || (loose && a->frame < 0))
				continue;
			d.kind = receipt_diff(l, a, r, b);
			if (!loose && d.kind != DIFF_KINDS)
				continue;
			a->paired = b->paired = true;
			if (loose)
				fn(&d, arg);
		}
	}
}

static void report_unpaired(struct view *v, bool left, diff_fn fn, void *arg)
{
	size_t i;

	for (i = 0; i < v->n; i++) {
		struct seen *s = &v->seen[i];
		struct diff d = {
			left ? MISSING : EXTRA, s->receiver,	 s->frame,
			left ? s : NULL,	left ? NULL : s,
		};

		if (!s->paired)
			fn(&d, arg);
	}
}

bool same_flow(const struct frame *a, const struct frame *b)
{
	unsigned int at = frame_ethertype_at(a->data, a->len);

	return a->sender == b->sender && !memcmp(a->data, b->data, 12) &&
	       at == frame_ethertype_at(b->data, b->len) && !strcmp(a->what, b->what) &&
	       (at == 12 || !memcmp(a->data + 12, b->data + 12, 2)) && !a->fragment;
}

/* Whether `s` arrived before an older frame of its flow. */
static bool seen_overtook(const struct view *v, const struct seen *s, const struct frame *batch)
{
	const struct seen *next;

	for (next = s + 1; next < v->seen + v->n; next++)
		if (next->receiver == s->receiver && next->frame >= 0 && next->frame < s->frame &&
		    same_flow(&batch[next->frame], &batch[s->frame]))
			return true;
	return false;
}

static const struct seen *view_find(const struct view *v, const struct seen *s)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (same_receipt(&v->seen[i], s))
			return &v->seen[i];
	return NULL;
}

static void compare_order(const struct view *l, const struct view *r, const struct frame *batch,
			  diff_fn fn, void *arg)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct seen *b = &r->seen[i], *a;
		struct diff d = { ORDER, b->receiver, b->frame, NULL, b };

		if (b->frame < 0 || !seen_overtook(r, b, batch))
			continue;
		a = view_find(l, b);
		if (!a || seen_overtook(l, a, batch))
			continue;
		d.left = a;
		fn(&d, arg);
	}
}

struct counter {
	diff_fn fn;
	void *arg;
	unsigned int n;
};

static void count_difference(const struct diff *d, void *arg)
{
	struct counter *c = arg;

	c->n++;
	c->fn(d, c->arg);
}

unsigned int compare(struct view *left, struct view *right, const struct frame *batch, diff_fn fn,
		     void *arg)
{
	struct counter c = { fn, arg, 0 };

	compare_order(left, right, batch, count_difference, &c);
	pair_seen(left, right, false, count_difference, &c);
	pair_seen(left, right, true, count_difference, &c);
	report_unpaired(left, true, count_difference, &c);
	report_unpaired(right, false, count_difference, &c);
	return c.n;
}
