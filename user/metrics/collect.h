/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The metrics of the current network namespace */
#ifndef XM_METRICS_COLLECT_H
#define XM_METRICS_COLLECT_H

#include <stddef.h>

#include "base/err.h"
#include "metrics/text.h"

/*
 * Writes everything into *ret, which the caller frees, and its size into *size. Takes no lock and
 * changes nothing. A parent that cannot be read is among the metrics as broken. Returns 0, or a
 * negative errno and fills *e; *ret is NULL then.
 */
int xm_metrics_collect(enum xm_format format, char **ret, size_t *size, struct xm_err *e);

#endif
