/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the server's process asks of the collector's process, over a socket of a pair: an octet, an
 * enum xm_format. The answer is a size and so many octets of metrics.
 */
#ifndef XM_METRICS_COLLECTOR_H
#define XM_METRICS_COLLECTOR_H

#include <stddef.h>

#include "metrics/text.h"

/* The collector: answers until the server closes its end, or a signal comes. */
void xm_collector_answer(int server);

/*
 * The server: asks and waits. The caller frees *ret. Returns 0; -EIO: the collector could not read
 * the state, which it has logged; -EPIPE: it has ended.
 */
int xm_collector_ask(int collector, enum xm_format format, char **ret, size_t *size);

#endif
