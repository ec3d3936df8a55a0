/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The file system of the pins, /sys/fs/bpf */
#ifndef XM_CNI_BPFFS_H
#define XM_CNI_BPFFS_H

#include <stdbool.h>

#include "cni/error.h"

/* Mounts a bpffs unless there is one; refuses where the mount would not last */
int cni_bpffs_mount(struct cni_error *e);
/* Whether that would succeed. Mounts nothing. */
int cni_bpffs_check(struct cni_error *e);
/*
 * Whether the host has no bpffs, so that no endpoint exists. False also when the plugin does not
 * see the mounts of the host.
 */
bool cni_bpffs_missing(void);

#endif
