/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs and user space share: keys and values of the maps, modes, drop reasons. Numbers
 * are in host byte order. MAC addresses are six bytes in network byte order.
 *
 * Versions are (major, minor). A minor version adds maps, drop reasons, bits of flags, and fields
 * in reserved bytes. In pins of an older version an added field is zero and an added map is
 * missing. An older version does not change what it does not know. A change of a layout or of a
 * meaning raises the major version (docs/design.md, The ABI).
 */
#ifndef XM_ABI_H
#define XM_ABI_H

#include <linux/types.h>

/*
 * For code that BPF and host share. BPF needs the code inlined: the verifier knows the ranges of
 * values in the caller only.
 */
#define XM_INLINE static inline __attribute__((always_inline))

#define XM_MAGIC 0x784d4143u /* "xMAC" */

/* Tests build this tree as a later version: tests/abi_versions/abi_next.h */
#if defined(XM_ABI_TEST_MINOR) || defined(XM_ABI_TEST_MAJOR)
#include <abi_next.h>
#else
#define XM_ABI_MAJOR 1
#define XM_ABI_MINOR 4
#define XM_NEXT_REASONS(X)
#define XM_NEXT_PORT
#define XM_NEXT_WORDS 0
#define XM_NEXT_FIELD
#define XM_NEXT_FIELD_SIZE 0
#endif

#define XM_TEXT_OF_(x) #x
#define XM_TEXT_OF(x)  XM_TEXT_OF_(x)
#define XM_ABI_TEXT    XM_TEXT_OF(XM_ABI_MAJOR) "." XM_TEXT_OF(XM_ABI_MINOR)

#define XM_MAC_LEN	       6
#define XM_NAME_LEN	       16 /* IFNAMSIZ: 15 characters and the NUL */
#define XM_MAX_SLOTS	       16384u /* a parent and 16383 endpoints */
#define XM_MAX_SOURCES	       16384u /* (MAC, listener) pairs of a parent */
#define XM_MAX_GROUPS	       65536u /* (group, endpoint) pairs of a parent */
#define XM_SLOT_PARENT	       0u /* slot of the parent in stats, tc_devices and xdp_devices */
#define XM_MAX_ADDITIONAL_MACS 8u /* additional MACs of an endpoint */
#define XM_STATS_CHUNK	       64u /* slots in one inner map of stats */
/* host ends are in the link group XM_LINK_GROUP_BASE + slot */
#define XM_LINK_GROUP_BASE 0x786d0000u
#define XM_OWNER_TEXT	   256 /* size of a network name or a container id, with the NUL */
#define XM_MAX_NEIGHS	   65536u /* addresses that are known of the endpoints of a parent */
#define XM_VLAN_WORDS	   128u /* 2 protocols x 4096 VIDs in words of 64 bits */

/* Modes. 1 << mode is a set of modes. The names are iproute2's. */
#define XM_MODES(X)                                                                                \
	X(PRIVATE, "private")                                                                      \
	X(VEPA, "vepa")                                                                            \
	X(BRIDGE, "bridge")                                                                        \
	X(PASSTHRU, "passthru")                                                                    \
	X(SOURCE, "source")

/* clang-format off */
enum xm_mode {
	XM_MODE_NONE,
#define X(id, text) XM_MODE_##id,
	XM_MODES(X)
#undef X
	XM_MODE_COUNT
};
/* clang-format on */

/*
 * Why a frame was not delivered. The list is append-only: its order is the layout of struct
 * xm_stats. A drop is counted at the endpoint that sent the frame or should have received it, or at
 * the parent (slot 0). veth_dropped and tx_refused are counted by no program: user space takes them
 * from the counters of the devices (xm_endpoint_stats()).
 */
/* clang-format off */
#define XM_REASONS(X) \
	X(SPOOFED_SOURCE, "spoofed_source") /* the source MAC is none of its own (spoofchk) */ \
	X(DELIVERY_FAILED, "delivery_failed") /* the device refused a copy: MTU or queue */ \
	X(ENDPOINT_DOWN, "endpoint_down") /* the passthru endpoint is down */ \
	X(PARENT_DOWN, "parent_down") /* sent while the parent is down or has no carrier */ \
	X(UNKNOWN_SENDER, "unknown_sender") /* came from a host end of no endpoint */ \
	X(UNKNOWN_DESTINATION, "unknown_destination") /* nobody's unicast */ \
	X(MALFORMED, "malformed") /* shorter than an Ethernet header */ \
	X(NOT_COPIED, "not_copied") /* no memory, or longer than the MTU */ \
	X(VETH_DROPPED, "veth_dropped") /* received, then its device refused it: queue or MTU */ \
	X(TX_REFUSED, "tx_refused") /* its device refused it before a program saw it */ \
	X(HOST_STACK, "host_stack") /* sent by the host's own stack on the host end */ \
	X(FANOUT_FULL, "fanout_full") /* a frame to many: too many are under way */ \
	XM_NEXT_REASONS(X)

enum xm_reason {
#define X(id, key) XM_REASON_##id,
	XM_REASONS(X)
#undef X
	XM_REASON_COUNT
};
/* clang-format on */

#define XM_REASON_MAX 27 /* room in struct xm_stats: a minor version appends reasons */

/* struct xm_port.flags */
enum xm_port_flags {
	/* host access: the parent's own stack and the endpoint reach each other */
	XM_PORT_HOST_ACCESS = 1 << 0,
	XM_PORT_SPOOFCHK = 1 << 1, /* the source MAC must be one of the endpoint's */
	XM_PORT_NODST = 1 << 2, /* source mode: a frame of a listed MAC goes to listeners only */
	XM_PORT_OTHER_NETNS = 1 << 3, /* the peer end is not in the parent's namespace */
	XM_PORT_NAPI = 1 << 4, /* the peer end has NAPI, so it takes XDP frames */
	/* mcast_groups has exactly the groups of the endpoint, until groups_valid.until */
	XM_PORT_MCAST_FILTERED = 1 << 5,
	XM_PORT_ADDRESSES = 1 << 6, /* mac_table has additional MACs of the endpoint */
	XM_PORT_TAP = 1 << 7, /* the host end is a tap, which takes XDP frames itself */
	/*
	 * Both: the endpoint is a pair of netkit devices, without NAPI and without a limit of
	 * length
	 */
	XM_PORT_NETKIT = XM_PORT_TAP | XM_PORT_NAPI,
};

/*
 * ports: slot -> what the programs know of an endpoint. The kernel updates an array's element by
 * memcpy(), a word of 8 bytes at a time: for one frame a program may see one word new and the other
 * one old. What `set` changes together is in the first word.
 */
struct xm_port {
	XM_NEXT_PORT
	__u32 ifindex; /* host end; 0: the slot is free */
	__u16 source_gen; /* entries in sources with another generation are ignored */
	__u8 mode; /* enum xm_mode */
	__u8 flags; /* enum xm_port_flags */
	__u16 mtu; /* of the peer end: an XDP redirect drops larger frames */
	__u8 mac[XM_MAC_LEN];
};

/*
 * mac_table: MAC -> slot. XM_SLOT_PARENT: a MAC, of a kernel macvlan for example, whose frames this
 * machine receives on the parent as those for the parent's own MAC.
 */
struct xm_mac_key {
	__u8 mac[XM_MAC_LEN];
	__u16 pad;
} __attribute__((aligned(8)));

/*
 * hints: xm_mac_hint() of a MAC -> slot of the last endpoint that got a MAC with this hint. When
 * ports[slot].mac is another MAC, mac_table decides. 0: mac_table has no MAC with this hint. An
 * entry never becomes 0 again.
 */
#define XM_HINT_BITS 15
#define XM_HINT_NONE 0xffffu /* no endpoint had a MAC with this hint, but mac_table has one */
/* slots in an element, because the kernel rounds the size of an element up to 8 bytes */
#define XM_HINT_WAYS 4u

struct xm_hints {
	__u16 slot[XM_HINT_WAYS];
};

/*
 * sources: the listeners of a MAC are numbered from 0 without a gap, so a frame costs one look-up
 * more than it has listeners, however many source-mode endpoints there are. An entry counts while
 * its generation is that of its port: `macaddr set` fills a new generation, then switches by one
 * write.
 */
struct xm_source_key {
	__u8 mac[XM_MAC_LEN];
	__u16 index;
} __attribute__((aligned(8)));

struct xm_source {
	__u16 slot;
	__u16 gen;
};

/* mcast_groups: the endpoint is a member of a group. Written by the watcher, as groups_valid is. */
struct xm_mcast_group_key {
	__u8 mac[XM_MAC_LEN];
	__u16 slot;
} __attribute__((aligned(8)));

/* groups_valid: one element */
struct xm_groups_valid {
	__u64 until; /* mcast_groups is exact until then, CLOCK_MONOTONIC in ns; 0: it is not */
};

#define XM_PLAIN_MINOR 1u /* older versions would use the plain programs for what they cannot do */
#define XM_NEIGH_MINOR 1u /* the programs know neigh_owners since ABI 1.1 */

/*
 * neigh_owners: an IP address -> the endpoint that has taught it, with XM_USES_NEIGH. An entry
 * counts while the port of the slot has its ifindex. A trie, of keys of one length, takes memory
 * for its entries only. IPv4 addresses are ::ffff:a.b.c.d. Since ABI 1.1.
 */
#define XM_NEIGH_BITS 128u

struct xm_neigh_key {
	__u32 bits; /* always XM_NEIGH_BITS */
	__u32 word[4]; /* the address as it is in memory */
};

struct xm_neigh_owner {
	__u32 ifindex; /* host end */
	__u16 slot;
	__u16 place; /* in neigh_taught */
	__u64 asked; /* the first request that is unanswered, CLOCK_MONOTONIC in ns; 0: none is */
};

/*
 * neigh_taught: slot -> the addresses that an endpoint has taught. A new one takes the place of the
 * oldest, so that no endpoint pushes out what others have taught. Since ABI 1.1.
 */
#define XM_NEIGH_PLACES 32u

struct xm_neigh_slot_key {
	__u32 bits; /* always 32 */
	__u32 slot;
};

struct xm_neigh_taught {
	__u32 next; /* place, modulo XM_NEIGH_PLACES */
	struct xm_neigh_key address[XM_NEIGH_PLACES]; /* bits 0: the place is free */
};

/*
 * stats: slot / XM_STATS_CHUNK -> per-CPU array; there slot % XM_STATS_CHUNK -> this. rx: what the
 * endpoint receives; tx: what it sends. Of the parent (slot 0) only the drops are counted.
 */
struct xm_stats {
	__u64 rx_packets;
	__u64 rx_bytes; /* with the Ethernet header */
	__u64 rx_multicast; /* group frames among them */
	__u64 tx_packets;
	__u64 tx_bytes;
	__u64 drops[XM_REASON_MAX];
};

/*
 * fanout: one element, the pair of veths by which XDP copies group frames, and frames for listeners
 * in mode source, to endpoints. Written by user space.
 */
#define XM_FANOUT_MINOR 2u /* the programs know it since ABI 1.2 */
#define XM_FANOUT_CHUNK 8u /* endpoints that a frame is copied to in one round */

struct xm_fanout {
	__u32 ifindex; /* of the near end; 0: the loop makes all copies */
	__u32 chunks; /* all used chunks are below this number */
	/* in bytes, with the Ethernet header and the tag: longer frames go by the loop */
	__u32 frame_max;
	__u32 copies_min; /* up to so many copies in 10 ms are made by the loop */
	__u32 looped; /* endpoints that are not in fanout_members */
	__u32 closing; /* 1: the loop makes all copies as soon as nothing is under way */
	__u32 reserved[2]; /* zero */
};

/*
 * fanout_listeners: (source MAC, index) -> one chunk of the fan-out with listeners of the MAC,
 * numbered from 0 without a gap. The loop makes the copies for a MAC without an entry: one with a
 * listener that is no member of the fan-out or has nodst, with too few listeners for their chunks,
 * or one for which the map had no room. Since ABI 1.4.
 */
#define XM_FANOUT_LISTENERS_MINOR 4u
#define XM_MAX_FANOUT_LISTENERS	  2048u

struct xm_fanout_listeners {
	__u16 chunk;
	__u16 copies; /* listeners of the MAC in all chunks */
	__u8 slots; /* listeners in this chunk, a bit for each slot */
	__u8 last; /* 1: no other chunk follows */
	__u8 pad[2];
};

/*
 * The loop takes over when nothing was under way for so long: then the copies are also out of the
 * endpoints' rings, in which a veth's NAPI prefers the loop's copies to XDP frames
 */
#define XM_FANOUT_SETTLE_NS 5000000ull

/* fanout_flow: one element, written by the programs */
struct xm_fanout_flow {
	__u64 sent, ended; /* frames into the fan-out; and sent to their last chunk */
	__u64 progress; /* when a frame was last seen in the pair, CLOCK_MONOTONIC in ns */
	__u64 window; /* begin of the window of `copies`, the same clock */
	__u32 copies, last_copies; /* wanted in this window, and in the one before */
	/* 1: a peer end has no NAPI, or frames were lost: the loop makes all copies */
	__u32 off;
	/* 1: the last frame that has ended has come back after its last copies were received */
	__u32 returned;
};

/*
 * listeners: one element, the processes that are told of drops and frames (bpf/events.h). A
 * listener takes a place whose `until` has passed, by one atomic exchange of `until`, and renews it
 * every second. `what` is set last.
 */
#define XM_EVENTS_MINOR 3u /* the programs know it since ABI 1.3 */
#define XM_LISTENERS	4u

enum xm_listen {
	XM_LISTEN_DROPS = 1 << 0,
	XM_LISTEN_FRAMES = 1 << 1,
};

struct xm_listener {
	__u64 until; /* CLOCK_MONOTONIC in ns; when it has passed, the place is free */
	__u32 what; /* enum xm_listen; 0: the programs leave it out */
	__u32 slot; /* of the only endpoint that it is told of; 0: all, and the parent */
	__u32 snap_len; /* octets of the frame that it wants, at most */
	__u32 id; /* random, not 0 */
};

struct xm_listeners {
	__u32 what; /* of all in the list together */
	__u32 pad;
	struct xm_listener list[XM_LISTENERS];
};

/* events: CPU * XM_LISTENERS + listener -> perf event, which gets this and the frame's begin */
enum xm_event_kind {
	XM_EVENT_DROP = 1, /* a frame, or a copy, that was counted by a reason */
	XM_EVENT_FRAME,
	XM_EVENT_COPY,
};

/* struct xm_event.reason of a copy that its device has taken */
#define XM_COPY_DELIVERED 0xffu

struct xm_event {
	__u64 time; /* CLOCK_MONOTONIC in ns */
	/* drop: what event_limits has counted of its reason on this CPU, ever */
	__u64 suppressed_total;
	__u32 suppressed; /* the same, since the last event of this reason on this CPU */
	/* xm_decide()'s (bpf/verdict.h); of a drop without a verdict: its reason in bits 16-23 */
	__u32 verdict;
	__u32 len; /* of the frame; a tag in VLAN metadata is not counted */
	__u32 cap_len; /* octets of the frame that follow */
	__u32 listener; /* xm_listener.id */
	__u16 slot; /* drop: the endpoint that counts it; else the sender. 0: the parent */
	__u16 dest_slot; /* of the destination, when it is known; else 0 */
	__u16 vlan_tpid; /* of the tag in the frame's metadata, host byte order; 0: none */
	__u16 vlan_tci;
	__u16 gso_size; /* 0: not GSO */
	__u8 what; /* enum xm_event_kind */
	__u8 origin; /* enum xm_origin */
	__u8 reason; /* drop: enum xm_reason; copy: the same, or XM_COPY_DELIVERED */
	__u8 is_xdp; /* an XDP program, else a TC program */
	__u16 reserved[3]; /* zero */
};

/*
 * event_limits: reason -> this, per CPU. A listener is told of up to XM_EVENT_BURST drops at once
 * and of one more every 2^XM_EVENT_REFILL_SHIFT ns; the others are counted.
 */
#define XM_EVENT_BURST	      32u
#define XM_EVENT_REFILL_SHIFT 25

struct xm_event_limit {
	__u64 suppressed; /* drops that no listener was told of while there was one */
	__u64 told; /* value of `suppressed` at the last event */
	__u64 refilled; /* CLOCK_MONOTONIC in ns */
	__u64 jiffy; /* of the last look at the clock */
	__u32 tokens;
	__u32 pad;
};

/*
 * skb->mark of a frame on its way into the fan-out, and struct xm_fanout_label.info: bits 0-13 the
 * slot that gets no copy, 14-20 the set of modes that get one. With XM_FANOUT_LISTENED bits 0-7 of
 * `info` are the slots of the chunk that get a copy.
 */
#define XM_FANOUT_SENDER    0x3fffu
#define XM_FANOUT_MODE	    0x4000u /* 1 << mode, times this */
#define XM_FANOUT_LISTENED  0x200000u /* copies for the listeners of the source MAC */
#define XM_FANOUT_SLOTS	    0xffu
#define XM_FANOUT_HOST_ONLY 0x400000u /* copies for endpoints with host access only */
#define XM_FANOUT_TAGGED    0x800000u /* the tag was in the metadata of the skb: not counted */
#define XM_MARK_FANOUT	    0x78000000u
#define XM_MARK_FANOUT_MASK 0xff000000u

/* Metadata of a frame in the fan-out */
struct xm_fanout_label {
	__u32 info;
	__u32 next; /* chunk; with XM_FANOUT_LISTENED the index in fanout_listeners */
};

/* struct xm_config.uses: what is in use on this parent. The rest costs nothing. */
enum xm_uses {
	XM_USES_HOST_ACCESS = 1 << 0, /* an endpoint has host access */
	XM_USES_SOURCES = 1 << 1, /* an endpoint is in source mode */
	XM_USES_PASSTHRU = 1 << 2, /* the sole endpoint, in passthru_slot, is in passthru mode */
	XM_USES_VLANS = 1 << 3, /* VLAN devices on the parent own VIDs: map vlans */
	XM_USES_XDP = 1 << 4, /* parent_xdp may redirect */
	/* native XDP on a veth: parent_xdp may redirect only frames that are not an skb */
	XM_USES_XDP_VETH = 1 << 5,
	/* parent_xdp drops unicast that is neither an endpoint's nor the parent's */
	XM_USES_GUARD = 1 << 6,
	/*
	 * The rule of macvlan since Linux 7.2: a bridge endpoint's group frame that the wire
	 * reflects goes to bridge endpoints too, the sender included
	 */
	XM_USES_REFLECT = 1 << 7,
	/* mac_table has MACs with slot XM_SLOT_PARENT. XM_USES_HOST_ACCESS is set too. */
	XM_USES_HOST_MACS = 1 << 8,
	/*
	 * generic XDP: what is redirected stays an skb, and no checksum of it is computed on the
	 * way. A tap's reader may need it, so parent_xdp redirects nothing into taps.
	 */
	XM_USES_XDP_SKB = 1 << 9,
	/* requests for known addresses go to their owner alone: neigh_owners. Since ABI 1.1. */
	XM_USES_NEIGH = 1 << 10,
	XM_USES_FANOUT = 1 << 11, /* map fanout. Since ABI 1.2. */
	/* endpoint_rx was attached by tcx too: tc_classid has no meaning. Since ABI 1.2. */
	XM_USES_TCX_FIRST = 1 << 12,
	/* a listener wants frames: no frame takes a short path. Since ABI 1.3. */
	XM_USES_TRACE = 1 << 13,
};

/* With one of these, unicast from the wire takes neither the short path nor XDP */
#define XM_USES_NO_SHORT_PATH (XM_USES_PASSTHRU | XM_USES_SOURCES | XM_USES_VLANS | XM_USES_TRACE)
/* With one of these, unicast that an endpoint sends does not take the short path */
#define XM_USES_NO_SHORT_TX (XM_USES_SOURCES | XM_USES_VLANS | XM_USES_NEIGH | XM_USES_TRACE)

/*
 * What the plain programs have no code for: parent_rx and endpoint_rx that a parent gets first. The
 * full programs take their place before config.uses has one of these (XM_PARENT_PLAIN).
 */
#define XM_USES_FULL (XM_USES_NO_SHORT_PATH | XM_USES_NEIGH | XM_USES_FANOUT)

/*
 * struct xm_parent_record.state: what is requested, what user space has changed on the device, and
 * whether a change is complete
 */
enum xm_parent_state {
	XM_PARENT_EXPLICIT = 1 << 0, /* attached by `attach`: stays without an endpoint */
	XM_PARENT_ALLMULTI = 1 << 1, /* xmacvlan has set the device's allmulticast flag */
	XM_PARENT_PROMISC = 1 << 2, /* xmacvlan has set the device's promiscuous flag */
	XM_PARENT_MAC = 1 << 3, /* saved_mac is to be restored */
	XM_PARENT_CLSACT = 1 << 4, /* xmacvlan has added the device's clsact qdisc */
	XM_PARENT_TCX = 1 << 5, /* the programs are attached by tcx links */
	XM_PARENT_TX = 1 << 6, /* parent_tx is attached */
	/* parent_tx may be attached: a command was about to do it */
	XM_PARENT_TX_PARTIAL = 1 << 11,
	XM_PARENT_READY = 1 << 7, /* attached completely */
	XM_PARENT_GUARD = 1 << 8, /* XM_USES_GUARD is requested */
	XM_PARENT_CARRIER_DOWN = 1 << 9, /* no carrier: the watcher has set the host ends down */
	XM_PARENT_MOVING = 1 << 10, /* moved to another namespace: moved_nsid, moved_ifindex */
	/* the device takes no unicast filter entries: it is made promiscuous */
	XM_PARENT_NO_UC_FILTER = 1 << 12,
	/* a newer major version is taking the parent over: its programs may be attached */
	XM_PARENT_UPGRADING = 1 << 13,
	XM_PARENT_LRO = 1 << 14, /* xmacvlan has turned the device's LRO off */
	XM_PARENT_VLAN_FILTER = 1 << 15, /* the same for its VLAN filter (rx-vlan-filter) */
	XM_PARENT_STAG_FILTER = 1 << 16, /* the same for that of 802.1ad (rx-vlan-stag-filter) */
	/* the device has a VLAN filter that stays on: it is made promiscuous */
	XM_PARENT_FIXED_VLAN_FILTER = 1 << 17,
	XM_PARENT_NEIGH = 1 << 18, /* XM_USES_NEIGH is requested. Since ABI 1.1. */
	/* parent_rx and endpoint_rx may be the plain programs. Since ABI 1.1. */
	XM_PARENT_PLAIN = 1 << 19,
	XM_PARENT_FANOUT = 1 << 20, /* a fan-out is requested. Since ABI 1.2. */
	XM_PARENT_FANOUT_PAIR = 1 << 21, /* its pair may exist. Since ABI 1.2. */
};

/* How parent_xdp is attached, or how it was requested to be attached */
enum xm_xdp {
	XM_XDP_OFF,
	XM_XDP_AUTO, /* only as a request */
	XM_XDP_NATIVE,
	XM_XDP_SKB,
};

/*
 * struct xm_parent_record.before: the former request, while a change of xdp, guard, neigh and
 * fanout is incomplete
 */
enum xm_before {
	XM_BEFORE_XDP = 0x0f, /* enum xm_xdp */
	XM_BEFORE_FANOUT = 1 << 4, /* since ABI 1.2 */
	XM_BEFORE_NEIGH = 1 << 5, /* since ABI 1.1 */
	XM_BEFORE_GUARD = 1 << 6,
	XM_BEFORE_VALID = 1 << 7,
};

/*
 * config: one element, what the programs read of the parent. Everything but host_tag follows from
 * the records of the parent and its endpoints, from the devices and from the map vlans.
 */
struct xm_config {
	__u32 parent_ifindex;
	__u32 slots; /* all used slots are below this number */
	__u32 uses; /* enum xm_uses */
	__u32 passthru_slot;
	__u8 parent_mac[XM_MAC_LEN];
	__u8 reserved[2]; /* zero */
	/*
	 * random skb->hash of frames for the parent's own stack (XM_TC_INDEX_HOST); 0: not drawn
	 * yet
	 */
	__u32 host_tag;
	__u8 reserved2[4]; /* zero */
};

/*
 * parent: one element, user space's record of the parent. The programs do not read it. The fields
 * down to programs_minor are the same in every major version.
 */
struct xm_parent_record {
	__u32 magic;
	__u16 abi_major;
	__u16 abi_minor; /* minor version of the newest binary that has changed these pins */
	__u32 state; /* enum xm_parent_state */
	__u16 needs_minor; /* binaries of older minor versions refuse this parent */
	__u16 programs_minor; /* minor version of the oldest attached program */
	XM_NEXT_PORT
	__u64 netns_cookie; /* of the parent's namespace */
	__u32 parent_ifindex;
	__u32 moved_ifindex; /* of the parent in the target namespace */
	__s32 moved_nsid; /* id of the target namespace in the one that the parent left */
	__u32 xdp_prog_id;
	__u8 xdp_requested; /* enum xm_xdp */
	__u8 xdp; /* enum xm_xdp: attached */
	__u8 xdp_single; /* the only XDP program: libxdp could not load its dispatcher */
	__u8 before; /* enum xm_before; 0: no change is incomplete */
	__u8 saved_mac[XM_MAC_LEN];
	__u8 pad[2];
	char xdp_reason[80]; /* why `xdp` is what it is, one line */
	/* why the parent is broken, one line; "": it is not broken */
	char broken[96];
	__u8 reserved[284]; /* zero */
};

/*
 * struct xm_endpoint_record.kind. VETH: a pair, the host end and the peer end, which the endpoint's
 * user has. TAP: one device, the host end, which a hypervisor opens. NETKIT: a pair as VETH, whose
 * peer end runs endpoint_rx in its transmit.
 */
#define XM_KINDS(X)                                                                                \
	X(VETH, "veth")                                                                            \
	X(TAP, "tap")                                                                              \
	X(NETKIT, "netkit")

/* clang-format off */
enum xm_endpoint_kind {
#define X(id, text) XM_KIND_##id,
	XM_KINDS(X)
#undef X
	XM_KIND_COUNT
};
/* clang-format on */

/* struct xm_endpoint_record.kind_why: why `type auto` has taken that kind */
#define XM_KIND_WHYS(X)                                                                            \
	X(NAMED, "") /* it has not: the kind was asked for */                                      \
	X(WIRE, "its mode sends to the wire only")                                                 \
	X(SIBLINGS, "frames of siblings are faster")                                               \
	X(COPIES, "copies are faster with NAPI")                                                   \
	X(XDP, "its parent has XDP")                                                               \
	X(NO_NETKIT, "the kernel has no netkit")

/* clang-format off */
enum xm_kind_why {
#define X(id, text) XM_KIND_WHY_##id,
	XM_KIND_WHYS(X)
#undef X
	XM_KIND_WHY_COUNT
};
/* clang-format on */

enum xm_endpoint_state {
	XM_ENDPOINT_PARTIAL = 1, /* being created or deleted: the next command removes it */
	XM_ENDPOINT_READY,
	XM_ENDPOINT_CHANGING, /* being changed: the next command completes it */
};

/*
 * struct xm_endpoint_record.uc_filtered: the entries of the parent's unicast filter that xmacvlan
 * has made
 */
enum xm_uc_filtered {
	XM_UC_FILTERED_MAC = 1 << 0, /* the entry of port.mac */
	XM_UC_FILTERED_OTHER_MAC = 1 << 1, /* the entry of other_mac */
};

/* struct xm_additional_mac.flags */
enum xm_additional_mac_flags {
	XM_ADDITIONAL_MAC_UC_FILTERED = 1 << 0, /* xmacvlan made the unicast filter's entry */
	XM_ADDITIONAL_MAC_FOLLOWED = 1 << 1, /* taken from the peer end's own list */
	/* being added or removed: it is not in force, and the next command removes it */
	XM_ADDITIONAL_MAC_GOING = 1 << 2,
};

/* An additional MAC of an endpoint: mac_table has it with the endpoint's slot */
struct xm_additional_mac {
	__u8 mac[XM_MAC_LEN]; /* zero: the place is free */
	__u8 flags; /* enum xm_additional_mac_flags */
};

/* Whether `apply` made an endpoint, so that `apply --prune` may remove it. Not 0: it did. */
enum xm_applied {
	XM_APPLIED_NOT,
	XM_APPLIED,
	XM_APPLIED_DHCP, /* its DHCP client has not been started yet */
};

/*
 * endpoints: slot -> user space's record. ports[slot] has a copy of its `port`. The name comes
 * first in every major version.
 */
struct xm_endpoint_record {
	char name[XM_NAME_LEN];
	char requested_ifname[XM_NAME_LEN]; /* the peer end may be renamed later */
	__u32 host_ifindex;
	__u32 peer_ifindex;
	/* id of the peer end's namespace in the parent's; -1: it is the parent's */
	__s32 peer_nsid;
	__u32 requested_mtu; /* 0: the parent's */
	/* iproute2's: kept and shown, without a function (docs/differences.md, no-queue) */
	__u32 bcqueuelen;
	__s32 bclim;
	__u8 state; /* enum xm_endpoint_state */
	__u8 uc_filtered; /* enum xm_uc_filtered */
	__u8 nopromisc;
	/* the endpoint is changing to other_mac and to the rest of the record */
	__u8 other_mac_is_new;
	/* trust off: the endpoint keeps its MAC when the peer end gets another one */
	__u8 untrusted;
	__u8 follows_peer_macs; /* additional MACs are taken from the peer end's own list */
	__u8 kind; /* enum xm_endpoint_kind */
	__u8 kind_why; /* enum xm_kind_why */
	struct xm_port port; /* what ports[slot] has to contain */
	__u8 other_mac[XM_MAC_LEN]; /* while the MAC changes: the new one, or the old one */
	struct xm_additional_mac additional_macs[XM_MAX_ADDITIONAL_MACS];
	__u16 queues; /* of a tap: what `show` prints for the hypervisor; 0: 1 */
	__u8 applied; /* enum xm_applied */
	__u8 reserved[23 - XM_NEXT_FIELD_SIZE]; /* zero */
	XM_NEXT_FIELD
};

/*
 * owners: slot -> network and container, for an endpoint that a container runtime asked for. The
 * CNI plugin finds an endpoint by the container here and the ifname in the record. Those of the
 * driver for Docker have "docker:" before the id of the network, and behind the id of the endpoint
 * its addresses, separated by spaces.
 */
struct xm_owner_key {
	__u32 bits; /* always 32 */
	__u32 slot;
};

struct xm_owner {
	char network[XM_OWNER_TEXT];
	char container[XM_OWNER_TEXT];
};

/* Upper limit of the size of a record (parent, endpoint) in bytes, for all major versions */
#define XM_RECORD_MAX 4096

_Static_assert(sizeof(struct xm_port) == 16 + 8 * XM_NEXT_WORDS, "xm_port");
_Static_assert(sizeof(struct xm_mac_key) == 8, "xm_mac_key");
_Static_assert(sizeof(struct xm_hints) == 8, "xm_hints");
_Static_assert(sizeof(struct xm_source_key) == 8, "xm_source_key");
_Static_assert(sizeof(struct xm_source) == 4, "xm_source");
_Static_assert(sizeof(struct xm_mcast_group_key) == 8, "xm_mcast_group_key");
_Static_assert(sizeof(struct xm_groups_valid) == 8, "xm_groups_valid");
_Static_assert(sizeof(struct xm_neigh_key) == 20, "xm_neigh_key");
_Static_assert(sizeof(struct xm_neigh_owner) == 16, "xm_neigh_owner");
_Static_assert(sizeof(struct xm_neigh_slot_key) == 8, "xm_neigh_slot_key");
_Static_assert(sizeof(struct xm_neigh_taught) == 644, "xm_neigh_taught");
_Static_assert(sizeof(struct xm_fanout_listeners) == 8, "xm_fanout_listeners");
_Static_assert(sizeof(struct xm_listener) == 24, "xm_listener");
_Static_assert(sizeof(struct xm_listeners) == 8 + 24 * XM_LISTENERS, "xm_listeners");
_Static_assert(sizeof(struct xm_event) == 56, "xm_event");
_Static_assert(sizeof(struct xm_event_limit) == 40, "xm_event_limit");
_Static_assert(sizeof(struct xm_stats) == 256, "xm_stats");
_Static_assert(sizeof(struct xm_config) == 32, "xm_config");
_Static_assert(sizeof(struct xm_parent_record) == 512 + 8 * XM_NEXT_WORDS, "xm_parent_record");
_Static_assert(sizeof(struct xm_endpoint_record) == 168 + 8 * XM_NEXT_WORDS, "xm_endpoint_record");
_Static_assert(sizeof(struct xm_owner_key) == 8, "xm_owner_key");
_Static_assert(sizeof(struct xm_owner) == 512, "xm_owner");
_Static_assert(XM_REASON_COUNT <= XM_REASON_MAX, "drop reasons outgrew struct xm_stats");

/*
 * Numbers of the device offloads (NETIF_F_*) that the programs read; xm_differing_offload_bit()
 * compares them with the kernel's
 */
#define XM_GRO_BIT	  14
#define XM_GSO_UDP_L4_BIT 33

/* Numbers of no helper: bpf/lookup.h, user/pins/btf_excerpt.h */
#define XM_CALL_RDONLY_CAST 0x784d4b01
#define XM_CALL_KERN_CTX    0x784d4b02

/*
 * endpoint_rx gives a frame for the parent's own stack this skb->mark, this skb->tc_index and
 * config.host_tag as skb->hash. parent_rx accepts the mark, or the other two together because other
 * programs rewrite marks, and resets all three. A frame that comes from another namespace has lost
 * its mark; it may have any hash and tc_index, but its sender does not know host_tag.
 */
#define XM_MARK_HOST	 0x784d4831u
#define XM_TC_INDEX_HOST 0x784du
/* skb->tc_index of a frame that a program transmits through a host end; endpoint_tx resets it */
#ifndef XM_TC_INDEX_ENDPOINT
#define XM_TC_INDEX_ENDPOINT 0x784eu
#endif
/*
 * TCA_BPF_CLASSID of endpoint_rx's filter while a filter with act_mirred follows it in the block:
 * endpoint_rx leaves frames with XM_MARK_HOST to that one, which receives them on the parent
 */
#define XM_CLASSID_MIRRED 0x784du
/* The same of a frame that a netkit sends out of a parent with parent_tx, which resets it */
#define XM_TC_INDEX_SENT 0x784fu
/* skb->mark of a frame that a program redirects to a host end's ingress, for bpf_redirect_peer() */
#define XM_MARK_PEER 0x784d5031u

#endif
