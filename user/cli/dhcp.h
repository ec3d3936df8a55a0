/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DHCP clients that `apply` starts: a command that ends when it has a lease */
#ifndef XM_DHCP_H
#define XM_DHCP_H

#include "base/err.h"
#include "cli/word_list.h"

/* dhcp.c */

/*
 * Runs the words in the network namespace of this thread, and waits until the command ends; its
 * client goes on in the background. Returns 0 or a negative errno and fills *e; it fails when the
 * command ends with another code than 0.
 */
int xm_dhcp_run(const struct xm_word_list *words, struct xm_err *e);

/* dhcp_unit.c */

/*
 * As xm_dhcp_run(), but systemd runs the words, in the unit xmacvlan-dhcp-ENDPOINT.service, which
 * takes the place of a unit of that name that runs. systemd starts the client again when it fails,
 * while its device `ifname` is there: a client that has no lease at first is no failure of this
 * function, which prints that. Where no path leads to the namespace but this thread's, systemd does
 * not, and it is a failure.
 */
int xm_dhcp_unit_start(const struct xm_word_list *words, const char *endpoint, const char *ifname,
		       struct xm_err *e);

#endif
