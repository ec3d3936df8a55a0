/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DHCP clients that `apply` starts: a command that ends when it has a lease */
#ifndef XM_DHCP_H
#define XM_DHCP_H

#include "base/err.h"
#include "cli/word_list.h"

/*
 * Runs the words in the network namespace of this thread, and waits until the command ends; its
 * client goes on in the background. endpoint: systemd runs it, in the unit
 * xmacvlan-dhcp-ENDPOINT.service, which takes the place of a unit of that name that runs; NULL: a
 * child of this process does. Returns 0 or a negative errno and fills *e; it fails when the command
 * ends with another code than 0.
 */
int xm_dhcp_start(const struct xm_word_list *words, const char *endpoint, struct xm_err *e);

#endif
