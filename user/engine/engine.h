/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: the only code that changes anything. It never prints. Its state is the kernel's: pinned
 * maps and links, devices. Opening it takes the lock; the first call loads the namespace's parents, each
 * of which is brought into line with the devices that exist and with what an interrupted command left
 * behind. Later calls of the session use what is loaded.
 *
 * Functions return 0 or a negative errno with the reason in *e (err.h), and leave nothing half made.
 */
#ifndef XM_ENGINE_H
#define XM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/nl.h"
#include "pins/stats_map.h"

#define XM_BCQUEUELEN_DEFAULT 1000
#define XM_BCLIM_DEFAULT      1

/* VLAN devices, while known */
struct xm_vlans {
	bool known;
	struct xm_vlan {
		uint32_t parent;
		uint32_t bit; /* in the map `vlans` */
	} *list;
	size_t count;
};

struct xm_engine {
	struct xm_nl nl; /* in the namespace of the parents */
	uint64_t netns_cookie;
	int lock;
	int ethtool; /* xm_ethtool_open() here ... */
	struct xm_netns netns; /* of the last add */
	struct xm_vlans vlans;
	int peer_ethtool, peer_nsid; /* ... and in the peers' namespace that was asked last, or -1 */
	bool loaded;
	struct xm_err broken; /* why a parent's pins could not be loaded; the others are */
	bool watching; /* by the watcher: endpoints lose their carrier with their parent */
	/* Whether what is left of a deleted parent stays for now, for it may have been moved. NULL: see parent.c */
	bool (*spares)(uint32_t ifindex, void *data);
	void *spares_data;
	bool spared; /* it did */
	bool gather; /* what is quicker for many at once is done by xm_engine_flush() */
	struct xm_parent *near; /* of the last add, which called it near_name; NULL: none */
	char near_name[XM_NAME_LEN];
	struct xm_parent *parents; /* the namespace's attached ones */
};

/* An endpoint as the engine sees it */
struct xm_endpoint {
	uint32_t slot;
	uint32_t next; /* of the same chain in struct xm_index */
	uint32_t counted; /* enum xm_features that it makes its parent need */
	bool waiting; /* for xm_parent_complete_added() */
	struct xm_endpoint_record rec;
	struct xm_link peer; /* the device its user sees; ifindex 0 until xm_engine_each() looked */
	uint64_t host_rx_dropped, host_tx_dropped; /* by its host end, at the same time */
};

/* slots.c; positions in the array are counted from 1, 0 is none */
struct xm_index {
	uint32_t *names; /* chains by name: position of the first */
	uint32_t room; /* of the array, and number of chains; a power of two */
	uint32_t *at; /* slot -> position */
	uint32_t reached; /* slots that `at` has */
	uint32_t lowest; /* no slot below is free */
	uint32_t end; /* all used slots are below */
	uint32_t hosts, sources; /* endpoints that need these features */
};

/* A parent with all its endpoints; opaque but for looking (show) */
struct xm_parent {
	struct xm_parent *next;
	struct xm_engine *engine;
	bool gone; /* detached: only to be freed */
	char dir[96]; /* of its pins */
	int maps[14]; /* enum xm_map */
	bool alive; /* the device exists; else only what is left of it is to be removed */
	struct xm_meta meta;
	struct xm_link link;
	struct xm_endpoint *slots; /* in no order */
	size_t count;
	struct xm_index index;
	struct xm_chunk chunk;
	bool block_filled; /* the host ends' block has its filter, seen to in this session */
	uint32_t used_bcqueuelen; /* the largest, as macvlan shows it; by xm_engine_each() */
	size_t waiting; /* endpoints for xm_parent_complete_added() */
	uint32_t *pending_delete; /* slots whose devices xm_engine_flush() deletes */
	size_t pending_delete_count;
};

enum xm_macaddr_op {
	XM_MACADDR_NONE,
	XM_MACADDR_ADD,
	XM_MACADDR_DEL,
	XM_MACADDR_SET,
	XM_MACADDR_FLUSH,
};

/* What a command sets of an endpoint; has_x says that x was given */
struct xm_settings {
	bool has_mode, has_address, has_promisc, has_nodst, has_host, has_spoofchk;
	bool has_bcqueuelen, has_bclim;
	uint8_t mode; /* enum xm_mode */
	uint8_t address[XM_MAC_LEN];
	bool promisc, nodst, host, spoofchk;
	uint32_t bcqueuelen;
	int32_t bclim;
	enum xm_macaddr_op macaddr;
	uint8_t (*macs)[XM_MAC_LEN]; /* malloc'ed */
	size_t mac_count;
};

struct xm_add {
	const char *name;
	const char *link; /* parent */
	const char *netns; /* NULL: beside the parent */
	const char *ifname; /* NULL: name */
	uint32_t mtu; /* 0: the parent's */
	const struct xm_owner *owner; /* NULL: has none */
	struct xm_settings settings;
};

/* Opens the engine in the current network namespace; waits for the lock */
int xm_engine_open(struct xm_engine *engine, struct xm_err *e);
/* Does not wait. -EBUSY, not said: somebody has the lock. */
int xm_engine_try_open(struct xm_engine *engine, struct xm_err *e);
void xm_engine_close(struct xm_engine *engine);

/*
 * Completes what was gathered (engine->gather, set by who has many commands): the kernel deletes a group
 * of devices a hundred times faster than one by one, and added ones may share a grace period. Every call
 * flushes first, but xm_engine_add() only what was deleted and xm_engine_del() only what was added.
 */
int xm_engine_flush(struct xm_engine *engine, struct xm_err *e);

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e);
int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *settings,
		  struct xm_err *e);
int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e);

/*
 * xdp: enum xm_xdp, or -1: as it is, `auto` for a new parent. guard: whether parent_xdp drops unicast that
 * is for no endpoint and not for the parent, or -1: as it is, off for a new parent.
 */
int xm_engine_attach(struct xm_engine *engine, const char *parent, int xdp, int guard, struct xm_err *e);
/*
 * Whether the device, or the one that it stands for, which *link becomes, is a parent or could be one; changes nothing.
 * 0 or -errno, said.
 */
int xm_engine_may_attach(struct xm_engine *engine, struct xm_link *link, struct xm_err *e);
/* Whether the device is the peer end of an endpoint, of whatever pins; nl is of its namespace */
bool xm_device_is_endpoint(struct xm_nl *nl, const struct xm_link *link);
int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e);

/*
 * Calls each() for every parent of the namespace, synchronised with the devices; a negative return ends
 * it and comes back. With `name`: for a parent of this name, and for one that has an endpoint of it,
 * which alone is synchronised then.
 */
int xm_engine_each(struct xm_engine *engine, const char *name, int (*each)(struct xm_parent *, void *),
		   void *data, struct xm_err *e);

/*
 * Calls each() for every endpoint that has an owner, whether its devices are still there or not; a negative
 * return ends it and comes back. An endpoint that a command left half made or unmade is not among them.
 */
int xm_engine_owned(struct xm_engine *engine,
		    int (*each)(struct xm_parent *, const struct xm_endpoint *, const struct xm_owner *, void *),
		    void *data, struct xm_err *e);

/*
 * Calls each() for every endpoint with an owner that the pins of other namespaces have, until it returns other than
 * 0, which comes back. Needs no engine, and enters no namespace.
 */
int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_record *rec, const struct xm_owner *owner, void *data),
		    void *data, struct xm_err *e);

/*
 * Whether all that makes an endpoint work is there and says the same: devices, maps, programs. Changes
 * nothing. -ENOENT: there is no such endpoint; else what is wrong is said.
 */
int xm_engine_verify(struct xm_engine *engine, const char *name, struct xm_err *e);

/* Replaces the programs of a parent, or of all (NULL), by this binary's. Nothing is lost meanwhile. */
int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e);

enum xm_follow_how { XM_FOLLOW_NOT, XM_FOLLOW_SOME, XM_FOLLOW_ALL };

/* For the watcher: what it wants to know and what it learns */
struct xm_follow {
	/* How much of a parent is brought into line with the devices */
	enum xm_follow_how (*how)(struct xm_parent *p, void *data);
	/* Of a parent of which some is: whether this endpoint */
	bool (*wanted)(struct xm_parent *p, const struct xm_endpoint *ep, void *data);
	/*
	 * The endpoint was looked at; `refused`: what could not be followed, or NULL. Returns whether
	 * the map `mcast_groups` has what it joined.
	 */
	bool (*seen)(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_err *refused, void *data);
	/* The parent was */
	void (*done)(struct xm_parent *p, void *data);
	void *data;
};

/* Brings the namespace's parents into line; those that are gone are removed by it */
int xm_engine_follow(struct xm_engine *engine, const struct xm_follow *follow, struct xm_err *e);

/*
 * The parent `ifindex` was moved to the namespace that this one calls nsid, where it is new_ifindex: its
 * endpoints follow. To be called before anything else of the session, which would take it for deleted.
 */
int xm_engine_move(struct xm_engine *engine, uint32_t ifindex, int32_t nsid, uint32_t new_ifindex,
		   struct xm_err *e);

/* What the watcher alone gives the endpoints is taken back: it ends */
int xm_engine_unfollow(struct xm_engine *engine, struct xm_err *e);

/* Counters of a slot (XM_SLOT_PARENT: the parent's own), summed over the CPUs */
int xm_parent_stats(struct xm_parent *p, uint32_t slot, struct xm_stats *ret);
/* The same of an endpoint that xm_engine_each() has looked at, with what its devices dropped */
int xm_endpoint_stats(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_stats *ret);

/* MACs listed by a source-mode endpoint. *ret is malloc'ed. Returns their number or -errno. */
int xm_source_list_read(const struct xm_parent *p, const struct xm_endpoint *ep, uint8_t (**ret)[XM_MAC_LEN]);

/* Who had an endpoint made. 1, 0: it has no owner, or -errno, said. Both texts have an end. */
int xm_owner_read(struct xm_parent *p, uint32_t slot, struct xm_owner *ret, struct xm_err *e);

#endif
