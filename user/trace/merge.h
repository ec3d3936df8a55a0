/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Puts the reports about one frame together. On one CPU a program reports the copies of a frame
 * first, then the frame itself. When only copies concern what is traced, no report of the frame
 * follows: then each copy is a frame of its own.
 */
#ifndef XM_TRACE_MERGE_H
#define XM_TRACE_MERGE_H

#include "trace/frame.h"

struct xm_merge;

struct xm_merge_options {
	uint32_t cpus; /* numbers of CPUs are below it */
	struct xm_trace_end (*find)(uint32_t slot, void *data);
	void (*frame)(const struct xm_trace_frame *f, void *data);
	void *data;
};

/* Returns NULL without memory */
struct xm_merge *xm_merge_new(const struct xm_merge_options *options);
/*
 * time: of the event, ns since 1970; frame: the event's cap_len octets. Returns 0 or -ENOMEM: the
 * report is lost.
 */
int xm_merge_take(struct xm_merge *m, uint32_t cpu, uint64_t time, const struct xm_event *ev,
		  const uint8_t *frame);
/* Ends copies that are older than `before`: no report of their frame comes */
void xm_merge_flush(struct xm_merge *m, uint64_t before);
/* NULL is allowed */
void xm_merge_free(struct xm_merge *m);

#endif
