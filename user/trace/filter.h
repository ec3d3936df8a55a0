/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filter expressions of libpcap (pcap-filter(7)), on Ethernet frames */
#ifndef XM_TRACE_FILTER_H
#define XM_TRACE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct xm_filter;

/* Compiles the expression. Returns 0; -EINVAL: it is none; -ENOMEM. The caller frees *ret. */
int xm_filter_compile(const char *text, struct xm_filter **ret, struct xm_err *e);
/*
 * Whether the frame, with its VLAN tags in place, matches. captured: octets in data; len: octets
 * that the frame had. NULL matches everything.
 */
bool xm_filter_matches(const struct xm_filter *f, const uint8_t *data, size_t captured, size_t len);
/* NULL is allowed */
void xm_filter_free(struct xm_filter *f);

#endif
