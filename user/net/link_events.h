/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's notifications about devices, for readers that look again after each */
#ifndef XM_LINK_EVENTS_H
#define XM_LINK_EVENTS_H

#include <stdbool.h>

#include "net/link.h"

/*
 * Opens a socket that hears of devices in this namespace; all_netns: with CAP_NET_BROADCAST also in
 * those that have an id here. Returns a descriptor that does not block, or a negative errno.
 */
int xm_link_events_open(bool all_netns);
/*
 * Reads what is there. Calls each(), unless it is NULL, for each device that has changed (deleted:
 * or has gone). Returns whether there was anything, or something was lost.
 */
bool xm_link_events_take(int fd, void (*each)(const struct xm_link *link, bool deleted, void *data),
			 void *data);

#endif
