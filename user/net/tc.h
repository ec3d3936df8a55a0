/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching TC programs: tcx links on a parent where the kernel has them (6.6), else clsact and cls_bpf;
 * on host ends always one block of filters shared by all endpoints of a parent.
 * All return 0 or -errno; xm_nl_why() then has the kernel's explanation.
 */
#ifndef XM_TC_H
#define XM_TC_H

#include <stdbool.h>
#include <stdint.h>

#include "net/nl.h"

/* -EEXIST: it has one */
int xm_tc_add_clsact(struct xm_nl *nl, uint32_t ifindex);
int xm_tc_del_clsact(struct xm_nl *nl, uint32_t ifindex);

/*
 * Adds an ingress qdisc whose filters are the shared block's. Not clsact: that makes a block for egress
 * too, for each device, and turns on the kernel's look at egress filters for every frame it sends.
 */
int xm_tc_join_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block);

/* Puts a direct-action cls_bpf filter into a block, or replaces the one that is there in one step */
int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name);

/* The same on a device's own clsact, ingress or egress; ours is recognised by priority and handle */
int xm_tc_set_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		     const char *name);
int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress);

/* Whether any filter is left on the device's clsact. 1, 0 or -errno. */
int xm_tc_has_filters(struct xm_nl *nl, uint32_t ifindex);

/* Whether a device has joined the block and the block has a filter. 1, 0 or -errno. */
int xm_tc_in_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block);

/* Whether one of our filters is on the device's clsact. 1, 0 or -errno. */
int xm_tc_has_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress);

/* A tcx link, as a file descriptor to be pinned. -EOPNOTSUPP: the kernel is older than 6.6. */
int xm_tc_link(int prog_fd, uint32_t ifindex, bool ingress);
/* How many programs tcx runs there on ingress, whosever they are; 0 also when the kernel has none */
uint32_t xm_tc_links(uint32_t ifindex);

#endif
