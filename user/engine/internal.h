/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Inside the engine: parents, their endpoints, and how each is brought into line */
#ifndef XM_PARENT_H
#define XM_PARENT_H

#include "engine/engine.h"
#include "pins/maps.h"
#include "pins/pin_dir.h"
#include "pins/pin_names.h"

/* The parent's block of filters, shared by its host ends; unique per namespace as the ifindex is */
#define XM_TC_BLOCK(ifindex) (0x40000000u | (ifindex))

/* The link group that deleted host ends are put into on their way out; nothing else is */
#define XM_GROUP_PENDING_DELETE (XM_GROUP_BASE + 0xffffu)

/* device.c */

/*
 * The device that *link stands for, as a macvlan on a macvlan attaches to the real device (macvlan_common_newlink).
 * 0 or -errno, said: that one is out of reach.
 */
int xm_parent_device_resolve(struct xm_engine *engine, struct xm_link *link, struct xm_err *e);
/* Whether it can be a parent. 0 or -errno, said. */
int xm_parent_device_check(struct xm_engine *engine, const struct xm_link *link, struct xm_err *e);

/* parent.c */

/* Only the maps, what is in them, and nothing of the devices */
int xm_parent_load(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p, struct xm_err *e);
/* Opens and repairs the parent that is attached. -ENOENT, not said: it is not. */
int xm_parent_open(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p, struct xm_err *e);
/* The loaded parent of that name or, when it is not attached, attached with that wish for XDP (-1: auto) */
int xm_parent_need(struct xm_engine *engine, const char *name, int xdp, struct xm_parent **ret,
		   struct xm_err *e);
void xm_parent_close(struct xm_parent *p);
/* Whether it is this parent's pins that could not be loaded. 0 or -errno, said. */
int xm_parent_check_pins(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e);
/* Whether the kernel still has the endpoint's device. 1, 0, or -errno: it could not be asked. */
int xm_parent_has_device(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/*
 * An endpoint in state changing completed from its record. What fails leaves it in that state, for the next
 * change of it and the next command.
 */
int xm_endpoint_complete_change(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/*
 * Removes the endpoints whose devices are gone. Loading a parent does not, for it is a look-up for each.
 * How many, or -errno.
 */
int xm_parent_sweep(struct xm_parent *p, struct xm_err *e);
/* "eth0": for messages */
const char *xm_parent_name(const struct xm_parent *p);

/* records.c: meta and endpoints into p. 0 or -errno, said; -EPROTO: they are not what this xmacvlan writes. */
int xm_records_read(struct xm_parent *p, uint32_t ifindex, struct xm_err *e);

/* owners.c */
int xm_owner_save(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_owner *owner, struct xm_err *e);
int xm_owner_forget(struct xm_parent *p, uint32_t slot, struct xm_err *e);

/* verify.c: 0, or what is not as it should be, said */
int xm_endpoint_verify(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* slots.c; pointers into p->slots are void after a push or a drop */
struct xm_endpoint *xm_endpoint_push(struct xm_parent *p, uint32_t slot, const struct xm_endpoint_record *rec); /* NULL: ENOMEM */
void xm_endpoint_drop(struct xm_parent *p, struct xm_endpoint *ep);
void xm_endpoints_free(struct xm_parent *p);
/* NULL: there is none */
struct xm_endpoint *xm_endpoint_by_name(struct xm_parent *p, const char *name);
struct xm_endpoint *xm_endpoint_by_slot(struct xm_parent *p, uint32_t slot);
/* Lowest free slot: keeps floods, which walk the slots, short. 0: all taken. */
uint32_t xm_slot_lowest_free(struct xm_parent *p);
/* After a change of the record: what the endpoint makes its parent need now */
void xm_endpoint_count_features(struct xm_parent *p, struct xm_endpoint *ep);

/* upkeep.c */

/* Detaches programs, removes endpoints that are left and all pins; p->gone then */
int xm_parent_destroy(struct xm_parent *p, struct xm_err *e);
/* ... when nothing keeps it: no endpoint, not attached by hand, and XDP may be detached */
int xm_parent_release(struct xm_parent *p, struct xm_err *e);
bool xm_parent_kept(const struct xm_parent *p);
/*
 * Derives from the endpoints what the parent needs (features, highest slot, parent_tx, allmulticast,
 * promiscuity) and sets or puts back what differs.
 */
int xm_parent_update(struct xm_parent *p, struct xm_err *e);
int xm_parent_save(struct xm_parent *p, struct xm_err *e);

/* session.c */

/*
 * Opens the engine of the current network namespace for who has the lock already, by another engine. 0 or -errno,
 * said; xm_engine_close() closes it.
 */
int xm_engine_open_unlocked(struct xm_engine *engine, struct xm_err *e);


/* What every call but add and del begins with: the parents are loaded, nothing is gathered any more */
int xm_engine_start(struct xm_engine *engine, struct xm_err *e);
/* Calls fn for each parent, all of them; the first error comes back */
int xm_engine_for_each(struct xm_engine *engine, int (*fn)(struct xm_parent *, struct xm_err *), struct xm_err *e);
/* Without the endpoints that lost their devices; the parent may go with them (p->gone) */
int xm_engine_sweep(struct xm_parent *p, struct xm_err *e);
/* Frees the parents that are gone, or all */
void xm_engine_reap(struct xm_engine *engine, bool all);
/* The loaded parent with that ifindex. NULL: there is none. */
struct xm_parent *xm_engine_parent(struct xm_engine *engine, uint32_t ifindex);

/* load.c */

/* Loads the namespace's parents, once a session */
int xm_engine_load(struct xm_engine *engine, struct xm_err *e);

/* attach.c: programs on the parent; done and undone as often as one likes */
int xm_tc_attach_rx(struct xm_parent *p, struct xm_err *e);
int xm_tc_attach_tx(struct xm_parent *p, bool on, struct xm_err *e);
int xm_tc_detach(struct xm_parent *p, struct xm_err *e);
/* Puts endpoint_rx into the block that the host ends share; the block exists */
int xm_tc_fill_block(struct xm_parent *p, struct xm_err *e);
/* 0, or that a program which the parent needs is not attached (any more), said */
int xm_tc_verify(struct xm_parent *p, struct xm_err *e);
/* Brings XDP to the parent's wish. In auto it never fails, p->meta.xdp_reason says what came out. */
int xm_xdp_attach(struct xm_parent *p, struct xm_err *e);
/* Whether what is attached is what the wish asks for, and known to be */
bool xm_xdp_is_current(const struct xm_parent *p);
/* xdp_policy.c: each leaves its reason in p->meta.xdp_reason */
void xm_xdp_reason(struct xm_parent *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Whether parent_xdp may redirect in that mode: enum xm_features, or -errno, said */
int xm_xdp_redirects(struct xm_parent *p, enum xm_xdp mode, struct xm_err *e);
/* What `auto` comes to */
enum xm_xdp xm_xdp_decide(struct xm_parent *p);

/* What `attach` asks for (engine.h): both wishes or, on failure, none */
int xm_xdp_configure(struct xm_parent *p, int xdp, int guard, struct xm_err *e);
/* 0, or -EPERM and says so: XDP is attached, and the capability to detach it is not there */
int xm_xdp_may_detach(const struct xm_parent *p, struct xm_err *e);
/* On failure it is known to be attached, or not settled */
int xm_xdp_detach(struct xm_parent *p, struct xm_err *e);

/*
 * This binary's programs in place of those that run, each in one step. On failure some may be the old
 * ones: they work with the same maps, and may be replaced again.
 */
int xm_tc_upgrade(struct xm_parent *p, struct xm_err *e);
/* Removes what a killed upgrade has left */
void xm_tc_sweep(struct xm_parent *p);
int xm_xdp_upgrade(struct xm_parent *p, struct xm_err *e);

/* endpoint.c */
/*
 * While the engine gathers, the endpoint may stay down, in state begun, until xm_parent_complete_added().
 * That removes it again when it cannot bring it up.
 */
int xm_endpoint_create(struct xm_parent *p, const struct xm_add *add, struct xm_err *e);
int xm_parent_complete_added(struct xm_parent *p, struct xm_err *e);
/*
 * The endpoint's host end: by ifindex or, before that is known, by name; a veth in our group in any case,
 * for somebody else may have a device of that name, or of a reused ifindex. 0 or -errno.
 */
int xm_endpoint_host_end(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *ret);

/* Wires up an endpoint whose host end has been moved here */
int xm_endpoint_adopt(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* move.c: the parent was moved to another namespace, and its host ends go after it */

/*
 * Both of a parent in state moving, and as often as one likes: sends the host ends and the pins away; takes
 * in what has come to this namespace. p is only to be closed then, or is as any other.
 */
int xm_parent_move_out(struct xm_parent *p, struct xm_err *e);
int xm_parent_move_in(struct xm_parent *p, struct xm_err *e);

/* remove.c */

/*
 * Removes all of an endpoint, whatever is left of it; ep is gone then. While the engine gathers, its
 * devices and its record, in state begun, stay until xm_parent_delete_pending().
 */
int xm_endpoint_remove(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
int xm_parent_delete_pending(struct xm_parent *p, struct xm_err *e);
int xm_endpoint_save(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Writes ep->rec.port into ports. The record is saved first. */
int xm_endpoint_write_port(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* The record, then the port: a kill in between is completed from the record */
int xm_endpoint_store(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

/* set.c: changes of an endpoint */
int xm_endpoint_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e);
/* Lists the settings' MACs, by itself one step; the endpoint is in source mode */
int xm_endpoint_macaddr(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			struct xm_err *e);

/* address.c */
/* Refuses a MAC that is not a unicast one, or the parent's, or another endpoint's */
int xm_endpoint_mac_check(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e);
int xm_endpoint_mac_random(struct xm_parent *p, uint8_t *ret, struct xm_err *e);
/* Gives an endpoint another MAC; with `device` false its device has it already */
int xm_endpoint_mac_change(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac, bool device,
		      struct xm_err *e);
/*
 * ... in two steps, for a change of more than the address. Move ends with the new address and all else of
 * ep->rec in force; back takes that back to the record `before`, and a passthru parent's MAC to `parent`; or,
 * if even the record cannot be written, leaves all to the next command, which completes it. The address that
 * is to go is still there: drop takes it away, and the endpoint is in state changing until then.
 */
int xm_endpoint_mac_switch(struct xm_parent *p, struct xm_endpoint *ep, const uint8_t *mac, bool device, struct xm_err *e);
int xm_endpoint_mac_revert(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_endpoint_record *before,
		    const uint8_t *parent, bool device);
int xm_endpoint_mac_drop_other(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* Completes a change that was interrupted, as the record has it */
int xm_endpoint_mac_repair(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* The MAC in mac_table; leave removes it only while it is this endpoint's */
int xm_endpoint_mac_enter(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e);
int xm_endpoint_mac_leave(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e);
/* The endpoint's MAC in the parent's unicast filter; `on` saves the record too */
int xm_endpoint_mac_filter(struct xm_parent *p, struct xm_endpoint *ep, bool on, struct xm_err *e);

/* sources.c: lists of source mode. No record is saved here but by xm_source_list_set(). */
int xm_source_list_add(struct xm_parent *p, uint32_t slot, uint16_t gen, const uint8_t *mac, struct xm_err *e);
int xm_source_list_del(struct xm_parent *p, uint32_t slot, uint16_t gen, const uint8_t *mac, struct xm_err *e);
/* Fills a generation with the list as it is to be, whatever is done to it */
int xm_source_list_fill(struct xm_parent *p, const struct xm_endpoint *ep, const struct xm_settings *s, uint16_t gen,
		    struct xm_err *e);
/*
 * Replaces the list in one step, also by nothing. What no longer counts then, or was to count when it fails,
 * is to be swept: until it is, the endpoint is in state changing.
 */
int xm_source_list_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, struct xm_err *e);
/* Removes all of a slot's entries */
int xm_source_list_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e);
/* ... or those that do not count; and, as clear, what a kill has left there twice */
int xm_source_list_sweep(struct xm_parent *p, uint32_t slot, struct xm_err *e);

/* sync.c: follows what was done to the devices by others */
/* All of a parent; or, when `ep` is not NULL, the parent's device and that endpoint alone */
int xm_sync(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* The parent's device without its endpoints; whole: its VLAN devices and its block of filters too */
int xm_sync_parent(struct xm_parent *p, bool whole, struct xm_err *e);
/* The VIDs that VLAN devices of the parent own */
int xm_sync_vlans(struct xm_parent *p, struct xm_err *e);
/* The namespace's VLAN devices, for all parents that are synchronised until they are forgotten */
int xm_vlans_read(struct xm_engine *engine, struct xm_err *e);
void xm_vlans_forget(struct xm_engine *engine);
/* An error tells what was not followed, e.g. an address that macvlan would have refused */
int xm_sync_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
/* dark: the endpoints lose their carrier; else those that lost it so get it back */
int xm_sync_carrier(struct xm_parent *p, bool dark, struct xm_err *e);

/* peer.c: what has to be done inside the peer end's namespace */
int xm_peer_set_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e);
int xm_peer_set_mtu(struct xm_parent *p, const struct xm_endpoint *ep, uint32_t mtu, struct xm_err *e);
/*
 * Gives the peer end NAPI (GRO), which XDP frames need and copies of group frames do well to have; sets
 * XM_PORT_NAPI. An endpoint that cannot have it works without. netns_fd: the peer's namespace, or -1.
 */
void xm_peer_give_napi(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd);
bool xm_peer_has_gro(struct xm_parent *p, const struct xm_endpoint *ep);

#endif
