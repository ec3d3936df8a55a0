/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The equivalence test: two sides have the same topology and get the same frames. One side runs
 * the kernel's macvlan, the other side xmacvlan; the self-test runs the same driver on both.
 * Every receiver on the left is compared with the same receiver on the right, frame by frame.
 *
 *   topo.c    a random topology: endpoints, modes, addresses, all from the seed
 *   reconf.c  random changes of a topology between batches
 *   driver.c  makes a change with `ip link` or with `xmacvlan`
 *   side.c    one side: namespaces, sockets, flushing with sentinels
 *   tap.c     the descriptor of a tap endpoint: macvtap's character device, or /dev/net/tun
 *   outage.c  the parent goes down or loses its carrier, and recovers
 *   frame.c   random frames; ip.c: the ones with valid IPv4 and IPv6 headers
 *   compare.c compares what both sides saw
 *   rules.c   differences that docs/differences.md allows; facts.c: a difference in their words
 *   report.c  prints a difference
 *   plant.c   planted differences; selftest.c: checks that all of them are found
 *   run.c     one topology from beginning to end; main.c: the command line
 */
#ifndef EQ_H
#define EQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_net.h>

#include "pkt.h"
#include "prng.h"

#define EP_MAX	   10
#define SOURCE_MAX 8
#define EXT_MAX	   6 /* MACs of stations on the wire */
#define OLD_MAX	   8 /* former MACs of endpoints */
#define BATCH_MAX  64
#define FRAME_MAX  8192
/* Newer than the headers of Debian 12: VIRTIO_NET_HDR_GSO_UDP_L4, TUN_F_USO4 | TUN_F_USO6 */
#define GSO_UDP_L4 5
#define F_USO	   0x60
#define HEADER_MAX 12 /* octets of a virtio-net header at a tap's descriptor */

enum { LEFT, RIGHT, SIDES };

enum mode { PRIVATE, VEPA, BRIDGE, PASSTHRU, SOURCE, MODES };

/* The wanted state of an endpoint, the same on both sides. */
struct ep {
	bool exists, up;
	bool beside; /* its peer end stays in the parent's namespace */
	/* a macvtap or an endpoint of type tap, used by its descriptor; always beside */
	bool tap;
	bool netkit; /* an endpoint of type netkit on the side of xmacvlan */
	uint8_t header; /* of a tap: octets of the virtio-net header, 0 (none), 10 or 12 */
	unsigned int offload; /* of a tap with a header: TUNSETOFFLOAD */
	bool nodst, nopromisc;
	enum mode mode;
	char name[16];
	uint8_t mac[6];
	unsigned int mtu;
	unsigned int n_sources;
	uint8_t sources[SOURCE_MAX][6]; /* without sentinel_listed, which is always listed too */
};

struct topo {
	uint64_t seed; /* of the whole run */
	unsigned int index; /* in the run; seed and index determine everything below */
	const char *kind;
	bool passthru;
	bool crowd; /* nearly all endpoints list the same stations */
	unsigned int taps; /* percentage of the endpoints; 0: no frame is a GSO frame */
	unsigned int mtu;
	uint8_t first_mac[6]; /* the parent's MAC, restored when a passthru endpoint is deleted */
	uint8_t parent_mac[6], wire_mac[6];
	uint8_t ext[EXT_MAX][6], old[OLD_MAX][6];
	unsigned int n_eps, n_old;
	unsigned int modes; /* set of modes that endpoints may have, 1 << mode */
	struct ep ep[EP_MAX];
};

/* Senders, then receivers. FIRST_EP + i and AT_FIRST_EP + i are endpoint i. */
enum { FROM_WIRE, FROM_HOST, FIRST_EP };
/*
 * AT_VIA: frames that the parent received and that became another device's frames. If that device
 * is in the parent's namespace, the kernel shows them to packet sockets that are bound to the
 * parent and one protocol, too.
 */
enum { AT_WIRE, AT_TAP, AT_STACK, AT_VIA, AT_FIRST_EP };

struct frame {
	uint64_t number; /* in the run, from 1; also in the payload if it is long enough */
	unsigned int sender;
	unsigned int len;
	bool fragment; /* of an IPv4 datagram */
	unsigned int asks; /* a request for the address of endpoint asks - 1 (--neigh); 0: none */
	bool second; /* the last fragment of a datagram whose first one is the frame before */
	/* CHECKSUM_PARTIAL: first summed octet, checksum from there; start 0: not partial */
	uint16_t csum_start, csum_offset;
	uint8_t gso_type; /* VIRTIO_NET_HDR_GSO_* */
	uint16_t gso_size,
		hdr_len; /* of a GSO frame: octets of payload in a segment; all headers */
	char what[24]; /* ethertype or protocol, for messages */
	uint8_t data[FRAME_MAX];
};

/* One frame as one receiver saw it. */
struct seen {
	unsigned int receiver;
	int frame; /* index in the batch; -1: not a frame of the batch */
	uint8_t type; /* PACKET_HOST … */
	uint16_t proto;
	uint16_t len;
	uint8_t header[HEADER_MAX]; /* virtio-net header; zeroes where the receiver has none */
	size_t offset; /* of its bytes in struct view */
	bool paired; /* the other side saw the same */
};

/* What one side saw of a batch, in the order of arrival. */
struct view {
	struct seen *seen;
	size_t n, max;
	uint8_t *bytes;
	size_t n_bytes, max_bytes;
};

enum driver { MACVLAN, XMACVLAN };

struct rx_sock {
	int fd; /* -1: none */
	int header; /* of a tap's descriptor: see struct ep; -1: a packet socket */
	unsigned int receiver;
};

/* A sentinel that `receiver` has not received yet. */
struct awaited {
	unsigned int receiver;
	uint32_t number;
};

#define AWAITED_MAX  64
#define STACK_PROTOS 14
#define RX_SOCKS     (2 + STACK_PROTOS + EP_MAX)

struct side {
	int id; /* LEFT or RIGHT */
	enum driver driver;
	struct xmt_ns host, wire, ep_ns[EP_MAX];
	int undo, epoll;
	unsigned int parent, wire_end; /* ifindex */
	int inject; /* program, see inject.h; -1: the wire sends by its socket */
	int tx_wire, tx_host, tx_ep[EP_MAX];
	struct rx_sock rx[RX_SOCKS]; /* wire, tap, stack…, endpoints */
	uint32_t sentinel; /* number of the last one sent */
	struct awaited awaited[AWAITED_MAX];
	unsigned int n_awaited;
	struct view view;
};

enum plant {
	PLANT_NONE,
	/* the right side is set up differently */
	PLANT_MODE,
	PLANT_SOURCE,
	PLANT_NODST,
	PLANT_DOWN,
	PLANT_ADDRESS,
	/* the right side's view is changed */
	PLANT_LOSE,
	PLANT_TWICE,
	PLANT_TYPE,
	PLANT_BYTE,
	PLANT_PROTO,
	PLANT_HEADER,
	PLANT_ORDER,
	PLANTS
};

struct options {
	uint64_t seed;
	unsigned int frames, topologies;
	int only; /* one topology's index, or -1 */
	enum driver driver[SIDES];
	const char *xmacvlan, *parent_opts, *differences;
	bool neigh; /* many requests for addresses */
	bool keep_going, verbose, no_changes, self_test;
	bool taps; /* only kinds of topologies with taps */
	unsigned int netkit; /* percentage of the endpoints that are no taps */
	bool xdp_frames; /* the wire's frames reach the parent as XDP frames */
	enum plant plant;
};

extern struct options opt;

/* Source MACs of sentinels: every source endpoint lists the first, no endpoint the second. */
extern const uint8_t sentinel_listed[6], sentinel_unlisted[6];
#define SENTINEL_PROTO 0x88b6
#define FRAME_PROTO    0x88b5
#define FRAME_MARK     "XMEQ"
#define SENTINEL_MARK  "XMSN"

/* topo.c */
/* Whether virtio-net headers and the readers of taps have UDP GSO: since Linux 6.2 */
bool kernel_has_uso(void);
const char *mode_text(enum mode mode);
void topo_make(struct topo *t, struct xmt_prng *p, uint64_t seed, unsigned int index);
void topo_print(const struct topo *t);
void random_mac(struct xmt_prng *p, uint8_t mac[6]);
void pick_sources(const struct topo *t, struct xmt_prng *p, struct ep *ep);
enum mode pick_mode(const struct topo *t, struct xmt_prng *p);
void new_address(struct topo *t, struct xmt_prng *p, struct ep *ep);
/* Index of the existing endpoint with that MAC, or -1. */
int topo_find(const struct topo *t, const uint8_t mac[6]);
bool mac_is_group(const uint8_t mac[6]);
bool mac_equal(const uint8_t a[6], const uint8_t b[6]);

/*
 * driver.c: each function makes one change. `ep` is the endpoint as it is after the change.
 * Returns 0, or -1 with a message printed.
 */
struct change {
	enum {
		EP_ADD,
		EP_DEL,
		EP_UP,
		EP_DOWN,
		EP_ADDRESS,
		EP_MODE,
		EP_NODST,
		EP_NOPROMISC,
		EP_SOURCE_ADD,
		EP_SOURCE_DEL,
		EP_SOURCE_SET,
		EP_SOURCE_FLUSH
	} what;
	unsigned int ep;
	uint8_t mac[6]; /* EP_SOURCE_ADD, EP_SOURCE_DEL */
};
int driver_attach(struct side *s);
int driver_apply(struct side *s, const struct ep *ep, const struct change *c);
const char *change_text(const struct change *c);

/* reconf.c: makes one random change in `t` and describes it in `ret`. */
void reconf_make(struct topo *t, struct xmt_prng *p, struct change *ret);

/* side.c; 0 or -1 with a message printed */
int side_make(struct side *s, const struct topo *t, int id);
void side_delete(struct side *s);
int side_apply(struct side *s, const struct topo *t, const struct change *c);
/* Send a batch and collect nothing. `ret_error[i]`: errno of sending frame i. */
void side_send(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n,
	       int *ret_error);
/* Send a batch and collect what the receivers get. `ret_error[i]`: errno of sending frame i. */
int side_run(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n,
	     int *ret_error);
/*
 * Wait until every endpoint that is up forwards frames: linkwatch, a work queue, makes the carrier
 * of a veth effective. Frames of `batch` (NULL: none) that arrive meanwhile are collected.
 */
int side_settle(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n);
/* Fails when a socket buffer overflowed. */
int side_check_losses(struct side *s);
const char *side_text(const struct side *s);

/*
 * tap.c: tap_open() returns a descriptor of the endpoint's device in namespace `ns`, or a negative
 * errno. tap_send() returns 0 or a negative errno. tap_recv() returns whether there was a frame.
 */
int tap_open(const struct xmt_ns *ns, enum driver driver, const struct ep *ep);
int tap_send(int fd, const struct ep *ep, const struct frame *f);
bool tap_recv(const struct rx_sock *rx, struct xmt_pkt *pkt, uint8_t ret_header[HEADER_MAX]);

/*
 * outage.c: side_away() sets the parent (`own`) or the far end of its wire down; with the far end
 * the parent loses its carrier. side_return() sets it up again. In between only side_send() makes
 * sense; side_return() collects the frames that arrived nevertheless.
 */
int side_away(struct side *s, const struct topo *t, bool own);
int side_return(struct side *s, const struct topo *t, bool own, const struct frame *batch,
		unsigned int n);

/* frame.c */
unsigned int batch_make(const struct topo *t, struct xmt_prng *p, struct frame *batch,
			unsigned int n, uint64_t *number);
void put_mark(uint8_t *at, const char *mark, uint32_t number);
/* Offset of the ethertype behind all tags. */
unsigned int frame_ethertype_at(const uint8_t *data, unsigned int len);

/* Fill the virtio-net header with which a sender sends the frame. */
void frame_header(const struct frame *f, struct virtio_net_hdr *ret);

/* ip.c: ip_write() writes a packet of `len` octets, at least ip_min(), to `at`. */
enum ip_kind { IP4_UDP, IP6_UDP, IP4_TCP, IP6_TCP, IP4_FIRST, IP4_LAST, IP_KINDS };
unsigned int ip_min(enum ip_kind kind);
void ip_write(uint8_t *at, unsigned int len, enum ip_kind kind, struct xmt_prng *p, bool group,
	      uint16_t id, uint32_t number, bool partial);
/*
 * Returns the offset of the checksum in the transport header. `ret_start`: the offset of that
 * header in the packet.
 */
unsigned int ip_csum_at(enum ip_kind kind, unsigned int *ret_start);

/*
 * compare.c: complete the partial checksum of `f` in `data`, which is `f` as a receiver got it:
 * `len` octets, perhaps without the outer tag.
 */
void complete_checksum(uint8_t *data, unsigned int len, const struct frame *f);
struct diff {
	enum { MISSING, EXTRA, TYPE, CONTENT, HEADER, ORDER, DIFF_KINDS } kind;
	unsigned int receiver;
	int frame; /* index in the batch or -1 */
	const struct seen *left, *right;
};
extern const char *const diff_kind_text[];
void view_reset(struct view *v);
struct seen *view_add(struct view *v, unsigned int receiver, const struct xmt_pkt *pkt,
		      const struct frame *batch, unsigned int n);
typedef void (*diff_fn)(const struct diff *d, void *arg);
/* Whether `a` and `b` must arrive in order: same sender, addresses, tags and protocol. */
bool same_flow(const struct frame *a, const struct frame *b);
/* Calls `fn` for each difference; returns how many. */
unsigned int compare(struct view *left, struct view *right, const struct frame *batch, diff_fn fn,
		     void *arg);

/* rules.c */
/*
 * A rule is the `match` cell of a row: alternatives separated by ';'. An alternative is a list of
 * KEY=VALUE that must all hold; VALUE may be several words separated by ','. `-` excuses nothing.
 * The keys and their words are in rules.c; `kind` and `recv` must be given.
 */
enum key {
	K_KIND,
	K_RECV,
	K_SENDER,
	K_MODE,
	K_PLACE,
	K_TYPE,
	K_HEADER,
	K_DST,
	K_LEFT,
	K_RIGHT,
	K_SIZE,
	K_FRAME,
	K_XDP,
	K_GUARD,
	K_NEIGH,
	KEYS
};
struct facts { /* a difference: one word for each key, "-" where the key does not apply */
	const char *word[KEYS];
};
/* 0, or -1 with a message printed: no table, a malformed row or rule. */
int rules_read(const char *path);
int rules_add(const char *id, const char *match);
/* Returns the id of the first row that covers the difference and counts it there, or NULL. */
const char *rules_excuse(const struct facts *f);
void rules_print(void);
void rules_clear(void);
void facts_of(const struct topo *t, const struct frame *batch, const struct diff *d,
	      const struct view *left, const struct view *right, struct facts *ret);

/* neigh.c: writes ARP or neighbour discovery behind the ethertype's offset, with the mark */
void neigh_put(const struct topo *t, struct xmt_prng *p, struct frame *f, unsigned int at);

/* report.c */
const char *sender_text(const struct topo *t, unsigned int sender);
const char *receiver_text(const struct topo *t, unsigned int receiver);
void report(const struct topo *t, const struct frame *batch, const struct diff *d,
	    const struct view *left, const struct view *right);

/* plant.c: each returns the number of differences that it planted. */
unsigned int plant_topo(struct topo *t);
unsigned int plant_view(struct view *v, const struct frame *batch);
enum plant plant_parse(const char *word); /* PLANTS: unknown */
const char *plant_text(enum plant plant);

/* run.c */
struct result {
	unsigned long frames, seen, diffs, excused, planted;
	unsigned long kinds[DIFF_KINDS];
};
/* Run one topology. Returns 0 when it was completed, else -1. Adds its numbers to `res`. */
int run_topology(unsigned int index, struct result *res);

/* selftest.c: every planted difference is found, and a rule excuses what it matches alone. */
void self_test(void);

#endif
