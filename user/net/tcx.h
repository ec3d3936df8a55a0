/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TC programs attached by tcx (Linux 6.6), which run before the filters of a clsact. Functions
 * return 0 or a negative errno, unless their comment says more.
 */
#ifndef XM_TCX_H
#define XM_TCX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Attaches a program before all others. Returns the descriptor of the link or a negative errno.
 * -EOPNOTSUPP: the kernel has no tcx (before 6.6).
 */
int xm_tcx_attach(int prog_fd, uint32_t ifindex, bool ingress);
/*
 * The same without a link: the program stays attached until it is detached or the device is
 * deleted. Returns 0 or a negative errno.
 */
int xm_tcx_attach_program(int prog_fd, uint32_t ifindex, bool ingress);
int xm_tcx_detach_program(int prog_fd, uint32_t ifindex, bool ingress);

#define XM_TCX_MAX 64 /* BPF_MPROG_MAX */

/*
 * Lists the ids of all programs that tcx runs at one hook, in their order. Returns their number; 0
 * also when the kernel has no tcx.
 */
int xm_tcx_list(uint32_t ifindex, bool ingress, uint32_t ret[XM_TCX_MAX]);

#endif
