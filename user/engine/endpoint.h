/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: an endpoint created, changed, removed, and the parts that these are made
 * of. Functions return 0 or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_ENDPOINT_H
#define XM_ENDPOINT_H

#include "engine/record.h"

/* endpoint_mac.c */

/*
 * Refuses a MAC that is no unicast address (-EADDRNOTAVAIL), or is the parent's or another
 * endpoint's (-EADDRINUSE)
 */
int xm_endpoint_mac_check(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			  struct xm_err *e);
/* A random, locally administered MAC */
int xm_mac_draw(uint8_t *ret, struct xm_err *e);
/* The same, and the check accepts it */
int xm_endpoint_mac_random(struct xm_parent *p, uint8_t *ret, struct xm_err *e);
/* Gives the endpoint another MAC; with `device` false its device has it already */
int xm_endpoint_mac_change(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e);
/*
 * A change of more than the MAC takes three functions. This one ends with the new MAC and
 * everything else of ep->rec in force. The old MAC stays in mac_table as rec.other_mac, and the
 * endpoint is in state CHANGING until xm_endpoint_mac_del_other().
 */
int xm_endpoint_mac_switch(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac,
			   bool device, struct xm_err *e);
/*
 * Undoes xm_endpoint_mac_switch(): restores the record `before`, and the MAC `parent_mac` of a
 * passthru parent. When not even the record can be written, the next command completes the change.
 */
int xm_endpoint_mac_revert(struct xm_parent *p, struct xm_endpoint *ep,
			   const struct xm_endpoint_record *before, const uint8_t *parent_mac,
			   bool device);
/* Removes rec.other_mac from mac_table and from the parent's unicast filter */
int xm_endpoint_mac_del_other(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Completes an interrupted change of the MAC, as the record has it */
int xm_endpoint_mac_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Makes the programs ask mac_table for the MAC, as xm_endpoint_mac_add() does for an endpoint */
int xm_hint_keep(struct xm_parent *p, const uint8_t *mac);
/* The MAC in mac_table; del removes it only while it is this endpoint's */
int xm_endpoint_mac_add(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			struct xm_err *e);
int xm_endpoint_mac_del(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
			struct xm_err *e);
/*
 * The endpoint's entries of the parent's unicast filter: add enters port.mac and saves the record;
 * del removes the entries of both MACs that are ours (rec.filtered)
 */
int xm_endpoint_uc_filter_add(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
int xm_endpoint_uc_filter_del(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* endpoint_peer.c: the peer end, in another namespace as a rule */

int xm_peer_set_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		    struct xm_err *e);
int xm_peer_set_mtu(struct xm_parent *p, const struct xm_endpoint *ep, uint32_t mtu,
		    struct xm_err *e);
/*
 * Gives the peer end NAPI (GRO), which XDP frames need and which keeps copies of group frames out
 * of the backlog; sets XM_PORT_NAPI. An endpoint that cannot have it works without. netns_fd: the
 * namespace of the peer end, or -1.
 */
/* Sets the sysctls that `add` has; the peer end is down */
int xm_peer_set_sysctls(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
			const struct xm_add *add, struct xm_err *e);
void xm_peer_give_napi(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd);
bool xm_peer_has_gro(struct xm_parent *p, const struct xm_endpoint *ep);

/*
 * source_list.c: the MACs that a source-mode endpoint lists. Only xm_source_list_apply() saves
 * a record.
 */

/* Fills a generation with what the list becomes by the settings */
int xm_source_list_fill(struct xm_parent *p, const struct xm_endpoint *ep,
			const struct xm_settings *s, uint16_t gen, struct xm_err *e);
/*
 * Applies the settings' macaddr to an endpoint in source mode; each of the operations is one step.
 * `set` and `flush` leave the entries of another generation, which xm_source_list_sweep() removes.
 * Until then the endpoint is in state CHANGING.
 */
int xm_source_list_apply(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			 struct xm_err *e);
/* Removes all entries of the slot, whether it has an endpoint or not */
int xm_source_list_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/* Removes the entries of the slot that are not of the generation in force */
int xm_source_list_sweep(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/* The listed MACs, allocated. Returns their number or a negative errno; *e is not filled. */
int xm_source_list_read(const struct xm_parent *p, const struct xm_endpoint *ep,
			uint8_t (**ret)[XM_MAC_LEN]);

/* parent_sweep.c */

/* Whether the network namespace of the peer end has ended (xm_parent_sweep_ended()) */
bool xm_endpoint_has_ended(struct xm_parent *p, const struct xm_endpoint *ep);

/* endpoint_del.c */

enum xm_delete_how {
	XM_DELETE_NOW,
	/* devices and record (state PARTIAL) stay until xm_parent_delete_pending() */
	XM_DELETE_PENDING,
};

/*
 * Removes an endpoint, whatever exists of it. ep is invalid after success and stays valid after an
 * error. XM_DELETE_PENDING when more
 * endpoints may follow: the caller ends with xm_parent_delete_pending(). When the host end cannot
 * be put into the link group of that call, its devices are deleted immediately.
 */
int xm_endpoint_remove(struct xm_parent *p, struct xm_endpoint *ep, enum xm_delete_how how,
		       struct xm_err *e);
/* XM_DELETE_PENDING in a batch, whose end deletes all devices together; else XM_DELETE_NOW */
enum xm_delete_how xm_delete_how(const struct xm_engine *engine);
/* Deletes the devices and records of all endpoints that XM_DELETE_PENDING left */
int xm_parent_delete_pending(struct xm_parent *p, struct xm_err *e);

/* endpoint_plan.c */

/* Checks `add` against the parent and fills *ret with slot and record. Changes nothing. */
int xm_endpoint_plan(struct xm_parent *p, const struct xm_add *add, struct xm_endpoint *ret,
		     struct xm_err *e);

/* endpoint_build.c */

/*
 * Creates everything of the endpoint but its carrier: the host end stays down. fill_block false:
 * the block of filters is filled later (xm_parent_fill_block()).
 */
int xm_endpoint_build(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add,
		      bool fill_block, struct xm_err *e);
/*
 * Sets the host end up, unless the parent has no carrier and a watcher runs; the endpoint is READY
 */
int xm_endpoint_bring_up(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Puts endpoint_rx into the block of the host ends unless this session has done so */
int xm_parent_fill_block(struct xm_parent *p, struct xm_err *e);
/* Wires up an endpoint whose host end was moved to the engine's namespace */
int xm_endpoint_rewire(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* endpoint_add.c */

/*
 * In a batch the endpoint may stay down, in state PARTIAL, until xm_parent_finish_added() brings
 * it up, or removes it again when that fails.
 */
int xm_endpoint_create(struct xm_parent *p, const struct xm_add *add, struct xm_err *e);
int xm_parent_finish_added(struct xm_parent *p, struct xm_err *e);

/* endpoint_complete.c */

/*
 * Completes an endpoint in state CHANGING from its record. What fails leaves it so, for the next
 * command.
 */
int xm_endpoint_complete_change(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* endpoint_set.c */

/* Changes an endpoint: everything is checked, then done, and undone when a step fails */
int xm_endpoint_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
		    struct xm_err *e);

/* verify.c */

/* Returns 0, or fills *e with what is not as it has to be. Repairs nothing. */
int xm_endpoint_verify(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
