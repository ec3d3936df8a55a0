/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The socket on which Docker finds a plugin */
#ifndef XM_PLUGIN_LISTENER_H
#define XM_PLUGIN_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct plugin_listener {
	int fd; /* does not block */
	const char *path; /* NULL: the service manager made the socket, and keeps it */
	dev_t dev; /* of the socket's file, for plugin_listener_close() */
	ino_t ino;
};

/*
 * Takes the socket of the service manager (sd_listen_fds(3)) whose file has the name of `path`.
 * ret->fd is -1 when the service manager has made others only. Without one it listens at `path`, a
 * socket that only its owner may connect to (mode 0600), and takes the place of a socket that
 * nobody listens on. Returns 0 or a negative errno and fills *e. -EADDRINUSE: another driver
 * listens there.
 */
int plugin_listener_open(const char *path, struct plugin_listener *ret, struct xm_err *e);
/* Closes the socket, and removes its file if the driver made it */
void plugin_listener_close(struct plugin_listener *l);

#endif
