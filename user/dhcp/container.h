/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a container of podman has of its lease. Functions return 0, or a negative errno and fill *e.
 * An endpoint that has gone is no error.
 */
#ifndef XM_DHCP_CONTAINER_H
#define XM_DHCP_CONTAINER_H

#include "base/err.h"
#include "runtime/lease.h"

/*
 * Gives the container the lease's address until the lease ends, and the default route; takes away
 * what it had of `former`
 */
int container_apply(const struct xm_lease *l, const struct xm_lease *former, struct xm_err *e);
/* Takes the address away: the server has refused the lease, or it has ended */
int container_withdraw(const struct xm_lease *l, struct xm_err *e);

#endif
