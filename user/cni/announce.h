/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Announcements after an ADD */
#ifndef XM_CNI_ANNOUNCE_H
#define XM_CNI_ANNOUNCE_H

#include "cni/ip_config.h"
#include "cni/request.h"
#include "net/link.h"

/*
 * ADD has announced the addresses once. This starts a process that announces them twice more, half
 * a second apart, because a switch port that has just come up may drop the first announcement. The
 * process outlives the plugin, has none of its descriptors and holds no network namespace but the
 * plugin's own. netns_fd: the container's namespace; link: the device there. Errors are ignored.
 */
void cni_announce_later(const struct cni_request *r, int netns_fd, const struct xm_link *link,
			const struct cni_ip_config *ip);

#endif
