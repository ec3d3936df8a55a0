/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DNS rebinding: a web site gives its own name the address 127.0.0.1, so that a browser takes this
 * server for a part of it. The name that the browser sends in Host betrays it.
 */
#ifndef XM_METRICS_HOST_H
#define XM_METRICS_HOST_H

#include <stdbool.h>

/*
 * Whether a request with this Host may be answered. NULL: it has none, and comes from no browser.
 * fd: its connection. Over a loopback address the name must be a number, localhost or hostname (of
 * this machine); other addresses and sockets in the file system have no such rule.
 */
bool xm_host_is_allowed(const char *host, const char *hostname, int fd);

/* The rule for a loopback address. Pure. */
bool xm_host_is_local(const char *host, const char *hostname);

#endif
