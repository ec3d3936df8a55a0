/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: what an interrupted or refused call of libxdp leaves behind. libxdp
 * attaches a dispatcher, which calls the programs that are linked to it, and pins those in
 * /sys/fs/bpf/xdp/dispatch-IFINDEX-ID (ID: the dispatcher's). Without the pins libxdp takes the
 * dispatcher for a program of somebody else; a folder of a dispatcher that is not attached stays
 * for ever.
 */
#ifndef XM_XDP_DISPATCHER_H
#define XM_XDP_DISPATCHER_H

#include <xdp/libxdp.h>

#include "engine/state.h"

#define XM_LIBXDP_DIR "/sys/fs/bpf/xdp" /* libxdp pins here, and locks this folder */

/* What the kernel runs on a device: one program, which may be a dispatcher */
struct xm_xdp_attached {
	uint32_t id; /* 0: none */
	uint32_t mode; /* XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE */
};

/* Returns 0 or a negative errno */
int xm_xdp_read_attached(const struct xm_parent *p, struct xm_xdp_attached *ret);

/* Whether the program uses a map of the parent. Returns 1, 0 or a negative errno. */
int xm_xdp_uses_maps_of(const struct xm_parent *p, int fd);

/*
 * Whether the only program that libxdp sees on the device is a dispatcher that runs nothing but
 * the parent's program. The kernel's list of links decides, so that a dispatcher whose pins are in
 * another bpffs is left alone. A dispatcher may have no name: libbpf leaves names out when its test
 * for them was refused, and libxdp knows dispatchers by their names. Needs CAP_SYS_ADMIN. Returns
 * 1, 0 or a negative errno.
 */
int xm_xdp_dispatcher_is_orphaned(const struct xm_parent *p, const struct xdp_multiprog *mp);

/*
 * Whether the program with the id (0: any that uses the parent's maps) runs on the device, alone or
 * in a dispatcher, by the kernel's lists: libxdp takes some errors for an absence. Needs
 * CAP_SYS_ADMIN. Returns 1, 0 or a negative errno.
 */
int xm_xdp_is_attached(const struct xm_parent *p, uint32_t id);

/*
 * Removes the folders of the parent's dispatchers that are not attached: those with a program that
 * uses the parent's maps, and empty ones whose dispatcher does not exist. Removes also the link
 * that libxdp pins in its test of the kernel, when it was killed there. Needs CAP_SYS_ADMIN.
 * Returns 0 or a negative errno.
 */
int xm_xdp_dispatcher_delete_pins(const struct xm_parent *p);

#endif
