/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A snapshot as metrics. Pure. */
#ifndef XM_METRICS_FAMILIES_H
#define XM_METRICS_FAMILIES_H

#include "metrics/collection.h"
#include "metrics/text.h"

/* Writes all families. format: XM_FORMAT_OPENMETRICS or XM_FORMAT_TEXT. */
void xm_families_write(const struct xm_collection *c, enum xm_format format, FILE *to);

#endif
