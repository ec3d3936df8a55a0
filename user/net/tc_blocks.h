/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which blocks of TC filters devices share. Functions return 0 or a negative errno; xm_nl_why()
 * then has the kernel's explanation.
 */
#ifndef XM_TC_BLOCKS_H
#define XM_TC_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "net/nl.h"

/* A device with an ingress or clsact qdisc */
struct xm_tc_blocks {
	uint32_t ifindex;
	uint32_t ingress, egress; /* numbers of blocks; 0: none that is shared */
};

/*
 * Lists the devices of the namespace that use blocks, sorted by ifindex. The caller frees *ret,
 * which is NULL when there is none.
 */
int xm_tc_list_blocks(struct xm_nl *nl, struct xm_tc_blocks **ret, size_t *count);
/* Finds the entry of a device in that list; NULL: there is none */
const struct xm_tc_blocks *xm_tc_blocks_find(const struct xm_tc_blocks *list, size_t count,
					     uint32_t ifindex);

/*
 * Returns 1 when the device uses the block and the block has a filter, else 0, or a negative errno
 */
int xm_tc_in_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block);

/* Adds a clsact that uses the TC filters of two shared blocks, one for each direction */
int xm_tc_join_blocks(struct xm_nl *nl, uint32_t ifindex, uint32_t ingress, uint32_t egress);

/*
 * The same instead of the ingress or clsact qdisc that the device has. Between the two the device
 * has none, for the time of a grace period; both are one system call.
 */
int xm_tc_rejoin_blocks(struct xm_nl *nl, uint32_t ifindex, uint32_t ingress, uint32_t egress);

#endif
