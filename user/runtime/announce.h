/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Announcements after an endpoint was made */
#ifndef XM_RUNTIME_ANNOUNCE_H
#define XM_RUNTIME_ANNOUNCE_H

#include <stddef.h>

#include "net/ipaddr.h"
#include "net/link.h"

struct xm_announcement {
	const struct xm_prefix *addresses;
	size_t address_count;
	const struct xm_link *link; /* the device in the container */
	/*
	 * Of an endpoint whose parent is in the container: the path of that namespace, and a
	 * descriptor of it. NULL: the parent is in the plugin's own namespace, and netns_fd is not
	 * read.
	 */
	const char *netns;
	int netns_fd;
};

/*
 * The addresses have been announced once (container.h). This starts a process that announces them
 * twice more, half a second apart, because a switch port that has just come up may drop the first
 * announcement. The process outlives the plugin, has none of its descriptors and holds no network
 * namespace but the plugin's own. Errors are ignored.
 */
void xm_announce_later(const struct xm_announcement *what);

#endif
