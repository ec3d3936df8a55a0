// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trace/line.h"
#include "trace/pcapng.h"
#include "trace/sink.h"

#define PROGRAM "xmacvlan " XM_VERSION

/* The longest comment: 64 names and what is around them */
#define COMMENT_MAX 4096

static void interface_append(struct xm_sink *s, uint32_t slot)
{
	struct xm_trace_end end = xm_trace_names_find(s->names, slot);
	const char *mode = xm_mode_name(end.mode);
	uint32_t *more = realloc(s->interfaces, (s->interface_count + 1) * sizeof(*more));
	char name[32], text[96];

	if (!more) {
		s->output.pending.failed = true;
		return;
	}
	s->interfaces = more;
	s->interfaces[s->interface_count++] = slot;
	if (end.name[0])
		snprintf(name, sizeof(name), "%s", end.name);
	else
		snprintf(name, sizeof(name), "slot %u", slot);
	snprintf(text, sizeof(text), "xmacvlan endpoint of %s, mode %s", s->names->parent,
		 mode ? mode : "unknown");
	if (!slot) {
		snprintf(name, sizeof(name), "%s", s->names->parent);
		snprintf(text, sizeof(text), "xmacvlan parent");
	}
	xm_pcapng_interface(&s->output.pending, name, text, s->request->snap_len);
}

/* The number of the slot's interface, which is appended when it is new */
static uint32_t interface_of(struct xm_sink *s, uint32_t slot)
{
	for (size_t i = 0; i < s->interface_count; i++)
		if (s->interfaces[i] == slot)
			return i;
	interface_append(s, slot);
	return s->interface_count - 1;
}

int xm_sink_open(struct xm_sink *s, struct xm_err *e)
{
	int err = xm_output_open(&s->output, s->request->file, e);

	if (err || !s->request->file)
		return err;
	xm_pcapng_section(&s->output.pending, PROGRAM);
	interface_append(s, XM_SLOT_PARENT);
	if (s->names->slot)
		interface_append(s, s->names->slot);
	return 0;
}

bool xm_sink_is_done(const struct xm_sink *s)
{
	return s->request->count && s->frames >= s->request->count;
}

/* What the endpoint itself would see; of a traced parent: where the frame came from */
static void packet_place(struct xm_sink *s, const struct xm_trace_frame *f,
			 struct xm_pcapng_packet *p)
{
	bool received = f->is_copy || (s->names->slot && f->from.slot != s->names->slot);
	uint32_t slot = f->origin == XM_FROM_ENDPOINT ? f->from.slot : XM_SLOT_PARENT;

	p->interface = interface_of(s, received && f->to.slot ? f->to.slot : slot);
	p->direction = (received && f->to.slot) || f->origin == XM_FROM_WIRE ? XM_PCAPNG_INBOUND
									     : XM_PCAPNG_OUTBOUND;
}

/* "wire: to web (bridge)", without its line feed */
static void packet_append(struct xm_sink *s, const struct xm_trace_frame *f)
{
	struct xm_pcapng_packet p = { .time = f->time, .data = f->data, .len = f->len };
	char comment[COMMENT_MAX] = "";
	FILE *to = fmemopen(comment, sizeof(comment), "w");

	if (to) {
		fprintf(to, "%s: ",
			f->origin == XM_FROM_ENDPOINT && f->from.name[0]
				? f->from.name
				: xm_trace_origin_key(f->origin));
		xm_trace_print_verdict(to, f);
		fclose(to);
	}
	p.comment = comment;
	p.captured = f->captured;
	packet_place(s, f, &p);
	xm_pcapng_packet(&s->output.pending, &p);
}

static void text_append(struct xm_sink *s, const struct xm_trace_frame *f)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to) {
		s->output.pending.failed = true;
		return;
	}
	if (!s->request->json)
		xm_trace_print_line(to, f);
	else if (xm_trace_print_json(to, f, s->request->pretty))
		s->output.pending.failed = true;
	fclose(to);
	if (text)
		xm_bytes_append(&s->output.pending, text, len);
	free(text);
}

void xm_sink_take(struct xm_sink *s, const struct xm_trace_frame *f)
{
	struct xm_trace_frame cut = *f;

	if (xm_sink_is_done(s) || !xm_filter_matches(s->filter, f->data, f->captured, f->len))
		return;
	s->frames++;
	s->time = f->time;
	if (cut.captured > s->request->snap_len)
		cut.captured = s->request->snap_len;
	if (s->request->file)
		packet_append(s, &cut);
	else
		text_append(s, &cut);
}

void xm_sink_tell_lost(struct xm_sink *s, uint64_t now)
{
	unsigned long long more = s->lost - s->lost_told;
	char text[64];
	int len;

	if (!more && !s->request->file)
		return;
	s->lost_told = s->lost;
	if (s->request->file) {
		xm_pcapng_statistics(&s->output.pending, 0, now, s->frames, s->lost);
		return;
	}
	len = snprintf(text, sizeof(text),
		       s->request->json ? "{\"lost\":%llu}\n" : "%llu reports were lost\n", more);
	xm_bytes_append(&s->output.pending, text, len);
}

int xm_sink_close(struct xm_sink *s, struct xm_err *e)
{
	free(s->interfaces);
	return xm_output_close(&s->output, e);
}
