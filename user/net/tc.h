/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches TC programs. Parents: tcx links where the kernel has them (6.6), else clsact and
 * cls_bpf. Host ends: one block of filters that all endpoints of a parent share. Functions return 0
 * or a negative errno; xm_nl_why() then has the kernel's explanation.
 */
#ifndef XM_TC_H
#define XM_TC_H

#include <stdbool.h>
#include <stdint.h>

#include "net/nl.h"

/* -EEXIST: the device has a clsact */
int xm_tc_add_clsact(struct xm_nl *nl, uint32_t ifindex);
int xm_tc_del_clsact(struct xm_nl *nl, uint32_t ifindex);

/*
 * Adds an ingress qdisc that uses the filters of a shared block. A clsact would create a block for
 * egress too, for each device, and make the kernel check for egress filters on every frame.
 */
int xm_tc_join_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block);

/* Adds our direct-action cls_bpf filter to a block, or replaces it atomically */
int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name);

/* The same on the clsact of a device. Priority and handle identify our filter. */
int xm_tc_set_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		     const char *name);
int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress);

/* Returns 1 when the clsact of a device has filters, else 0, or a negative errno */
int xm_tc_has_any_filter(struct xm_nl *nl, uint32_t ifindex);

/*
 * Returns 1 when the device uses the block and the block has a filter, else 0, or a negative errno
 */
int xm_tc_in_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block);

/* Returns 1 when one hook of the device's clsact has a filter, else 0, or a negative errno */
int xm_tc_has_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress);

/* Attaches by tcx. Returns the link's descriptor; -EOPNOTSUPP: the kernel is older than 6.6. */
int xm_tcx_attach(int prog_fd, uint32_t ifindex, bool ingress);
/* Returns how many programs tcx runs on ingress, ours and others; 0 also without tcx */
uint32_t xm_tcx_count(uint32_t ifindex);

#endif
