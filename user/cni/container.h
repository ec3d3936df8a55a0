/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The endpoint's device CNI_IFNAME, in the container's network namespace (a descriptor of it) */
#ifndef XM_CNI_CONTAINER_H
#define XM_CNI_CONTAINER_H

#include "cni/ip_config.h"
#include "cni/request.h"
#include "net/link.h"

/* Sets the device up and waits until it sends. *ret: the device afterwards. */
int cni_container_set_up(const struct cni_request *r, int netns_fd, struct xm_link *ret,
			 struct cni_error *e);
/*
 * Adds addresses and routes and announces the addresses. Waits for the end of IPv6's duplicate
 * address detection, 10 s at most (then CNI_E_AGAIN). Does not wait while the device, or its master
 * (has_carrier false), has no carrier.
 */
int cni_container_configure(const struct cni_request *r, int netns_fd,
			    const struct cni_ip_config *ip, bool has_carrier, struct cni_error *e);
/* Checks that the device is up and has the addresses and routes. *ret: the device. */
int cni_container_check(const struct cni_request *r, int netns_fd, const struct cni_ip_config *ip,
			struct xm_link *ret, struct cni_error *e);
/*
 * Removes the device if its other end is the host end of this attachment's endpoint. Works without
 * pins. A missing device is no error.
 */
int cni_container_remove(const struct cni_request *r, int netns_fd, struct cni_error *e);

#endif
