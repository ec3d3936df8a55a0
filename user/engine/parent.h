/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the life of a parent. Functions return 0 or a negative errno and fill *e,
 * unless their comment says more.
 */
#ifndef XM_PARENT_H
#define XM_PARENT_H

#include "engine/record.h"

/* parent_device.c */

/* The device of that name in the namespace of the session */
int xm_parent_device_find(struct xm_engine *engine, const char *name, struct xm_link *ret,
			  struct xm_err *e);
/*
 * The device that *link stands for, as a macvlan on a macvlan attaches to the real device
 * (macvlan_common_newlink())
 */
int xm_parent_device_resolve(struct xm_engine *engine, struct xm_link *link, struct xm_err *e);
/* Checks that the device can be a parent */
int xm_parent_device_check(struct xm_engine *engine, const struct xm_link *link, struct xm_err *e);

/* parent_needs.c */

/*
 * Derives from the endpoints what the parent needs (features, highest slot, parent_tx,
 * allmulticast, promiscuity) and sets or restores what differs
 */
int xm_parent_update(struct xm_parent *p, struct xm_err *e);

/* parent_destroy.c */

/* Removes the endpoints, detaches the programs, removes the pins; p->gone is set */
int xm_parent_destroy(struct xm_parent *p, struct xm_err *e);
/*
 * Whether the parent stays without an endpoint: attached by `attach`, broken, or XDP may not be
 * detached by this process
 */
bool xm_parent_stays(const struct xm_parent *p);
/* Destroys the parent when no endpoint with a device is left and it is not kept */
int xm_parent_destroy_unused(struct xm_parent *p, struct xm_err *e);

/* parent_force.c */

/*
 * Removes everything of the parent that can be found, whether its records can be read or not. What
 * the driver refuses for good (its MAC) does not keep the rest: the error says so, p->gone is set.
 * After other errors p->gone is not set, the pins stay, and the call can be repeated.
 */
int xm_parent_destroy_force(struct xm_parent *p, struct xm_err *e);

/* parent_sweep.c */

/*
 * Removes the endpoints whose devices have gone: a look-up for each, so loading a parent does not
 * do it. Returns their number or a negative errno.
 */
int xm_parent_sweep(struct xm_parent *p, struct xm_err *e);
/*
 * Removes the endpoints whose namespace has ended: the kernel deletes their devices some time later
 * (cleanup_net()), and until then they hold name, MAC and slot. mac: only the one with this MAC;
 * NULL: all. Two requests for each. Returns their number or a negative errno.
 */
int xm_parent_sweep_ended(struct xm_parent *p, const uint8_t *mac, struct xm_err *e);
/* The same; the parent may go with its last endpoint (p->gone). Returns 0 or a negative errno. */
int xm_parent_sweep_destroy_unused(struct xm_parent *p, struct xm_err *e);

/* parent_repair.c */

/* Completes or undoes what an interrupted command left */
int xm_parent_repair(struct xm_parent *p, struct xm_err *e);

/* migrate.c */

/*
 * xm_parent_load_pins(); pins of an older major version are taken over first. Not for readers,
 * which change nothing.
 */
int xm_parent_load(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		   struct xm_err *e);
/* Replaces pins of an older major version by those of this one, without losing a frame */
int xm_parent_migrate(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e);

/* upgrade.c */

/* Replaces the programs by this binary's, without losing a frame */
int xm_parent_upgrade(struct xm_parent *p, struct xm_err *e);
/* In state UPGRADING: attaches this binary's programs again, before xm_xdp_repair() */
int xm_parent_upgrade_undo(struct xm_parent *p, struct xm_err *e);

/* parent_settle.c */

/*
 * Judges and repairs a loaded parent. Returns 1; 0: the parent is gone or missing, and p is only to
 * be closed; or a negative errno.
 */
int xm_parent_settle(struct xm_parent *p, struct xm_err *e);

/* parent_create.c */

/*
 * The attached parent of that name or, when it is not attached, attached with that request for XDP
 * (enum xm_xdp)
 */
int xm_parent_find_or_attach(struct xm_engine *engine, const char *name, uint8_t xdp,
			     struct xm_parent **ret, struct xm_err *e);

/*
 * parent_move.c: the parent was moved to another namespace, and its host ends follow. Both may be
 * repeated.
 */

/*
 * Sends host ends and pins after a parent in state MOVING. Returns 1 when they are there, and p is
 * only to be closed; 0 when the parent is back, and p is an ordinary attached parent; or a negative
 * errno.
 */
int xm_parent_move_out(struct xm_parent *p, struct xm_err *e);
/*
 * Attaches what has come to this namespace. Returns 1 when p is an ordinary attached parent, 0 when
 * the parent is gone, or an error.
 */
int xm_parent_move_in(struct xm_parent *p, struct xm_err *e);

#endif
