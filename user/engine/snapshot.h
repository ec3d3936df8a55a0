/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies of the state, for readers. They have no pointers into the engine. */
#ifndef XM_SNAPSHOT_H
#define XM_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "net/link.h"

struct xm_endpoint_info {
	uint32_t slot;
	char name[XM_NAME_LEN];
	char requested_ifname[XM_NAME_LEN]; /* of the peer end; `device` has the current name */
	uint8_t kind; /* enum xm_endpoint_kind */
	uint8_t kind_why; /* enum xm_kind_why */
	uint16_t queues; /* of a tap */
	uint8_t applied; /* enum xm_applied */
	uint8_t mode; /* enum xm_mode */
	uint8_t mac[XM_MAC_LEN];
	bool nopromisc, nodst, host_access, spoofchk, trust, follow;
	struct xm_additional_mac
		additional_macs[XM_MAX_ADDITIONAL_MACS]; /* additional MACs: additional_mac_count */
	size_t additional_mac_count;
	uint32_t mtu; /* of the peer end */
	uint32_t requested_mtu; /* 0: the parent's */
	uint32_t bcqueuelen;
	int32_t bclim;
	uint32_t host_ifindex, peer_ifindex;
	int32_t peer_nsid; /* of the peer end's namespace, XM_NSID_SELF: the parent's */
	/* Filled by xm_engine_snapshot() and xm_engine_sync_endpoint(): */
	struct xm_link device; /* the peer end; ifindex 0: not found */
	/*
	 * Filled by xm_engine_sync_endpoint(): one of its MACs is also that of the parent's device
	 */
	bool shares_mac;
	/* Filled by xm_engine_snapshot() and xm_engine_owned(): */
	uint32_t parent_ifindex;
	/* by xm_owned_elsewhere() too; NULL: none */
	const struct xm_owner *owner;
	/* Filled by xm_engine_snapshot(): */
	char parent[XM_NAME_LEN];
	/* its devices no longer exist: the next command that changes its parent removes it */
	bool gone;
	/* why the endpoint is out of line with its devices, one line; "": it is in line */
	char stale[128];
	/* name of the peer end's namespace in /run/netns; NULL: none, or the parent's */
	char *netns;
	uint8_t (*sources)[XM_MAC_LEN]; /* source mode: the listed MACs */
	size_t source_count;
	bool has_stats;
	struct xm_stats stats; /* with has_stats */
};

/*
 * TC programs of others that the kernel runs before xmacvlan's on a parent. They may take the
 * endpoints' frames.
 */
#define XM_TC_EARLIER_MAX 8

struct xm_tc_program {
	bool ingress; /* else egress, which frames of the host for `host on` endpoints pass */
	uint32_t id; /* of a BPF program; 0: another kind of TC filter */
	char name[32]; /* of the program, the TC filter or its kind; "": unknown */
};

struct xm_tc_earlier {
	size_t count; /* at most XM_TC_EARLIER_MAX: further ones are not listed */
	/* a TC filter of another kind in priority 1 prevents putting xmacvlan's programs first */
	bool barred;
	struct xm_tc_program list[XM_TC_EARLIER_MAX];
};

#define XM_USAGE_MAX 16 /* elements in each list of struct xm_usage */

struct xm_map_usage {
	const char *name; /* "slots": the endpoints */
	uint32_t used, max; /* elements */
};

struct xm_program_usage {
	const char *name;
	uint64_t run_ns, runs; /* 0 without the sysctl kernel.bpf_stats_enabled */
	uint32_t verified_insns;
};

struct xm_usage {
	size_t map_count, program_count;
	struct xm_map_usage maps[XM_USAGE_MAX]; /* those that can become full */
	struct xm_program_usage programs[XM_USAGE_MAX]; /* those that are attached */
};

struct xm_parent_info {
	/* when a broken parent has no device: only ifindex, and "#IFINDEX" as the name */
	struct xm_link link;
	char *broken; /* why the parent is broken, one line; NULL: it is not */
	bool is_loaded; /* false: its pins could not be read, and nothing below is known */
	struct xm_tc_earlier earlier;
	/*
	 * minor versions of the ABI: of the newest binary that has changed the pins, of the oldest
	 * attached program
	 */
	uint16_t abi_minor, programs_minor;
	bool tcx; /* parent_rx is attached by a tcx link, else by a clsact filter */
	uint8_t xdp; /* enum xm_xdp: attached */
	uint8_t xdp_requested; /* enum xm_xdp */
	/* the only XDP program of the device: libxdp could not load its dispatcher */
	bool xdp_single;
	char xdp_reason[80]; /* why `xdp` is what it is */
	bool guard;
	bool neigh_direct, fanout;
	/* why the parent is out of line with its device, one line; "": it is in line */
	char stale[128];
	uint32_t used_bcqueuelen; /* the largest of the endpoints, as macvlan shows it */
	size_t endpoint_count; /* of the parent, whether they are listed here or not */
	bool is_named; /* the request's name is that of the parent */
	bool has_stats;
	struct xm_stats stats; /* with has_stats: the parent's own (XM_SLOT_PARENT) */
	struct xm_usage usage; /* when it is requested */
	struct xm_endpoint_info *endpoints; /* in the order of their names */
	size_t count;
};

struct xm_snapshot {
	struct xm_parent_info *parents;
	size_t count;
	uint64_t netns_cookie; /* of the parents (SO_NETNS_COOKIE) */
	uint64_t fingerprint; /* of the records, when it is requested: xm_engine_fingerprint() */
};

/* What a snapshot is to contain */
struct xm_snapshot_request {
	const char *name; /* of an endpoint or of a parent; NULL: everything */
	const char *link; /* only of this parent; NULL: of every parent */
	bool stats; /* with counters */
	bool usage; /* with struct xm_usage of each parent */
	/* For xm_snapshot_take() only: */
	bool fingerprint; /* with that of the records, read before them */
	bool pins_optional; /* a missing bpffs is no error, and there are no parents */
};

void xm_snapshot_free(struct xm_snapshot *snapshot);

#endif
