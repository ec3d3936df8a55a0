/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The HTTP server of a plugin of Docker. Bodies of many clients are read side by side. */
#ifndef XM_PLUGIN_SERVER_H
#define XM_PLUGIN_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "plugin/calls.h"

#define PLUGIN_BODY_MAX	   (1u << 20) /* Docker's requests have a few KiB */
#define PLUGIN_IDLE_S	   60 /* a connection on which nothing happens */
#define PLUGIN_REQUEST_S   30 /* a request until its last octet */
#define PLUGIN_CONNECTIONS 512

struct MHD_Daemon;

struct plugin_server {
	plugin_call_find_fn *find;
	void *data; /* for the requests */
	struct MHD_Daemon *daemon;
};

/*
 * Serves requests of the listener, which stays open, until plugin_server_stop(). Calling threads
 * block the signals that they do not want the server's threads to get.
 *
 * threads: each connection has a thread of its own, so that requests may wait. Without it they are
 * handled one after the other, by plugin_server_run().
 *
 * Returns 0, or -EIO and fills *e.
 */
int plugin_server_start(struct plugin_server *s, int listener, bool threads, struct xm_err *e);
/* Waits for the requests that are being handled. One that was not started is no error. */
void plugin_server_stop(struct plugin_server *s);

/* Without threads: readable when plugin_server_run() has something to do; at the latest after ms */
int plugin_server_fd(const struct plugin_server *s);
int plugin_server_wait_ms(const struct plugin_server *s, int ms);
void plugin_server_run(struct plugin_server *s);

#endif
