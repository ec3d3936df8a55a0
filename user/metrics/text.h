/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Metrics as text. XM_FORMAT_OPENMETRICS: OpenMetrics 1.0, which ends in # EOF. XM_FORMAT_TEXT: the
 * text format 0.0.4 of Prometheus, where a counter's family has the suffix _total too.
 */
#ifndef XM_METRICS_TEXT_H
#define XM_METRICS_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* XM_FORMAT_STATE: JSON, for the page (state.h) */
enum xm_format { XM_FORMAT_OPENMETRICS, XM_FORMAT_TEXT, XM_FORMAT_STATE, XM_FORMAT_COUNT };

#define XM_CONTENT_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define XM_CONTENT_TYPE_TEXT	    "text/plain; version=0.0.4; charset=utf-8"

/* A family that is being written. Its samples follow each other. */
struct xm_metric {
	FILE *to;
	const char *name; /* without _total */
	bool counter; /* else a gauge */
	unsigned int labels; /* of the sample that is being written */
};

/* Begins a family: writes its type and its help, one sentence without a full stop */
struct xm_metric xm_metric_begin(FILE *to, enum xm_format format, const char *name, bool counter,
				 const char *help);
void xm_sample_begin(struct xm_metric *m);
/* Writes a label. A value that is no UTF-8 is sanitized (base/text.h). */
void xm_sample_label(struct xm_metric *m, const char *name, const char *value);
void xm_sample_end(struct xm_metric *m, uint64_t value);
/* value: nanoseconds, written as seconds */
void xm_sample_end_seconds(struct xm_metric *m, uint64_t ns);

#endif
