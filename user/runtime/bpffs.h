/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The file system of the pins, /sys/fs/bpf. Functions return 0, or a negative errno and fill *e,
 * unless their comment says more.
 */
#ifndef XM_RUNTIME_BPFFS_H
#define XM_RUNTIME_BPFFS_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Mounts a bpffs on /sys/fs/bpf unless there is one. Fails where the mount would not last: outside
 * of the mount namespace of process 1.
 */
int xm_bpffs_mount(struct xm_err *e);
/* Checks whether xm_bpffs_mount() would succeed. Mounts nothing. */
int xm_bpffs_may_mount(struct xm_err *e);
/*
 * Whether the host has no bpffs, so that no endpoint exists. False also when the plugin does not
 * see the mounts of the host.
 */
bool xm_bpffs_missing(void);

#endif
