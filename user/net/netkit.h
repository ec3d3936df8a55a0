/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TC programs in the transmit of a pair of netkit devices (Linux 6.7). `primary` is the ifindex of
 * the primary device, here the host end, in the namespace of this thread. Functions return 0 or a
 * negative errno, unless their comment says more.
 */
#ifndef XM_NETKIT_H
#define XM_NETKIT_H

#include <stdbool.h>
#include <stdint.h>

#define XM_NETKIT_MAX 64 /* BPF_MPROG_MAX */

/*
 * Attaches a program before all others to what the peer device sends. It stays attached until it is
 * detached or the pair is deleted; also in another namespace. -EEXIST: it is attached already.
 */
int xm_netkit_attach(int prog_fd, uint32_t primary);
int xm_netkit_detach(int prog_fd, uint32_t primary);

/*
 * Lists the ids of the programs that run on what the peer device sends (peer), or the primary, in
 * their order. Returns their number; 0 also when the device is no netkit.
 */
int xm_netkit_list(uint32_t primary, bool peer, uint32_t ret[XM_NETKIT_MAX]);

/* Whether the kernel has netkit. ifindex: of any device of this namespace */
bool xm_netkit_exists(uint32_t ifindex);

#endif
