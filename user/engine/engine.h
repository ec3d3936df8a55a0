/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: the only code that changes maps, programs, parents and endpoints. It never prints. It
 * has no state of its own: the state is in the kernel (pinned maps and links, devices). The first
 * call of a session completes or removes what interrupted commands left of the namespace's parents.
 * A call locks and loads the parents that it works on, and brings each into line with its device.
 * Later calls of the session use what is loaded. Locks are given back when the session closes, or
 * before it waits for another lock.
 *
 * Functions return 0 or a negative errno and fill *e (base/err.h), unless their comment says more.
 * A call that fails leaves the former state, or a state that the next command completes. Exceptions
 * are in the function's comment.
 */
#ifndef XM_ENGINE_H
#define XM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/settings.h"
#include "engine/snapshot.h"
#include "pins/lock.h"

struct xm_engine; /* a session */
struct xm_parent; /* a loaded parent; valid until the session closes or the parent is removed */
struct xm_endpoint; /* valid until an endpoint of its parent is added or removed */

struct xm_engine_options {
	/*
	 * how long to wait for the lock of a parent. Then the call returns -ETIMEDOUT, and *e names
	 * the process that has it.
	 */
	struct xm_lock_wait wait;
	/*
	 * A reader takes no lock and changes nothing: what an interrupted command left stays. Only
	 * xm_engine_snapshot(), xm_engine_fingerprint(), xm_engine_verify(), xm_engine_owned(),
	 * xm_engine_sources(), xm_engine_may_attach() and xm_engine_may_add() are allowed.
	 */
	bool reader;
	bool pins_optional; /* reader: a missing bpffs is no error, and there are no parents */
	/*
	 * many commands follow: work that is quicker for many at once is deferred to
	 * xm_engine_flush()
	 */
	bool batching;
	/*
	 * keep_missing: ifindexes of parents whose pins are kept although the device is missing,
	 * because it may be moving to another namespace. The watcher sets it. Without
	 * has_keep_missing the pins of every missing parent are kept while a watcher is alive.
	 */
	bool has_keep_missing;
	const uint32_t *keep_missing;
	size_t keep_missing_count;
	/*
	 * left_alone: ifindexes of broken parents that this session does not try to repair. The
	 * watcher lists those that were refused a short time ago.
	 */
	const uint32_t *left_alone;
	size_t left_alone_count;
};

/* session.c: a session */

/*
 * Opens the engine in the current network namespace. options: NULL for the defaults, with a wait of
 * XM_LOCK_WAIT_MS. The caller closes *ret. Locks no parent. -EPERM: a capability is missing;
 * -ENODEV: there is no bpffs.
 */
int xm_engine_open(const struct xm_engine_options *options, struct xm_engine **ret,
		   struct xm_err *e);
/* Flushes and unlocks. NULL is allowed. */
void xm_engine_close(struct xm_engine *engine);

/*
 * Completes or removes what interrupted commands left of the parents of the namespace. A reader
 * loads the parents instead.
 */
int xm_engine_start(struct xm_engine *engine, struct xm_err *e);
/* Cookie (SO_NETNS_COOKIE) of the network namespace in which the engine was opened */
uint64_t xm_engine_netns_cookie(const struct xm_engine *engine);
/* Whether the pins of a missing parent were kept (keep_missing above) */
bool xm_engine_kept_missing(const struct xm_engine *engine);

/* session_core.c */

/*
 * Completes what `batching` deferred: the kernel deletes a group of devices a hundred times faster
 * than one by one, and added devices may share a grace period. The commands (xm_engine_add() to
 * xm_engine_upgrade()) and xm_engine_snapshot() flush first, but xm_engine_add() only deletions and
 * xm_engine_del() only additions.
 */
int xm_engine_flush(struct xm_engine *engine, struct xm_err *e);

/*
 * endpoint_operations.c. -ENOENT: there is no such endpoint; -ENODEV: there is no such parent;
 * -EEXIST: the name is in use; -EBUSY, -EADDRINUSE, -ENOSPC: the parent does not allow another
 * endpoint, or the MAC or all slots are in use; -EINVAL, -EADDRNOTAVAIL: a value is not allowed.
 */

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e);
int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e);
int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e);

/*
 * Checks that everything that makes an endpoint work is there and agrees: devices, maps, programs.
 * Changes no endpoint. -ENOENT: there is no such endpoint.
 */
int xm_engine_verify(struct xm_engine *engine, const char *name, struct xm_err *e);

/* parent_operations.c */

int xm_engine_attach(struct xm_engine *engine, const struct xm_attach *attach, struct xm_err *e);
int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e);
/* Replaces the programs of a parent, or of all (NULL), by this binary's. No frame is lost. */
int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e);

/*
 * Brings a parent, or all (NULL), into line with the devices: removes endpoints whose devices no
 * longer exist; takes over MACs, MTUs, namespaces and VLAN devices; puts back TC filters that
 * others removed. -ENODEV: there is no such device; -ENOENT: it is not attached.
 */
int xm_engine_sync(struct xm_engine *engine, const char *parent, struct xm_err *e);

/*
 * Checks that the device is a parent or can become one. When *link is a macvlan or the peer end of
 * an endpoint, it is replaced by the parent of that device. Attaches nothing. -EBUSY, -EINVAL: the
 * device cannot be a parent.
 */
int xm_engine_may_attach(struct xm_engine *engine, struct xm_link *link, struct xm_err *e);
/*
 * Checks that xm_engine_add() would accept the request now, except for its name. link: as
 * xm_engine_may_attach() left it. Errors are those of xm_engine_add().
 */
int xm_engine_may_add(struct xm_engine *engine, const struct xm_link *link,
		      const struct xm_add *add, struct xm_err *e);

/* parent_device.c */

/*
 * Whether the device is the peer end of the endpoint `name`. The pins are not used, so they may be
 * damaged. nl is in the device's namespace.
 */
bool xm_device_is_endpoint(struct xm_nl *nl, const struct xm_link *link, const char *name);

/* owned_elsewhere.c */

/*
 * Calls each() for every endpoint with an owner in the pins of other network namespaces, until it
 * returns other than 0, which is returned. cookie: of that namespace. Needs no session and enters
 * no namespace. Pins of an older major version are read too. Pins of a newer one, and damaged ones,
 * are left out: then *e is filled also when 0 is returned.
 */
int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_info *info,
				   void *data),
		       void *data, struct xm_err *e);

/*
 * fingerprint.c: fills *ret with a number that changes when a record of the namespace changes. For
 * a reader, which takes a snapshot then. Reads no device; costs about 1 us for each endpoint.
 */
int xm_engine_fingerprint(struct xm_engine *engine, uint64_t *ret, struct xm_err *e);

/* snapshot.c: copies */

/*
 * Calls each() for every endpoint that has an owner, whether its devices exist or not, until each()
 * returns a negative value, which is returned. Endpoints in state PARTIAL and those of parents
 * whose pins cannot be read are left out. info is valid during the call only. each() must not
 * change anything.
 */
int xm_engine_owned(struct xm_engine *engine,
		    int (*each)(const struct xm_endpoint_info *info, void *data), void *data,
		    struct xm_err *e);

/*
 * Reads the source list of the endpoint into *ret, which the caller frees. Returns the number of
 * MACs or a negative errno. -ENOENT: there is no such endpoint.
 */
int xm_engine_sources(struct xm_engine *engine, const char *name, uint8_t (**ret)[XM_MAC_LEN],
		      struct xm_err *e);

/*
 * Copies what is requested, and marks what is out of line with the devices. For a reader
 * (options.reader). The caller frees *ret by xm_snapshot_free(), also after an error, when it has
 * the parents that were copied before. -ENOENT: there is no such endpoint or parent.
 */
int xm_engine_snapshot(struct xm_engine *engine, const struct xm_snapshot_request *request,
		       struct xm_snapshot *ret, struct xm_err *e);

/*
 * snapshot_take.c: the same in a session of its own, for a reader that wants nothing else. After an
 * error *ret is empty.
 */
int xm_snapshot_take(const struct xm_snapshot_request *request, struct xm_snapshot *ret,
		     struct xm_err *e);

#endif
