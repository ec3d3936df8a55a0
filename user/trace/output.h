/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where lines and blocks go: a file, or standard output. Nothing is written in part into a file: a
 * block that does not fit is taken back. A pipe or a terminal is written only while it takes
 * something, so that nobody waits for its reader.
 */
#ifndef XM_TRACE_OUTPUT_H
#define XM_TRACE_OUTPUT_H

#include "base/err.h"
#include "trace/bytes.h"

struct xm_output {
	int fd;
	const char *name;
	bool is_file; /* a regular file */
	bool gone; /* its reader has closed it */
	struct xm_bytes pending; /* whole lines and blocks; the first may be written in part */
	int64_t stalled; /* since when the reader takes nothing (xm_now_ms()); 0: it does */
};

/* path: "-" or NULL for standard output. Returns 0, or a negative errno and fills *e. */
int xm_output_open(struct xm_output *o, const char *path, struct xm_err *e);
/*
 * Writes of the pending octets what the reader takes now. Returns 0; or a negative errno and fills
 * *e: it cannot be written, or -ETIMEDOUT: the reader has taken nothing for XM_OUTPUT_PATIENCE_MS.
 */
int xm_output_flush(struct xm_output *o, struct xm_err *e);
/* Whether so much is pending that nothing should be added */
bool xm_output_is_full(const struct xm_output *o);
/* Waits for at most `ms` until something can be written */
void xm_output_wait(const struct xm_output *o, int ms);
/* Closes it. Returns 0, or a negative errno and fills *e. */
int xm_output_close(struct xm_output *o, struct xm_err *e);

#define XM_OUTPUT_PATIENCE_MS 10000

#endif
