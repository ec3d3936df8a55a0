/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Samples of the current network namespace, taken as a reader: no lock, no change */
#ifndef XM_TOP_COLLECT_H
#define XM_TOP_COLLECT_H

#include "base/err.h"
#include "top/counted.h"

/*
 * Takes a sample of the endpoints and parents of these names, or of all without a name. A name that
 * is not found (any more) is no error, but ret->missing has it. Returns 0, or a negative errno and
 * fills *e. The caller frees *ret by xm_top_sample_free(), also after an error.
 */
int xm_top_collect(char **names, int name_count, struct xm_top_sample *ret, struct xm_err *e);

/* Fails with -ENOENT when one of the names was not found */
int xm_top_check_found(const struct xm_top_sample *s, struct xm_err *e);

void xm_top_sample_free(struct xm_top_sample *s);

#endif
