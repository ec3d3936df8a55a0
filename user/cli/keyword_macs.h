/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keywords that take MAC addresses: readers for the table in keywords.c */
#ifndef XM_KEYWORD_MACS_H
#define XM_KEYWORD_MACS_H

#include "cli/keywords.h"

/* `address MAC`, `address add MAC`, `address del MAC` */
int xm_read_address(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);
/* `addresses own`, `addresses follow` */
int xm_read_addresses(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);
/* `macaddr add MAC`, `del MAC`, `set MAC...`, `flush` */
int xm_read_macaddr(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);

#endif
