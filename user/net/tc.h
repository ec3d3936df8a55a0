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
/* Gives the device no queue (qdisc noqueue): its driver gets every frame at once */
int xm_tc_set_noqueue(struct xm_nl *nl, uint32_t ifindex);
int xm_tc_del_clsact(struct xm_nl *nl, uint32_t ifindex);

/*
 * Adds xmacvlan's direct-action cls_bpf filter to a block, or replaces its program in one step.
 * When filters of others are before it, it becomes the first again where that is possible.
 * XM_BLOCK_ONCE: the program must not run twice on a frame, so for some microseconds the block has
 * no filter of xmacvlan. XM_BLOCK_MIRRED: the filter gets the class XM_CLASSID_MIRRED unless others
 * are between it and that of xm_tc_add_block_mirred().
 */
enum { XM_BLOCK_ONCE = 1 << 0, XM_BLOCK_MIRRED = 1 << 1 };
int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name,
		    unsigned int flags);

/*
 * Adds the filter behind it, or replaces that one: what the classifier prog_fd matches is received
 * on the device `ifindex` (act_mirred). -ENOENT: the kernel has no act_mirred.
 */
int xm_tc_add_block_mirred(struct xm_nl *nl, uint32_t block, int prog_fd, uint32_t ifindex);
/* Returns 1 when the block has that filter and its device exists, else 0, or a negative errno */
int xm_tc_block_has_mirred(struct xm_nl *nl, uint32_t block, uint32_t ifindex);

/* A filter of a device's clsact */
struct xm_tc_filter {
	uint32_t priority;
	uint32_t handle;
	uint32_t prog_id; /* id of the BPF program; 0: the filter is of another kind */
	uint32_t class_id; /* TCA_BPF_CLASSID; 0: none */
	uint32_t mirred; /* ifindex of the device to which its first action leads; 0: none */
	bool bars; /* it prevents a filter of xmacvlan in the first priority */
	char kind[16]; /* "bpf", "u32", … */
	char name[32]; /* name of a BPF filter; "": the filter is of another kind */
};

#define XM_TC_FILTERS_MAX 64 /* xm_tc_filters() lists no more */

/*
 * Lists the filters of one hook (ingress, or egress) in the order in which the kernel runs them, at
 * most `room`. Returns their number, 0 without a clsact, or a negative errno.
 */
int xm_tc_filters(struct xm_nl *nl, uint32_t ifindex, bool ingress, struct xm_tc_filter *ret,
		  int room);
/* Whether xm_tc_set_filter() has made the filter with this name */
bool xm_tc_filter_is_ours(const struct xm_tc_filter *filter, const char *name);

/*
 * Looks for a BPF filter of others before xmacvlan's in a block. Returns 1 and fills *ret; 0 when
 * there is none; -ENOENT when xmacvlan's filter, or the one behind it, is missing; or another
 * negative errno. *barred: xm_tc_set_block() does not move xmacvlan's filter, because filters of
 * other kinds, which limit rates, are before it.
 */
int xm_tc_block_earlier(struct xm_nl *nl, uint32_t block, const char *name,
			struct xm_tc_filter *ret, bool *barred);

/*
 * Adds xmacvlan's filter to the clsact of a device, before those of others where that is possible,
 * or replaces the program of an existing one in one step
 */
int xm_tc_set_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		     const char *name);
/*
 * Makes xmacvlan's filter the first one. For some microseconds the kernel runs the program twice.
 * -EINVAL: the first priority has a filter of another kind.
 */
int xm_tc_move_filter_first(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
			    const char *name);
/* Deletes xmacvlan's filter of that name. -ENOENT: there is none. */
int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, const char *name);

/* Returns 1 when the clsact of a device has filters, else 0, or a negative errno */
int xm_tc_has_any_filter(struct xm_nl *nl, uint32_t ifindex);

/*
 * Returns 1 when the block has a filter; 0 when it has none or does not exist; or a negative errno
 */
int xm_tc_block_has_filter(struct xm_nl *nl, uint32_t block);

#endif
