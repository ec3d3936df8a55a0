/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of `trace`: what is traced, how long, and what becomes of the frames. Pure. */
#ifndef XM_TRACE_REQUEST_H
#define XM_TRACE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define XM_SNAP_MIN    14u /* an Ethernet header */
#define XM_SNAP_MAX    60000u /* an event with its frame has less than 64 KiB */
#define XM_FILTER_TEXT 1024

struct xm_trace_request {
	const char *name; /* of an endpoint or of a parent */
	const char *file; /* of the pcapng file, "-": standard output; NULL: no file */
	uint64_t count; /* of frames, after which the trace ends; 0: no limit */
	uint64_t duration_ms; /* 0: no limit */
	uint32_t snap_len; /* octets of a frame that are kept; 0: the default */
	char filter[XM_FILTER_TEXT]; /* "": none */
	bool json, pretty;
};

/* Strings in *ret belong to argv. Returns 0, or -EINVAL and fills *e. */
int xm_trace_parse(int argc, char **argv, struct xm_trace_request *ret, struct xm_err *e);

#endif
