/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loop. Requests are handled one after the other, because the engine works for one.
 */
#ifndef XM_DOCKER_SERVE_H
#define XM_DOCKER_SERVE_H

#include <stdbool.h>

#include "base/err.h"
#include "docker/driver.h"

/*
 * Serves until *stop is true. The signal that sets it is blocked, and comes while the loop waits.
 * The listener stays open. Returns 0, or a negative errno and fills *e.
 */
int docker_serve(struct docker_driver *d, int listener, const volatile bool *stop,
		 struct xm_err *e);

#endif
