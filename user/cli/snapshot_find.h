/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CLI_SNAPSHOT_FIND_H
#define XM_CLI_SNAPSHOT_FIND_H

#include "engine/engine.h"

/* Finds an endpoint in the snapshot. NULL: there is none. */
const struct xm_endpoint_info *xm_snapshot_find(const struct xm_snapshot *s, const char *name);

#endif
