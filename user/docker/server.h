/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The HTTP servers. Bodies of many clients are read side by side. Requests of the network driver
 * are handled one after the other, because the engine works for one; those of the DHCP driver in a
 * thread each, because they wait for the LAN's server.
 */
#ifndef XM_DOCKER_SERVER_H
#define XM_DOCKER_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "docker/driver.h"

#define DOCKER_BODY_MAX	   (1u << 20) /* Docker's requests have a few KiB */
#define DOCKER_IDLE_S	   60 /* a connection on which nothing happens */
#define DOCKER_REQUEST_S   30 /* a request until its last octet */
#define DOCKER_CONNECTIONS 512

/*
 * Serves until *stop is true. The signal that sets it is blocked, and comes while the server waits.
 * The listeners stay open. dhcp: the listener of the DHCP driver, or -1. Returns 0, or a negative
 * errno and fills *e.
 */
int docker_server_run(struct docker_driver *d, int listener, int dhcp, const volatile bool *stop,
		      struct xm_err *e);

#endif
