// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "metrics/clients.h"

void xm_clients_init(struct xm_clients *clients)
{
	clients->list.next = clients->list.prev = &clients->list;
}

static void client_unlink(struct xm_client *c)
{
	c->prev->next = c->next;
	c->next->prev = c->prev;
}

/* The newest one is the last one */
static void client_append(struct xm_clients *clients, struct xm_client *c)
{
	c->since = xm_now_ms();
	c->next = &clients->list;
	c->prev = clients->list.prev;
	c->prev->next = c->next->prev = c;
}

struct xm_client *xm_client_begin(struct xm_clients *clients, int fd)
{
	struct xm_client *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->fd = fd;
	client_append(clients, c);
	return c;
}

void xm_client_served(struct xm_clients *clients, struct xm_client *client)
{
	if (!client)
		return;
	client_unlink(client);
	client_append(clients, client);
}

void xm_client_end(struct xm_client *client)
{
	if (client)
		client_unlink(client);
	free(client);
}

int xm_clients_limit(struct xm_clients *clients, int64_t limit_ms)
{
	int64_t now = xm_now_ms();
	struct xm_client *c;

	while ((c = clients->list.next) != &clients->list) {
		if (now - c->since < limit_ms)
			return limit_ms - (now - c->since);
		/* The library sees the end and closes it */
		shutdown(c->fd, SHUT_RDWR);
		xm_client_served(clients, c);
	}
	return -1;
}
