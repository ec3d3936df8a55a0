/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The HTTP server: a process without privileges. It has the listening socket and one more, by which
 * it asks the collector (collector.h) for the metrics.
 */
#ifndef XM_METRICS_SERVER_H
#define XM_METRICS_SERVER_H

#include "base/err.h"

#define XM_SERVER_IDLE_S 10

/*
 * Gives up all privileges, becomes `nobody` where that is permitted, and serves GET /metrics until
 * the collector closes its end. Idle connections are closed after XM_SERVER_IDLE_S seconds. Returns
 * 0, or a negative errno and fills *e.
 */
int xm_server_run(int listener, int collector, struct xm_err *e);

#endif
