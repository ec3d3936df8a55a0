/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Leases of endpoints of podman (runtime/lease.h): another process renews them, which was forked
 * before the watcher gave up its privileges. So the loop waits for no DHCP server.
 */
#ifndef XM_WATCHER_RENEWER_H
#define XM_WATCHER_RENEWER_H

#include "runtime/lease.h"

/* renewer.c: the process */

/*
 * Starts it. It waits for renewer_begin(), and ends with the calling thread. Called before the
 * process has threads. Returns 0 or a negative errno and fills *e.
 */
int renewer_open(struct xm_err *e);
/* There is no other watcher: it may begin */
void renewer_begin(void);
/* Whether it has ended */
bool renewer_has_ended(void);

/* leases.c: what it does */

/* Looks at the leases, gives those back that no endpoint has, and renews what is due */
void leases_look(void);

/* lease_apply.c: the device in the container. Functions return 0 or fill *e. */

/* Whether the endpoint exists; a negative errno: that cannot be read */
int lease_has_endpoint(const struct xm_lease *l, struct xm_err *e);
/*
 * Gives the container the lease's address until the lease ends, and the default route; takes away
 * what it had of `former`
 */
int lease_apply(const struct xm_lease *l, const struct xm_lease *former, struct xm_err *e);
/* Takes the address away: the server has refused the lease */
int lease_withdraw(const struct xm_lease *l, struct xm_err *e);

#endif
