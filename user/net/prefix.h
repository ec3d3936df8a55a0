/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP addresses and prefixes as text. Pure. */
#ifndef XM_PREFIX_H
#define XM_PREFIX_H

#include <stdbool.h>

#include "net/ipaddr.h"

/*
 * Each reads one text, "10.0.0.1" (its prefix length is that of the family's addresses) or
 * "10.0.0.1/24". False: the text is invalid or NULL; *ret is undefined then.
 */
bool xm_address_parse(const char *text, struct xm_prefix *ret);
bool xm_prefix_parse(const char *text, struct xm_prefix *ret);

/* Clears the bits behind the prefix length */
void xm_prefix_mask(struct xm_prefix *p);

#endif
