// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The parent goes down or loses its carrier, and recovers. */
#include <stdio.h>
#include <unistd.h>

#include "eq.h"
#include "link.h"
#include "run.h"

/* linkwatch, a work queue, handles a lost carrier. Until then senders get other errors. */
static int wait_for_no_carrier(const struct side *s, const struct xmt_ns *ns, const char *name)
{
	unsigned int tries;

	for (tries = 0; xmt_link_running(ns, name); tries++)
		if (tries == 10000 || usleep(1000)) {
			printf("  %s: %s still has its carrier\n", side_text(s), name);
			return -1;
		}
	/* The device's queue is stopped under RTNL, which this command takes, too. */
	return xmt_run("ip -n %s link set lo down", ns->name) ? -1 : 0;
}

int side_away(struct side *s, const struct topo *t, bool own)
{
	unsigned int i;

	xmt_must("ip -n %s link set %s down", own ? s->host.name : s->wire.name, own ? "p0" : "w0");
	if (wait_for_no_carrier(s, &s->wire, "w0") || wait_for_no_carrier(s, &s->host, "p0"))
		return -1;
	/*
	 * macvlan's endpoints lose their carrier, too. xmacvlan's need the watcher for that, but
	 * their frames are dropped all the same.
	 */
	for (i = 0; i < t->n_eps && s->driver == MACVLAN; i++) {
		const struct xmt_ns *ns = t->ep[i].beside ? &s->host : &s->ep_ns[i];

		if (s->tx_ep[i] >= 0 && wait_for_no_carrier(s, ns, t->ep[i].name))
			return -1;
	}
	return 0;
}

int side_return(struct side *s, const struct topo *t, bool own, const struct frame *batch,
		unsigned int n)
{
	xmt_must("ip -n %s link set %s up", own ? s->host.name : s->wire.name, own ? "p0" : "w0");
	return side_settle(s, t, batch, n) ?: side_check_losses(s);
}
