/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The keywords of `type tap`. Functions return 0, or -EINVAL and fill a->e. */
#ifndef XM_KEYWORD_TAP_H
#define XM_KEYWORD_TAP_H

#include "cli/keywords.h"

/* A name or a number */
int xm_read_user(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);
int xm_read_group(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);
int xm_read_queues(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);

#endif
