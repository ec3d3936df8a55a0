/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What families.h writes */
#ifndef XM_METRICS_COLLECTION_H
#define XM_METRICS_COLLECTION_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/snapshot.h"

/* What was read at one time */
struct xm_collection {
	bool watcher; /* xmacvland is running */
	char netns[NAME_MAX + 1]; /* name in /run/netns; "": it has none */
	int64_t now_ms; /* of the wall clock, since 1970 */
	struct xm_snapshot snapshot;
};

#endif
