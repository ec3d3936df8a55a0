/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `top` without a terminal: text or JSON to stdout */
#ifndef XM_TOP_BATCH_H
#define XM_TOP_BATCH_H

#include "top/options.h"

/*
 * Prints options->count tables (0: without end), each from two samples one interval apart. Returns
 * 0, or a negative errno and fills *e.
 */
int xm_top_batch(const struct xm_top_options *options, struct xm_err *e);

#endif
