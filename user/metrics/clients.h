/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Limits the time of a request. The HTTP library closes a connection on which nothing happens; one
 * that sends or takes an octet now and then would stay for ever, and there is room for so many.
 */
#ifndef XM_METRICS_CLIENTS_H
#define XM_METRICS_CLIENTS_H

#include <stdint.h>

/* A connection, in the order of `since` */
struct xm_client {
	struct xm_client *next, *prev;
	int fd;
	int64_t since; /* xm_now_ms(): it has begun, or its last request has ended */
};

/* An empty one has next and prev on itself: xm_clients_init() */
struct xm_clients {
	struct xm_client list;
};

void xm_clients_init(struct xm_clients *clients);

/* A connection begins. Returns NULL without memory: it has no limit then. */
struct xm_client *xm_client_begin(struct xm_clients *clients, int fd);
/* A request of it has ended. client: may be NULL, as in xm_client_end(). */
void xm_client_served(struct xm_clients *clients, struct xm_client *client);
/* The connection ends */
void xm_client_end(struct xm_client *client);

/*
 * Shuts the connections down whose request takes longer than limit_ms. Returns the milliseconds
 * until the next one may have to be, -1 without connections.
 */
int xm_clients_limit(struct xm_clients *clients, int64_t limit_ms);

#endif
