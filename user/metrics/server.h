/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The HTTP server: a process without privileges. It has the listening socket and one more, by which
 * it asks the collector (question.h) for the metrics.
 */
#ifndef XM_METRICS_SERVER_H
#define XM_METRICS_SERVER_H

#include "base/err.h"

#define XM_SERVER_IDLE_S    10 /* a connection on which nothing happens */
#define XM_SERVER_REQUEST_S 60 /* a request with its answer */
#define XM_SERVER_ANSWER_MS 5000 /* the collector's answer; then the client gets 503 */

/*
 * Gives up all privileges, becomes `nobody` where that is permitted, and serves GET /metrics
 * until the collector closes its end. Nothing waits for a client or for the
 * collector. Returns 0, or a negative errno and fills *e.
 */
int xm_server_run(int listener, int collector, struct xm_err *e);

#endif
