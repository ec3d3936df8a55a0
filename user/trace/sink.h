/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of the frames of a trace: lines, objects of JSON, or a pcapng file */
#ifndef XM_TRACE_SINK_H
#define XM_TRACE_SINK_H

#include "trace/filter.h"
#include "trace/names.h"
#include "trace/output.h"
#include "trace/request.h"

struct xm_sink {
	const struct xm_trace_request *request;
	const struct xm_trace_names *names;
	const struct xm_filter *filter; /* NULL: none */
	struct xm_output output;
	uint64_t frames, lost; /* taken so far; reports that were lost */
	uint64_t lost_told;
	uint64_t time; /* of the last frame */
	uint32_t *interfaces; /* pcapng: the slot of each interface */
	size_t interface_count;
};

/* Opens the output. Returns 0, or a negative errno and fills *e. Closed by xm_sink_close(). */
int xm_sink_open(struct xm_sink *s, struct xm_err *e);
bool xm_sink_is_done(const struct xm_sink *s); /* `count` frames were taken */
void xm_sink_take(struct xm_sink *s, const struct xm_trace_frame *f);
/* Tells in the output how many reports were lost since it was told last. Times: ns since 1970. */
void xm_sink_tell_lost(struct xm_sink *s, uint64_t now);
int xm_sink_close(struct xm_sink *s, struct xm_err *e);

#endif
