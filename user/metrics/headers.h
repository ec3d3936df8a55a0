/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The headers of every answer */
#ifndef XM_METRICS_HEADERS_H
#define XM_METRICS_HEADERS_H

#include <microhttpd.h>

/*
 * Adds them. type: Content-Type. A browser runs nothing of an answer, shows it in no frame and lets
 * no other site read it.
 */
void xm_add_headers(struct MHD_Response *response, const char *type);

#endif
