/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of one parent, which its programs share. Keys and values: include/abi.h */
#ifndef XM_MAPS_H
#define XM_MAPS_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

/* config.uses as this program may see it: constants, so that clang leaves the rest out */
#ifdef XM_PLAIN
#define XM_KNOWN_USES (~(__u32)XM_USES_FULL)
#else
#define XM_KNOWN_USES (~0u)
#endif

/* The bits of config.uses among `uses` */
static __always_inline __u32 xm_uses(const struct xm_config *c, __u32 uses)
{
	return c->uses & (uses & XM_KNOWN_USES);
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xm_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, struct xm_mac_key);
	__type(value, __u32);
} mac_table SEC(".maps");

/* Asked before mac_table: a look-up in an array costs less than one in a hash */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, (1 << XM_HINT_BITS) / XM_HINT_WAYS);
	__type(key, __u32);
	__type(value, struct xm_hints);
} hints SEC(".maps");

/* ifindex of a host end -> slot */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} host_ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct xm_port);
} ports SEC(".maps");

/*
 * slot -> ifindex of the host end; slot 0 -> ifindex of the parent. The kernel deletes an entry
 * together with its device. A devmap serves programs of one type only
 * (__bpf_prog_map_compatible()), so the TC programs, which only look devices up, have a devmap of
 * their own.
 */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} tc_devices SEC(".maps");

/* The same entries for parent_xdp, which redirects by this map */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} xdp_devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_SOURCES);
	__type(key, struct xm_source_key);
	__type(value, struct xm_source);
} sources SEC(".maps");

/*
 * A per-CPU array takes memory on every CPU. User space therefore adds an inner map when the first
 * endpoint of its XM_STATS_CHUNK slots is added.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, XM_MAX_SLOTS / XM_STATS_CHUNK);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
			__uint(max_entries, XM_STATS_CHUNK);
			__uint(key_size, sizeof(__u32));
			/* clang 14 omits the type from the BTF */
			__uint(value_size, sizeof(struct xm_stats));
		});
} stats SEC(".maps");

/* One bit for each VID of 802.1Q, then of 802.1ad, that a VLAN device of the parent owns */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XM_VLAN_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} vlans SEC(".maps");

/* An entry exists while the endpoint is a member of the group. The value has no meaning. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_GROUPS);
	__type(key, struct xm_mcast_group_key);
	__type(value, __u32);
} mcast_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xm_groups_valid);
} groups_valid SEC(".maps");

/* User space's record of the parent. The programs do not read it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xm_parent_record);
} parent SEC(".maps");

/* User space's record of each endpoint. The programs do not read it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct xm_endpoint_record);
} endpoints SEC(".maps");

/*
 * Owners of the endpoints that a container runtime asked for. A trie takes memory for its entries
 * only. The buckets of a hash would take 256 KiB for every parent, also for those without
 * containers.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, struct xm_owner_key);
	__type(value, struct xm_owner);
} owners SEC(".maps");

/* Tries, for the reason that owners is one */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_NEIGHS);
	__type(key, struct xm_neigh_key);
	__type(value, struct xm_neigh_owner);
} neigh_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, struct xm_neigh_slot_key);
	__type(value, struct xm_neigh_taught);
} neigh_taught SEC(".maps");
/* The fan-out, as user space has set it up; ifindex 0: there is none */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xm_fanout);
} fanout SEC(".maps");

/* What the programs count of it */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xm_fanout_flow);
} fanout_flow SEC(".maps");

/* One bit for each slot whose endpoint gets copies by the fan-out */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XM_MAX_SLOTS / 64);
	__type(key, __u32);
	__type(value, __u64);
} fanout_members SEC(".maps");

/*
 * slot / XM_FANOUT_CHUNK -> devmap with the host ends of these slots, from entry 1 on; entry 0 is
 * the near end of the fan-out's pair
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, XM_MAX_SLOTS / XM_FANOUT_CHUNK);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_DEVMAP);
			__uint(max_entries, XM_FANOUT_CHUNK + 1);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct bpf_devmap_val));
		});
} fanout_chunks SEC(".maps");

/* The same host ends without entry 0: for the last chunk that a frame goes to */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, XM_MAX_SLOTS / XM_FANOUT_CHUNK);
	__type(key, __u32);
	__type(value, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_DEVMAP);
			__uint(max_entries, XM_FANOUT_CHUNK + 1);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct bpf_devmap_val));
		});
} fanout_lasts SEC(".maps");

/* Of MACs whose listeners all get copies by the fan-out: the chunks that have listeners */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, XM_MAX_FANOUT_LISTENERS);
	__type(key, struct xm_source_key);
	__type(value, struct xm_fanout_listeners);
} fanout_listeners SEC(".maps");

/* Who is told of drops and frames. User space maps it into its memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xm_listeners);
} listeners SEC(".maps");

/*
 * CPU * XM_LISTENERS + listener -> its perf event. The kernel removes the entries of a process that
 * has died. User space sets the size by the number of CPUs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, XM_LISTENERS * 64);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XM_REASON_MAX);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct xm_event_limit));
} event_limits SEC(".maps");

#ifdef XM_NEXT_MAP
/* slot -> frames that an endpoint has sent */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XM_MAX_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} next_counts SEC(".maps");
#endif

#endif
