/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: its data in memory */
#ifndef XM_STATE_H
#define XM_STATE_H

#include "abi.h"
#include "engine/engine.h"
#include "net/netns.h"
#include "net/nl.h"
#include "net/tc_blocks.h"
#include "pins/maps.h"
#include "pins/pin_dir.h"
#include "pins/stats_map.h"

/*
 * The block of TC filters for frames that the host ends receive. All host ends of a parent share
 * it. The number is unique in a namespace, as the ifindex is.
 */
#define XM_TC_RX_BLOCK(ifindex) (0x40000000u | (ifindex))

/* The block of TC filters for frames that are transmitted through the host ends */
#define XM_TC_TX_BLOCK(ifindex) (0x20000000u | (ifindex))

/* The link group of host ends that one request deletes together; no other device is in it */
#define XM_LINK_GROUP_PENDING_DELETE (XM_LINK_GROUP_BASE + 0xffffu)

struct xm_endpoint {
	uint32_t slot;
	/* position of the next one in the chain of struct xm_endpoint_index, 0: none */
	uint32_t next_by_name;
	/* enum xm_uses that the parent has in use because of this endpoint */
	uint32_t uses;
	bool pending_up; /* waits for xm_endpoint_add_finish() */
	struct xm_endpoint_record rec;
	/* the device of its user: the peer end, or a tap; ifindex 0 until xm_sync_endpoint() */
	struct xm_link device;
	uint64_t host_rx_dropped, host_tx_dropped; /* by the host end, at the same time */
};

/* Positions in xm_parent.endpoints are counted from 1; 0 is none */
struct xm_endpoint_index {
	uint32_t *by_name; /* hash chains: position of the first */
	uint32_t room; /* of the array, and number of chains; a power of two */
	uint32_t *by_slot; /* slot -> position */
	uint32_t slots; /* elements of by_slot */
	uint32_t lowest_free; /* no slot below is free */
	uint32_t end; /* every used slot is below */
	uint32_t host_access, sources; /* endpoints with host access; in source mode */
};

struct xm_vlan {
	uint32_t parent; /* ifindex */
	uint32_t bit; /* in the map vlans */
};

/* VLAN devices of the namespace, read once for many parents */
struct xm_vlan_list {
	bool known;
	struct xm_vlan *list;
	size_t count;
};

/* All devices of the namespace, read by one request, in the order of their ifindexes */
struct xm_link_table {
	struct xm_link *list;
	size_t count;
	/* blocks of TC filters of the devices that have any, in the same order */
	struct xm_tc_blocks *blocks;
	size_t block_count;
};

/*
 * What an add leaves for the next one: in a batch the same namespace and the same parent come again
 * and again
 */
struct xm_add_cache {
	struct xm_netns netns; /* of the peer end */
	int peer_ethtool, peer_nsid; /* a socket in that namespace, -1: none */
	struct xm_parent *parent; /* NULL: none */
	char parent_name[XM_NAME_LEN];
};

struct xm_engine {
	struct xm_nl nl; /* in the namespace of the parents */
	uint64_t netns_cookie;
	int ethtool; /* xm_ethtool_open() in the namespace of the parents */
	struct xm_engine_options options;
	bool begun; /* xm_session_begin_once() has done its work */
	/* pins of the namespace could not be read or settled, so a name may be in them */
	bool pins_unread;
	bool kept_missing; /* the pins of a missing parent were kept in this session */
	struct xm_vlan_list vlans;
	struct xm_link_table links; /* filled by readers only */
	struct xm_add_cache add_cache;
	/*
	 * error of deferred work that xm_parents_unlock() could not complete; the next
	 * xm_engine_flush() returns it
	 */
	struct xm_err deferred;
	int deferred_err; /* its negative errno; 0: none */
	/* the parents that this session has locked; of a reader: all of the namespace */
	struct xm_parent *parents;
	/*
	 * Fails when another parent of the namespace has an endpoint of that name (names.c). A
	 * pointer, for what builds an endpoint is below what loads other parents.
	 */
	int (*check_name)(struct xm_parent *p, const char *name, struct xm_err *e);
};

struct xm_parent {
	struct xm_parent *next;
	struct xm_engine *engine;
	int lock; /* of the folder of pins; -1: none, as in a reader */
	/* the parent has no pins any more; xm_parents_free_destroyed() frees the struct */
	bool destroyed;
	bool alive; /* the device exists; false: everything else of the parent is to be removed */
	bool loaded; /* maps and records were read */
	struct xm_err broken; /* why the parent is broken; exit_code 0: it is not */
	int broken_err; /* negative errno that belongs to `broken` */
	char dir[XM_PIN_DIR_LEN]; /* of the pins */
	int maps[XM_MAP_COUNT];
	struct xm_parent_record rec;
	struct xm_config config;
	struct xm_config saved_config; /* contents of the map config; zero: unknown */
	struct xm_link link;
	struct xm_endpoint *endpoints; /* in no order */
	size_t count;
	struct xm_endpoint_index index;
	struct xm_chunk chunk; /* of counters */
	/* what xm_tc_move_first() has found before xmacvlan's programs */
	struct xm_tc_earlier earlier;
	/* set of 1 << enum xm_program: others had detached them, and this session attached them */
	uint32_t reattached;
	bool block_filled; /* the host ends' block has its TC filter: seen in this session */
	bool fanout_stale; /* xm_fanout_sync() has to look at the endpoints */
	size_t pending_up; /* endpoints that xm_endpoint_add_finish() looks at */
	uint32_t *pending_delete; /* slots whose devices xm_endpoint_remove_pending() deletes */
	size_t pending_delete_count;
};

#endif
