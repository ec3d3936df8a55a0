/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Announcements after an ADD */
#ifndef XM_CNI_ANNOUNCE_H
#define XM_CNI_ANNOUNCE_H

#include "cni/ip_config.h"
#include "cni/request.h"
#include "net/link.h"

/*
 * ADD has announced the addresses once. A process that outlives the plugin announces them twice
 * more, half a second apart, in case a switch dropped the first announcement: its port may still be
 * learning. It has no descriptor of the plugin and holds no network namespace but the plugin's own.
 * netns_fd, link: the container's namespace and its device. What fails is not announced.
 */
void cni_announce_later(const struct cni_request *r, int netns_fd, const struct xm_link *link,
			const struct cni_ip_config *ip);

#endif
