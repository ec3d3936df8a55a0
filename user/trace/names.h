/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which parent and which endpoints a trace is about: a copy of the state, read again at times */
#ifndef XM_TRACE_NAMES_H
#define XM_TRACE_NAMES_H

#include "engine/engine.h"
#include "trace/frame.h"

struct xm_trace_names {
	const char *name; /* of an endpoint or of a parent, as it was asked for */
	uint64_t netns_cookie;
	uint32_t parent_ifindex;
	char parent[XM_NAME_LEN];
	uint32_t slot; /* of the endpoint; 0: a parent is traced */
	uint32_t host_ifindex; /* of the endpoint: another one has another */
	struct xm_snapshot snapshot;
};

/* Finds NAME. -ENOENT: there is none. The caller frees by xm_trace_names_free(). */
int xm_trace_names_open(struct xm_trace_names *n, const char *name, struct xm_err *e);
/* Reads the state again. -ENOENT: what is traced is gone, *e says so. */
int xm_trace_names_refresh(struct xm_trace_names *n, struct xm_err *e);
struct xm_trace_end xm_trace_names_find(const struct xm_trace_names *n, uint32_t slot);
void xm_trace_names_free(struct xm_trace_names *n);

#endif
