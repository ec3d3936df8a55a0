// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/merge.h"

#define FRAME_ROOM (65536 + 4) /* with a tag that is put in place */
#define HEADER_LEN 14

/* Of a CPU: the copies whose frame was not reported yet */
struct pending {
	struct xm_trace_frame first; /* of the first copy: what all have in common */
	uint8_t *data; /* of it, FRAME_ROOM octets; NULL: there was no copy yet */
	struct xm_trace_copy *copies;
	size_t count, room;
};

struct xm_merge {
	struct xm_merge_options options;
	uint8_t *data; /* of a frame, FRAME_ROOM octets */
	struct pending *pending; /* of each CPU */
};

struct xm_merge *xm_merge_new(const struct xm_merge_options *options)
{
	struct xm_merge *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->options = *options;
	m->data = malloc(FRAME_ROOM);
	m->pending = calloc(options->cpus, sizeof(*m->pending));
	if (m->data && m->pending)
		return m;
	xm_merge_free(m);
	return NULL;
}

/* Without the copies. data: room for the octets, which f->data points to then. */
static struct xm_trace_frame frame_of(const struct xm_merge *m, uint64_t time,
				      const struct xm_event *ev, const uint8_t *frame,
				      uint8_t *data)
{
	struct xm_trace_vlan tag = { ev->vlan_tpid, ev->vlan_tci };
	size_t captured = ev->cap_len < FRAME_ROOM - 4 ? ev->cap_len : FRAME_ROOM - 4;
	struct xm_trace_frame f = { .time = time,
				    .origin = ev->origin,
				    .verdict = ev->verdict,
				    .reason = ev->reason,
				    .data = data,
				    .gso_size = ev->gso_size };

	memcpy(data, frame, captured);
	f.captured = xm_trace_put_tag(data, captured, tag);
	f.len = ev->len + f.captured - captured;
	f.from = m->options.find(ev->slot, m->options.data);
	f.to = m->options.find(ev->dest_slot, m->options.data);
	return f;
}

/* Each of the pending copies as a frame of its own */
static void pending_end(const struct xm_merge *m, struct pending *p)
{
	struct xm_trace_frame f = p->first;

	f.is_copy = true;
	f.verdict = 0;
	for (size_t i = 0; i < p->count; i++) {
		f.to = p->copies[i].to;
		f.reason = p->copies[i].reason;
		m->options.frame(&f, m->options.data);
	}
	p->count = 0;
}

/* Whether both are about the same frame, as far as the octets tell */
static bool is_same(const struct xm_trace_frame *a, const struct xm_trace_frame *b)
{
	size_t len = a->captured < b->captured ? a->captured : b->captured;

	return a->len == b->len && a->origin == b->origin &&
	       !memcmp(a->data, b->data, len < HEADER_LEN ? len : HEADER_LEN);
}

static bool pending_has(const struct pending *p, uint32_t slot)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->copies[i].to.slot == slot)
			return true;
	return false;
}

static int pending_add(struct pending *p, const struct xm_trace_frame *f)
{
	size_t room = p->room ? 2 * p->room : 16;
	struct xm_trace_copy *more;

	if (p->count == p->room) {
		more = realloc(p->copies, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->copies = more;
		p->room = room;
	}
	p->copies[p->count++] = (struct xm_trace_copy){ f->to, f->reason };
	return 0;
}

static int take_copy(struct xm_merge *m, struct pending *p, const struct xm_trace_frame *f)
{
	if (p->count && (!is_same(&p->first, f) || pending_has(p, f->to.slot)))
		pending_end(m, p);
	if (!p->data)
		p->data = malloc(FRAME_ROOM);
	if (!p->data)
		return -ENOMEM;
	if (!p->count) {
		p->first = *f;
		memcpy(p->data, f->data, f->captured);
		p->first.data = p->data;
		/* The report of a copy that failed does not have the sender */
		if (f->from.slot == f->to.slot)
			p->first.from = (struct xm_trace_end){};
	}
	return pending_add(p, f);
}

/* Drops after which no frame is reported */
#define LAST_REASONS                                                                               \
	(1u << XM_REASON_UNKNOWN_SENDER | 1u << XM_REASON_MALFORMED | 1u << XM_REASON_HOST_STACK | \
	 1u << XM_REASON_SPOOFED_SOURCE | 1u << XM_REASON_PARENT_DOWN)
#define COPY_REASONS (1u << XM_REASON_DELIVERY_FAILED | 1u << XM_REASON_NOT_COPIED)

/* What a report is about: of a drop, a copy that failed, or a frame, or 0: a frame follows */
static int event_kind(const struct xm_event *ev)
{
	uint32_t bit = 1u << (ev->reason & 31);

	if (ev->what != XM_EVENT_DROP)
		return ev->what;
	if (bit & COPY_REASONS)
		return XM_EVENT_COPY;
	return bit & LAST_REASONS ? XM_EVENT_FRAME : 0;
}

int xm_merge_take(struct xm_merge *m, uint32_t cpu, uint64_t time, const struct xm_event *ev,
		  const uint8_t *frame)
{
	struct xm_trace_frame f = frame_of(m, time, ev, frame, m->data);
	struct pending *p = &m->pending[cpu < m->options.cpus ? cpu : 0];
	int kind = event_kind(ev);

	if (!kind)
		return 0;
	if (kind == XM_EVENT_COPY)
		return take_copy(m, p, &f);
	if (p->count && !is_same(&p->first, &f))
		pending_end(m, p);
	f.copies = p->copies;
	f.copy_count = p->count;
	m->options.frame(&f, m->options.data);
	p->count = 0;
	return 0;
}

void xm_merge_flush(struct xm_merge *m, uint64_t before)
{
	for (uint32_t i = 0; i < m->options.cpus; i++)
		if (m->pending[i].count && m->pending[i].first.time < before)
			pending_end(m, &m->pending[i]);
}

void xm_merge_free(struct xm_merge *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; m->pending && i < m->options.cpus; i++) {
		free(m->pending[i].data);
		free(m->pending[i].copies);
	}
	free(m->pending);
	free(m->data);
	free(m);
}
