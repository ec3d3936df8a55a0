/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs and user space share: keys and values of the maps, modes, drop reasons.
 * Everything is in host byte order but MAC addresses, which are six bytes as on the wire.
 * Any change of a layout or a meaning in this file raises XM_ABI_VERSION.
 */
#ifndef XM_ABI_H
#define XM_ABI_H

#include <linux/types.h>

/* For code that BPF and host share: the verifier wants it in its caller, whose ranges it knows */
#define XM_INLINE static inline __attribute__((always_inline))

#define XM_MAGIC       0x784d4143u /* "xMAC" */
#define XM_ABI_VERSION 3u

#define XM_MAC_LEN     6
#define XM_NAME_LEN    16 /* IFNAMSIZ: 15 characters and the NUL */
#define XM_MAX_SLOTS   16384u /* a parent and 16383 endpoints */
#define XM_MAX_SOURCES 16384u /* (MAC, listener) pairs of source mode on one parent */
#define XM_MAX_GROUPS  65536u /* (multicast MAC, endpoint) pairs on one parent */
#define XM_SLOT_PARENT 0u /* slot 0 of stats and devices is the parent itself */
#define XM_STATS_CHUNK 64u /* slots in one inner map of stats */
#define XM_GROUP_BASE  0x786d0000u /* host ends are in the link group XM_GROUP_BASE + slot */
#define XM_OWNER_TEXT  256 /* room for a network's name or a container's id, with the NUL */
#define XM_VLAN_WORDS  128u /* 2 protocols x 4096 VIDs in words of 64 bits */

/* Modes, numbered so that 1 << mode is a set of modes. Names are iproute2's. */
#define XM_MODES(X)     \
	X(PRIVATE, "private")   \
	X(VEPA, "vepa")         \
	X(BRIDGE, "bridge")     \
	X(PASSTHRU, "passthru") \
	X(SOURCE, "source")

enum xm_mode {
	XM_MODE_NONE,
#define X(id, text) XM_MODE_##id,
	XM_MODES(X)
#undef X
	XM_MODE_COUNT
};

/*
 * Why a frame was not delivered. Append only: the order is the layout of struct xm_stats.
 * Counted at the endpoint that sent or should have received it, or at the parent (slot 0). No program counts
 * the last two: user space takes them from the devices' own counters (xm_endpoint_stats()).
 */
#define XM_REASONS(X)                                                                              \
	X(SPOOFED_SOURCE, "spoofed_source", "source MAC is not the endpoint's own (spoofchk on)")  \
	X(DELIVERY_FAILED, "delivery_failed", "the veth refused a copy: MTU, memory or queue")     \
	X(ENDPOINT_DOWN, "endpoint_down", "for a passthru endpoint that is down")                  \
	X(PARENT_DOWN, "parent_down", "sent while the parent is down or has no carrier")           \
	X(UNKNOWN_SENDER, "unknown_sender", "from a host end that belongs to no endpoint")         \
	X(UNKNOWN_DESTINATION, "unknown_destination",                                              \
	  "unicast for no endpoint and not for the parent: left to the parent's stack")            \
	X(MALFORMED, "malformed", "shorter than an Ethernet header")                               \
	X(NOT_COPIED, "not_copied", "no memory for a copy, or longer than the MTU with its tag")   \
	X(VETH_DROPPED, "veth_dropped", "among the received: dropped by the veth, queue or MTU")   \
	X(TX_REFUSED, "tx_refused", "sent, but refused by the veth before a program saw it")

enum xm_reason {
#define X(id, key, text) XM_REASON_##id,
	XM_REASONS(X)
#undef X
	XM_REASON_COUNT
};

#define XM_REASON_MAX 11 /* room in struct xm_stats */

/* struct xm_port.flags */
enum xm_port_flags {
	XM_PORT_HOST = 1 << 0, /* host access: the parent's own stack and the endpoint meet */
	XM_PORT_SPOOFCHK = 1 << 1, /* source MAC must be the endpoint's */
	XM_PORT_NODST = 1 << 2, /* source mode: a listed frame goes nowhere else */
	XM_PORT_PEER = 1 << 3, /* the peer end is in another namespace than the parent */
	XM_PORT_NAPI = 1 << 4, /* the peer end has NAPI: it takes XDP frames */
	XM_PORT_GROUPS = 1 << 5, /* its groups are in `mcast_groups`, exactly, while the watcher lives */
};

/* ports: slot -> what the datapath knows of an endpoint. One write changes it as a whole. */
struct xm_port {
	__u32 ifindex; /* host end; 0: the slot is free */
	__u16 source_gen; /* generation of the slot's entries in sources that counts */
	__u16 mtu; /* peer end's, for XDP, whose delivery drops what is larger */
	__u8 mode; /* enum xm_mode */
	__u8 flags; /* enum xm_port_flags */
	__u8 mac[XM_MAC_LEN];
};

/* mac_table: MAC -> slot */
struct xm_mac_key {
	__u8 mac[XM_MAC_LEN];
	__u16 pad;
} __attribute__((aligned(8)));

/*
 * hints: xm_mac_hint() of a MAC -> slot of the last endpoint that was given a MAC of this hint; 0: there
 * never was one, so that mac_table need not be asked. ports[slot].mac tells whether the slot is the MAC's,
 * if not mac_table does. An entry never goes back to 0.
 */
#define XM_HINT_BITS 15
#define XM_HINT_WAYS 4u /* an array's element takes 8 bytes at least */

struct xm_hints {
	__u16 slot[XM_HINT_WAYS];
};

/*
 * sources: the listeners of one MAC are numbered from 0 without a gap, so that a frame costs one look-up
 * more than it has listeners, whatever the number of source endpoints. An entry counts while its
 * generation is its port's: `macaddr set` fills a new generation and switches by one write.
 */
struct xm_source_key {
	__u8 mac[XM_MAC_LEN];
	__u16 index;
} __attribute__((aligned(8)));

struct xm_source {
	__u16 slot;
	__u16 gen;
};

/* mcast_groups: an endpoint has joined a multicast address. The watcher's, as is `groups_valid`. */
struct xm_group_key {
	__u8 mac[XM_MAC_LEN];
	__u16 slot;
} __attribute__((aligned(8)));

/* groups_valid: one element */
struct xm_groups_valid {
	__u64 until; /* `mcast_groups` is exact up to this time, CLOCK_MONOTONIC in ns; 0: it is not */
};

/* stats: slot / XM_STATS_CHUNK -> per-CPU array; slot % XM_STATS_CHUNK -> this. rx is to the endpoint. */
struct xm_stats {
	__u64 rx_packets;
	__u64 rx_bytes; /* with the Ethernet header */
	__u64 rx_multicast; /* group frames among rx_packets */
	__u64 tx_packets;
	__u64 tx_bytes;
	__u64 drops[XM_REASON_MAX];
};

/* struct xm_meta.features: what is in use on this parent, so that the rest costs nothing */
enum xm_features {
	XM_FEATURE_HOST = 1 << 0, /* an endpoint has host access */
	XM_FEATURE_SOURCES = 1 << 1, /* an endpoint is in source mode */
	XM_FEATURE_PASSTHRU = 1 << 2, /* the sole endpoint, in passthru_slot, is in passthru mode */
	XM_FEATURE_VLANS = 1 << 3, /* VLAN devices on the parent own VIDs: map vlans */
	XM_FEATURE_XDP = 1 << 4, /* parent_xdp may redirect */
	XM_FEATURE_XDP_VETH = 1 << 5, /* ... on a veth, natively: only what is no skb */
	XM_FEATURE_GUARD = 1 << 6, /* parent_xdp drops unicast that is for nobody here */
};

/* What is neither for the short path of unicast from the wire nor for XDP */
#define XM_FEATURES_LONG (XM_FEATURE_PASSTHRU | XM_FEATURE_SOURCES | XM_FEATURE_VLANS)

/* struct xm_meta.state: what user space has to put back */
enum xm_parent_state {
	XM_PARENT_EXPLICIT = 1 << 0, /* by `attach`: stays without an endpoint */
	XM_PARENT_ALLMULTI = 1 << 1, /* we set allmulticast */
	XM_PARENT_PROMISC = 1 << 2, /* we set promiscuous */
	XM_PARENT_MAC = 1 << 3, /* saved_mac is to be restored */
	XM_PARENT_CLSACT = 1 << 4, /* we added the parent's clsact qdisc */
	XM_PARENT_TCX = 1 << 5, /* attached by tcx links */
	XM_PARENT_TX = 1 << 6, /* parent_tx is attached */
	XM_PARENT_TX_PARTIAL = 1 << 11, /* ... or a command was about to attach it */
	XM_PARENT_READY = 1 << 7, /* attached to the end */
	XM_PARENT_GUARD = 1 << 8, /* asked for: XM_FEATURE_GUARD */
	XM_PARENT_CARRIER_DOWN = 1 << 9, /* without a carrier: the watcher has set the host ends down */
	XM_PARENT_MOVING = 1 << 10, /* to another namespace: moved_nsid, moved_ifindex */
	XM_PARENT_UNFILTERED = 1 << 12, /* the device takes no unicast filter entries: promiscuous instead */
};

/* How parent_xdp is attached, or is wanted to be */
enum xm_xdp {
	XM_XDP_OFF,
	XM_XDP_AUTO, /* only as a wish */
	XM_XDP_NATIVE,
	XM_XDP_SKB,
};

/* meta: one element */
struct xm_meta {
	__u32 magic;
	__u32 abi;
	__u32 parent_ifindex;
	__u32 slots; /* all used slots are below */
	__u32 features; /* enum xm_features */
	__u32 passthru_slot;
	__u8 parent_mac[XM_MAC_LEN];
	__u8 saved_mac[XM_MAC_LEN];
	__u32 state; /* enum xm_parent_state */
	__u8 xdp_requested; /* enum xm_xdp */
	__u8 xdp; /* enum xm_xdp, what is attached */
	__u8 xdp_single; /* libxdp could not load its dispatcher: the only program */
	__u8 pad;
	__u32 xdp_prog_id;
	__u64 netns_cookie; /* of the parent's namespace */
	char xdp_reason[80]; /* why it is as it is, one line */
	__s32 moved_nsid; /* as the namespace that it leaves calls the other one */
	__u32 moved_ifindex; /* the parent's, there */
};

enum xm_endpoint_state {
	XM_ENDPOINT_PARTIAL = 1, /* being made or unmade: the next command removes it */
	XM_ENDPOINT_READY,
	XM_ENDPOINT_CHANGING, /* being changed: the next command completes it */
};

/* struct xm_endpoint_record.owned: what was put elsewhere for the endpoint */
enum xm_endpoint_filtered {
	XM_FILTERED_MAC = 1 << 0, /* its MAC in the parent's unicast filter is ours */
	XM_FILTERED_OTHER_MAC = 1 << 1, /* the same of other_mac */
};

/* endpoints: slot -> record of user space; its datapath half is ports[slot] */
struct xm_endpoint_record {
	char name[XM_NAME_LEN];
	char ifname[XM_NAME_LEN]; /* as asked for; the peer end may be renamed later */
	__u32 host_ifindex;
	__u32 peer_ifindex;
	__s32 peer_nsid; /* of the peer end's namespace, -1: the parent's own */
	__u32 mtu; /* as asked for, 0: the parent's */
	__u32 bcqueuelen;
	__s32 bclim;
	__u8 state; /* enum xm_endpoint_state */
	__u8 owned; /* enum xm_endpoint_filtered */
	__u8 nopromisc;
	__u8 coming; /* the endpoint is to have other_mac, with all else that the record says */
	__u8 pad[4];
	struct xm_port port; /* what ports has to hold */
	__u8 other_mac[XM_MAC_LEN]; /* while the MAC changes: the one that is to come or to go */
	__u8 reserved[82]; /* zero */
};

/*
 * owners: slot -> what a container runtime calls what it asked for, if one did. With the record's ifname it
 * is all by which the CNI plugin finds an endpoint again.
 */
struct xm_owner_key {
	__u32 bits; /* always 32 */
	__u32 slot;
};

struct xm_owner {
	char network[XM_OWNER_TEXT];
	char container[XM_OWNER_TEXT];
};

_Static_assert(sizeof(struct xm_port) == 16, "xm_port");
_Static_assert(sizeof(struct xm_mac_key) == 8, "xm_mac_key");
_Static_assert(sizeof(struct xm_hints) == 8, "xm_hints");
_Static_assert(sizeof(struct xm_source_key) == 8, "xm_source_key");
_Static_assert(sizeof(struct xm_source) == 4, "xm_source");
_Static_assert(sizeof(struct xm_group_key) == 8, "xm_group_key");
_Static_assert(sizeof(struct xm_groups_valid) == 8, "xm_groups_valid");
_Static_assert(sizeof(struct xm_stats) == 128, "xm_stats");
_Static_assert(sizeof(struct xm_meta) == 144, "xm_meta");
_Static_assert(sizeof(struct xm_endpoint_record) == 168, "xm_endpoint");
_Static_assert(sizeof(struct xm_owner_key) == 8, "xm_owner_key");
_Static_assert(sizeof(struct xm_owner) == 512, "xm_owner");
_Static_assert(XM_REASON_COUNT <= XM_REASON_MAX, "drop reasons outgrew struct xm_stats");

/* skb->mark of a frame that endpoint_rx hands to the parent's own stack; parent_rx takes it off again */
#define XM_MARK_HOST 0x784d4831u
/* skb->mark of a frame that a program has received on a host end, for bpf_redirect_peer() */
#define XM_MARK_PEER 0x784d5031u

#endif
