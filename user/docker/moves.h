/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dockerd moves the device of an endpoint into a container after the driver's last answer. The
 * programs deliver frames to a device in another namespace in a quicker way, so the endpoint is
 * brought into line with its device (xm_engine_sync()) when the device has moved.
 */
#ifndef XM_DOCKER_MOVES_H
#define XM_DOCKER_MOVES_H

#include <stdint.h>

#include "base/err.h"

struct docker_moves {
	int fd; /* readable: docker_moves_take() has something to do */
	int64_t due_ms; /* when to call docker_moves_follow() (xm_now_ms()); 0: not at all */
	int64_t last_ms; /* moves that come later do not put it off beyond this time */
};

/* Returns 0 or a negative errno and fills *e. The caller closes. */
int docker_moves_open(struct docker_moves *m, struct xm_err *e);
void docker_moves_close(struct docker_moves *m);
void docker_moves_take(struct docker_moves *m);
/* Looks again later when another process has the lock of a parent */
void docker_moves_follow(struct docker_moves *m);

/* moves_time.c: something has moved at this time (xm_now_ms()) */
void docker_moves_schedule(struct docker_moves *m, int64_t now_ms);
/* The parent was locked at this time: sets when to look again */
void docker_moves_put_off(struct docker_moves *m, int64_t now_ms);

#endif
