/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The file system of the pins, /sys/fs/bpf */
#ifndef XM_CNI_BPFFS_H
#define XM_CNI_BPFFS_H

#include <stdbool.h>

#include "cni/error.h"

/*
 * Mounts a bpffs on /sys/fs/bpf unless there is one. Fails where the mount would not last: outside
 * of the mount namespace of process 1.
 */
int cni_bpffs_mount(struct cni_error *e);
/*
 * Checks whether cni_bpffs_mount() would succeed. Mounts nothing. Returns 0, or the code and fills
 * *e.
 */
int cni_bpffs_check(struct cni_error *e);
/*
 * Whether the host has no bpffs, so that no endpoint exists. False also when the plugin does not
 * see the mounts of the host.
 */
bool cni_bpffs_missing(void);

#endif
