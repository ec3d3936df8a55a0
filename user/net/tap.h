/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tap devices, by /dev/net/tun (Documentation/networking/tuntap.rst of the kernel) */
#ifndef XM_TAP_H
#define XM_TAP_H

#include <stdbool.h>
#include <stdint.h>

#define XM_TAP_QUEUES_MAX 256u /* drivers/net/tun.c, MAX_TAP_QUEUES */
#define XM_TAP_NOBODY	  UINT32_MAX /* no user, no group */

struct xm_tap {
	const char *name;
	/*
	 * The user and the group that may open the device without CAP_NET_ADMIN; XM_TAP_NOBODY:
	 * none. A process needs both when both are given, and a device with neither is open to
	 * everybody who may open /dev/net/tun (drivers/net/tun.c, tun_not_capable()).
	 */
	uint32_t uid, gid;
	bool multi_queue; /* more than one descriptor may be attached at the same time */
};

/*
 * Creates a tap with virtio-net headers in the namespace of this thread. Returns a descriptor,
 * whose closing deletes the device until xm_tap_keep(). Or a negative errno; -ENOENT and -ENODEV:
 * the kernel lacks tap devices, or this mount namespace the file; -EBUSY: a device has the name.
 */
int xm_tap_create(const struct xm_tap *tap);
/* Makes the device outlive the descriptor (IFF_PERSIST). Returns 0 or a negative errno. */
int xm_tap_keep(int fd);

#endif
