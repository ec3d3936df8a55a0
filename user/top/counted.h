/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `top` knows of endpoints and parents at one time */
#ifndef XM_TOP_COUNTED_H
#define XM_TOP_COUNTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

#define XM_TOP_TROUBLE 160
#define XM_TOP_PLACE   160

/* An endpoint, or a parent itself. The texts may have any octets but NUL. */
struct xm_top_counted {
	/* These three and the name say whether two samples are about the same endpoint */
	uint32_t parent_ifindex;
	uint32_t slot; /* XM_SLOT_PARENT: the parent */
	uint32_t host_ifindex; /* 0: of a parent */
	char name[XM_NAME_LEN];
	char parent[XM_NAME_LEN];
	uint8_t mode; /* enum xm_mode; XM_MODE_NONE: of a parent */
	bool is_broken; /* of a parent */
	char trouble[XM_TOP_TROUBLE]; /* why it is broken or stale; "": it is neither */
	char place[XM_TOP_PLACE]; /* container, namespace or another name of its device; "": none */
	bool has_device; /* of an endpoint: the drops that its devices count were read */
	bool has_stats;
	struct xm_stats stats; /* with has_stats */
};

/* In the order of parent_ifindex, then slot */
struct xm_top_sample {
	uint64_t time_ns; /* of CLOCK_MONOTONIC */
	struct xm_top_counted *list;
	size_t count;
	const char *missing; /* a name that was asked for and not found; NULL: none */
};

#endif
