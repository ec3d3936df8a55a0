/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of the engine for the watcher alone. The order of a session: xm_engine_move() for each
 * parent that was moved, then xm_engine_start(), then the rest. Functions return 0 or a negative
 * errno and fill *e, unless their comment says more.
 */
#ifndef XM_WATCHER_CALLS_H
#define XM_WATCHER_CALLS_H

#include "engine/engine.h"
#include "net/tc_blocks.h"

/*
 * Reads the ifindexes of the namespace's parents into *ret, which the caller frees. Returns their
 * number or a negative errno.
 */
int xm_engine_list(struct xm_engine *engine, uint32_t **ret, struct xm_err *e);
/*
 * Locks and loads a parent, and repairs what an interrupted command left of it. Returns 1 and fills
 * *ret, which is valid until xm_engine_unlock(); 0 when it is not attached; -ETIMEDOUT when another
 * process has the lock; or another negative errno.
 */
int xm_engine_lock_parent(struct xm_engine *engine, uint32_t ifindex, struct xm_parent **ret,
			  struct xm_err *e);
/* Unlocks the parents that the session has locked */
void xm_engine_unlock(struct xm_engine *engine);

/*
 * Brings a parent into line with its device: removes endpoints whose devices no longer exist, takes
 * over carrier and MAC; with `whole` also VLAN devices and the TC filters of the host ends' blocks.
 * Returns 1 when the parent itself was removed.
 */
int xm_engine_sync_parent(struct xm_parent *p, bool whole, struct xm_err *e);

/*
 * Brings an endpoint into line with its devices: MAC, MTU, namespace, carrier. Fills *ret with the
 * result, also after an error. An error means that something could not be taken over, e.g. a MAC
 * that macvlan would refuse; the record then keeps the former value.
 */
int xm_engine_sync_endpoint(struct xm_parent *p, struct xm_endpoint *ep,
			    struct xm_endpoint_info *ret, struct xm_err *e);
/* Records whether the parent's multicast filter has the groups of the endpoint */
int xm_endpoint_set_mcast_filtered(struct xm_parent *p, struct xm_endpoint *ep, bool filtered,
				   struct xm_err *e);

/*
 * Sets up the host ends that the watcher has set down for want of a carrier. The watcher calls it
 * at its end.
 */
int xm_engine_restore_carrier(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e);

/* parent_list.c */

/* The parent's device, as last read */
const struct xm_link *xm_parent_link(const struct xm_parent *p);

/*
 * The programs of others that ran before xmacvlan's on the parent, as found by this session, which
 * has put xmacvlan's first
 */
const struct xm_tc_earlier *xm_parent_earlier(const struct xm_parent *p);
/*
 * The programs that others had detached from the parent or its host ends, and that this session has
 * attached again: set of 1 << enum xm_program
 */
uint32_t xm_parent_reattached(const struct xm_parent *p);
/* The endpoint number i (from 0) of the parent, in no order; NULL: there are fewer */
struct xm_endpoint *xm_parent_endpoint(struct xm_parent *p, size_t i);

/* parent_broken.c */

/*
 * Why the parent is broken, one line; NULL: it is not broken. A broken parent must not be passed to
 * xm_engine_sync_parent().
 */
const char *xm_parent_broken(const struct xm_parent *p);

/* tc_order.c */

/*
 * Returns false when a session could put xmacvlan's programs before those of others on the parent;
 * true when they are first, or cannot be. Reads the parent's pins; needs no session and no lock. nl
 * and the calling thread are in the parent's namespace, which has this cookie.
 */
bool xm_tc_is_first(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex);

/*
 * Returns false when others have detached xmacvlan's programs from the parent; a session attaches
 * them again. As xm_tc_is_first() in everything else.
 */
bool xm_tc_is_attached(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex);

/* parent_needs.c */

/*
 * Returns false when the programs report frames although no process traces them, because one was
 * killed; a session ends that. As xm_tc_is_first() in the rest; needs no rtnetlink.
 */
bool xm_trace_has_listener(uint64_t cookie, uint32_t ifindex);

/* host_end_programs.c */

/*
 * Returns false when others have deleted xmacvlan's filters from the blocks that the host ends
 * share; a session puts them back. For a parent with endpoints: without one there are no blocks.
 * As xm_tc_is_first() in everything else.
 */
bool xm_host_end_programs_are_filled(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex);

/* host_end_order.c */

/*
 * Returns false when a session would attach endpoint_rx to the host end, or move or detach it
 * there: others have attached a program before it or deleted theirs, by tcx at ingress; or they
 * have detached it from a netkit. kind: enum xm_endpoint_kind. As xm_tc_is_first() in the rest.
 */
bool xm_host_end_has_rx_first(uint64_t cookie, uint32_t ifindex, uint32_t host_ifindex,
			      uint8_t kind);

/* host_end_rejoin.c */

/*
 * Whether a host end of the parent ifindex has its TC filters. has: its blocks, of
 * xm_tc_list_blocks(); NULL: it has none.
 */
bool xm_host_end_is_joined(const struct xm_tc_blocks *has, uint32_t ifindex);

/* snapshot.c */

/* Fills *ret from the endpoint's record. Reads no device. */
void xm_endpoint_describe(const struct xm_endpoint *ep, struct xm_endpoint_info *ret);

/* parent_move.c */

/*
 * Makes the endpoints follow a parent that was moved to another namespace. ifindex: in this
 * namespace; nsid: id of the other namespace in this one; new_ifindex: in the other one. Must be
 * the first call of the session: any other call would take the parent for deleted.
 */
int xm_engine_move(struct xm_engine *engine, uint32_t ifindex, int32_t nsid, uint32_t new_ifindex,
		   struct xm_err *e);

#endif
