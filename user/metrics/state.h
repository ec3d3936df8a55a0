/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A snapshot as JSON, for the page. Pure. */
#ifndef XM_METRICS_STATE_H
#define XM_METRICS_STATE_H

#include <stdio.h>

#include "metrics/collection.h"

/*
 * Writes one JSON object; docs/metrics.md lists its keys. Returns 0, or -ENOMEM, and what was
 * written is not complete. For a program with one thread.
 */
int xm_state_write(const struct xm_collection *c, FILE *to);

#endif
