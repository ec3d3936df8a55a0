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

/* Adds our direct-action cls_bpf filter to a block, or replaces it atomically */
int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name);

/* A filter of a device's clsact, as the kernel lists them: in the order in which it runs them */
struct xm_tc_filter {
	uint32_t priority;
	uint32_t handle;
	uint32_t prog_id; /* of a BPF program, else 0 */
	bool bars; /* ours cannot be in the first priority beside it */
	char kind[16]; /* "bpf", "u32", … */
	char name[32]; /* of a BPF filter, else "" */
};

#define XM_TC_FILTERS_MAX 64 /* more of them are not looked at */

/*
 * Lists the filters of one hook up to `room`. Returns their number, 0 without a clsact, or a
 * negative errno.
 */
int xm_tc_filters(struct xm_nl *nl, uint32_t ifindex, bool ingress, struct xm_tc_filter *ret,
		  int room);
/* Whether the filter is ours: xm_tc_set_filter() has made it with this name */
bool xm_tc_filter_is_ours(const struct xm_tc_filter *filter, const char *name);

/*
 * Adds our filter to the clsact of a device, before those of other programs where it can be, or
 * replaces its program in one step
 */
int xm_tc_set_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		     const char *name);
/*
 * Makes our filter the first one. For some microseconds the old and the new one both run. -EINVAL:
 * a filter of another kind has the first priority.
 */
int xm_tc_move_filter_first(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
			    const char *name);
/* -ENOENT: there is none */
int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, const char *name);

/* Returns 1 when the clsact of a device has filters, else 0, or a negative errno */
int xm_tc_has_any_filter(struct xm_nl *nl, uint32_t ifindex);

/*
 * Returns 1 when the device uses the block and the block has a filter, else 0, or a negative errno
 */
int xm_tc_in_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block);

/* Returns 1 when the block has a filter, 0: it has none or does not exist, or a negative errno */
int xm_tc_block_has_filter(struct xm_nl *nl, uint32_t block);

/* Attaches by tcx, before all others. Returns the link's descriptor; -EOPNOTSUPP: before 6.6. */
int xm_tcx_attach(int prog_fd, uint32_t ifindex, bool ingress);

#define XM_TCX_MAX 64 /* BPF_MPROG_MAX */

/*
 * Lists the ids of the programs that tcx runs at one hook, ours and others, in their order. Returns
 * their number, 0 also without tcx.
 */
int xm_tcx_list(uint32_t ifindex, bool ingress, uint32_t ret[XM_TCX_MAX]);

#endif
