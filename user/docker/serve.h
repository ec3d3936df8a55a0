/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loop. Requests of the network driver are handled one after the other, because the engine
 * works for one; those of the DHCP driver in a thread each, because they wait for the LAN's server.
 */
#ifndef XM_DOCKER_SERVE_H
#define XM_DOCKER_SERVE_H

#include <stdbool.h>

#include "base/err.h"
#include "docker/driver.h"

/*
 * Serves until *stop is true. The signal that sets it is blocked, and comes while the loop waits.
 * The listeners stay open. dhcp: the listener of the DHCP driver, or -1. Returns 0, or a negative
 * errno and fills *e.
 */
int docker_serve(struct docker_driver *d, int listener, int dhcp, const volatile bool *stop,
		 struct xm_err *e);

#endif
