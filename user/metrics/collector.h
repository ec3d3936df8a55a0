/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the server's process asks of the collector's process, over a socket of a pair: an octet, an
 * enum xm_format. The answer is a size (uint64_t) and so many octets, or the size
 * XM_COLLECTOR_FAILED alone.
 */
#ifndef XM_METRICS_COLLECTOR_H
#define XM_METRICS_COLLECTOR_H

#include <stdint.h>

#define XM_COLLECTOR_FAILED UINT64_MAX

/* The collector: answers until the server closes its end, or a signal comes. */
void xm_collector_answer(int server);

#endif
