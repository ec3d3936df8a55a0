/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: the only code that changes maps, programs, parents and endpoints. It never prints.
 * Its state is the kernel's: pinned maps and links, and devices. Opening it takes the lock. The
 * first call loads the parents of the namespace; each is brought into line with the devices that
 * exist, and what an interrupted command left is completed or removed. Later calls of the session
 * use what is loaded.
 *
 * Functions return 0 or a negative errno and fill *e (base/err.h), unless their comment says more.
 * A call that fails leaves the state of before, or a state that the next command completes. The
 * comment of a function says where parts of a failed call stay.
 */
#ifndef XM_ENGINE_H
#define XM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/settings.h"
#include "engine/snapshot.h"
#include "pins/pin_lock.h"

struct xm_engine; /* a session */
struct xm_parent; /* a loaded parent; valid until the session closes or the parent is removed */
struct xm_endpoint; /* valid until an endpoint of its parent is added or removed */

struct xm_engine_options {
	/* for the lock; then -ETIMEDOUT, and *e names the process that has it */
	struct xm_lock_wait wait;
	/*
	 * Only the calls that say so below are made. No lock is taken and nothing is changed, also
	 * not what an interrupted command left.
	 */
	bool reader;
	bool pins_optional; /* of a reader: without a bpffs there are no parents */
	/* many commands follow: what is quicker for many at once waits for xm_engine_flush() */
	bool batching;
	/*
	 * keep_missing: ifindexes of parents whose pins are kept although the device is missing,
	 * for it may be moving to another namespace. The watcher sets it. Without it the pins of
	 * every missing parent are kept while a watcher is alive.
	 */
	bool has_keep_missing;
	const uint32_t *keep_missing;
	size_t keep_missing_count;
	/*
	 * left_alone: ifindexes of broken parents that are not repaired in this session, for what
	 * was refused would be refused again
	 */
	const uint32_t *left_alone;
	size_t left_alone_count;
};

/*
 * Opens the engine in the current network namespace. options: NULL for the defaults, a wait of
 * XM_LOCK_WAIT_MS. *ret is closed by the caller.
 */
int xm_engine_open(const struct xm_engine_options *options, struct xm_engine **ret,
		   struct xm_err *e);
/* Flushes and unlocks. NULL is allowed. */
void xm_engine_close(struct xm_engine *engine);

/* Cookie of the network namespace in which the engine was opened */
uint64_t xm_engine_netns_cookie(const struct xm_engine *engine);
/* Whether the pins of a missing parent were kept (keep_missing above) */
bool xm_engine_kept_missing(const struct xm_engine *engine);

/*
 * Completes what `batching` deferred: the kernel deletes a group of devices a hundred times faster
 * than one by one, and added devices may share a grace period. The commands (xm_engine_add() to
 * xm_engine_upgrade()) and xm_engine_snapshot() flush first, but xm_engine_add() only deletions and
 * xm_engine_del() only additions. Of the watcher's calls only xm_engine_start() and
 * xm_engine_restore_carrier() flush.
 */
int xm_engine_flush(struct xm_engine *engine, struct xm_err *e);

/* Endpoints */

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e);
int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e);
int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e);

/*
 * Brings a parent, or all (NULL), into line with the devices: endpoints whose devices are gone are
 * removed; MACs, MTUs, namespaces and VLAN devices are followed, filters are put back.
 */
int xm_engine_sync(struct xm_engine *engine, const char *parent, struct xm_err *e);

/*
 * Checks that everything that makes an endpoint work is there and agrees: devices, maps, programs.
 * Changes no endpoint. -ENOENT: there is no such endpoint.
 */
int xm_engine_verify(struct xm_engine *engine, const char *name, struct xm_err *e);

/*
 * Calls each() for every endpoint that has an owner, whether its devices still exist or not; a
 * negative return ends it and comes back. An endpoint that a command left partial is not among
 * them, nor are those of a parent whose pins cannot be read.
 */
int xm_engine_owned(struct xm_engine *engine,
		    int (*each)(const struct xm_endpoint_info *info, void *data), void *data,
		    struct xm_err *e);

/*
 * The MACs that the endpoint lists (source mode), allocated. Returns their number or a negative
 * errno; -ENOENT: there is no such endpoint.
 */
int xm_engine_sources(struct xm_engine *engine, const char *name, uint8_t (**ret)[XM_MAC_LEN],
		      struct xm_err *e);

/*
 * Calls each() for every endpoint with an owner in the pins of other network namespaces (`cookie`:
 * which), until it returns other than 0, which comes back. Needs no session, and enters no
 * namespace.
 */
int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_info *info,
				   void *data),
		       void *data, struct xm_err *e);

/* Parents */

int xm_engine_attach(struct xm_engine *engine, const struct xm_attach *attach, struct xm_err *e);
int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e);
/* Replaces the programs of a parent, or of all (NULL), by this binary's. No frame is lost. */
int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e);

/*
 * Checks that the device can be a parent, or is one. A macvlan and an endpoint stand for their
 * parent: *link becomes that device. Attaches nothing; as every call it repairs what an interrupted
 * command left.
 */
int xm_engine_may_attach(struct xm_engine *engine, struct xm_link *link, struct xm_err *e);
/*
 * Checks that xm_engine_add() would accept the request now; link: its parent, as
 * xm_engine_may_attach() left it. The name is not looked at. Errors are those of xm_engine_add().
 */
int xm_engine_may_add(struct xm_engine *engine, const struct xm_link *link,
		      const struct xm_add *add, struct xm_err *e);
/*
 * Whether the device is the peer end of the endpoint `name`, whatever became of its pins; nl is in
 * the device's namespace
 */
bool xm_device_is_endpoint(struct xm_nl *nl, const struct xm_link *link, const char *name);

/* Readers */

/*
 * Copies what is requested, and marks what is out of line with the devices. For a reader. *ret is
 * to be freed by xm_snapshot_free() in any case: after an error it has the parents that came
 * before.
 */
int xm_engine_snapshot(struct xm_engine *engine, const struct xm_snapshot_request *request,
		       struct xm_snapshot *ret, struct xm_err *e);

/*
 * The watcher's calls. The order of a session: xm_engine_move() for each parent that was moved,
 * then xm_engine_start(), then the rest. xm_engine_restore_carrier() starts by itself.
 */

/* Loads the parents of the namespace and repairs what an interrupted command left */
int xm_engine_start(struct xm_engine *engine, struct xm_err *e);
/* The loaded parent after `after` (NULL: the first); NULL: there is none */
struct xm_parent *xm_engine_next_parent(struct xm_engine *engine, const struct xm_parent *after);
/*
 * Why it is broken; NULL: it is not. What its pins, device, driver or a missing capability refuse
 * is its own state. It is not to be synchronised.
 */
const char *xm_parent_broken(const struct xm_parent *p);
/* Its device, as last read */
const struct xm_link *xm_parent_link(const struct xm_parent *p);
/* The programs of others that this session found before ours on the parent */
const struct xm_tc_earlier *xm_parent_earlier(const struct xm_parent *p);
/*
 * Whether no program of others runs before ours on the parent, or none that a session could put
 * behind. By the parent's pins alone, without a session and a lock. nl and the calling thread are
 * in its namespace, which has this cookie.
 */
bool xm_tc_is_first(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex);

/*
 * Brings a parent into line with its device: endpoints whose devices are gone are removed, carrier
 * and MAC are followed; with `whole` its VLAN devices and its block of TC filters too. Returns 1
 * when the parent itself was removed.
 */
int xm_parent_sync(struct xm_parent *p, bool whole, struct xm_err *e);

/* The endpoint number i of the parent, in no order; NULL: there are not so many */
struct xm_endpoint *xm_parent_endpoint(struct xm_parent *p, size_t i);
/* What the record says, without looking at a device */
void xm_endpoint_describe(const struct xm_endpoint *ep, struct xm_endpoint_info *ret);
/*
 * Brings an endpoint into line with its devices: MAC, MTU, namespace, carrier. *ret: what it is
 * afterwards. An error says what could not be followed, e.g. a MAC that macvlan would refuse; the
 * endpoint is as it was in that.
 */
int xm_endpoint_sync(struct xm_parent *p, struct xm_endpoint *ep, struct xm_endpoint_info *ret,
		     struct xm_err *e);
/* Records whether the parent's multicast filter has the groups of the endpoint */
int xm_endpoint_set_mcast_filtered(struct xm_parent *p, struct xm_endpoint *ep, bool filtered,
				   struct xm_err *e);

/*
 * The parent `ifindex` was moved to the namespace that this one calls nsid, where it is
 * new_ifindex: its endpoints follow. To be called before anything else of the session: any other
 * call would take the parent for deleted.
 */
int xm_engine_move(struct xm_engine *engine, uint32_t ifindex, int32_t nsid, uint32_t new_ifindex,
		   struct xm_err *e);

/* Gives the endpoints back the carrier that the watcher took: the watcher ends */
int xm_engine_restore_carrier(struct xm_engine *engine, struct xm_err *e);

#endif
