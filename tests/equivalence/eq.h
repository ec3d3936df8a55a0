/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The equivalence test: the same frames through two twins of one topology, one driven by the
 * kernel's macvlan, the other by xmacvlan (or both by the same, which proves the test), and every
 * receiver of the one compared with the same receiver of the other, frame by frame.
 *
 *   topo.c    what a topology is: endpoints, modes, addresses, all from the seed
 *   reconf.c  random changes of it between batches
 *   driver.c  how a change is made with `ip link` and with `xmacvlan`
 *   side.c    one twin: namespaces, sockets, flushing with sentinels
 *   outage.c  the parent away and back
 *   frame.c   random frames; ip.c: those with valid IPv4 and IPv6 headers
 *   compare.c what both twins saw, and the differences
 *   rules.c   differences that docs/differences.md allows; facts.c: a difference in their words
 *   report.c  how a difference is told
 *   plant.c   planted differences; selftest.c: they are all found
 *   run.c     one topology from beginning to end; main.c: the command line
 */
#ifndef EQ_H
#define EQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pkt.h"
#include "prng.h"

#define EP_MAX	   10
#define SOURCE_MAX 8
#define EXT_MAX	   6 /* MACs of stations on the wire */
#define OLD_MAX	   8 /* MACs that endpoints had once */
#define BATCH_MAX  64
#define FRAME_MAX  2048

enum { LEFT, RIGHT, SIDES };

enum mode { PRIVATE, VEPA, BRIDGE, PASSTHRU, SOURCE, MODES };

/* What an endpoint shall be, on both sides. */
struct ep {
	bool exists, up;
	bool beside; /* its peer end stays in the parent's namespace */
	bool nodst, nopromisc;
	enum mode mode;
	char name[16];
	uint8_t mac[6];
	unsigned int mtu;
	unsigned int n_sources;
	uint8_t sources[SOURCE_MAX][6]; /* without the sentinels' MAC, which is always listed too */
};

struct topo {
	uint64_t seed;	    /* of the whole run */
	unsigned int index; /* in the run; with the seed it gives everything below */
	const char *kind;
	bool passthru;
	unsigned int mtu;
	uint8_t first_mac[6]; /* the parent's own, which it gets back from a passthru endpoint */
	uint8_t parent_mac[6], wire_mac[6];
	uint8_t ext[EXT_MAX][6], old[OLD_MAX][6];
	unsigned int n_eps, n_old;
	unsigned int modes; /* set of modes that endpoints may have, 1 << mode */
	struct ep ep[EP_MAX];
};

/* Who sends, and who receives. FIRST_EP + i is endpoint i. */
enum { FROM_WIRE, FROM_HOST, FIRST_EP };
/*
 * AT_VIA: frames that came in by the parent and became another device's, which the kernel shows to
 * the parent's packet sockets of one protocol too, if that device is in their namespace.
 */
enum { AT_WIRE, AT_TAP, AT_STACK, AT_VIA, AT_FIRST_EP };

struct frame {
	uint64_t number; /* in the run, from 1; also in the payload where there is room */
	unsigned int sender;
	unsigned int len;
	bool fragment; /* of an IPv4 datagram */
	/* CHECKSUM_PARTIAL: from where, and where in it the checksum is; 0: an ordinary frame */
	uint16_t csum_start, csum_offset;
	char what[24]; /* ethertype or protocol, for people */
	uint8_t data[FRAME_MAX];
};

/* One frame as one receiver saw it. */
struct seen {
	unsigned int receiver;
	int frame;    /* index in the batch; -1: none of it */
	uint8_t type; /* PACKET_HOST … */
	uint16_t proto;
	uint16_t len;
	size_t offset; /* of its bytes in struct view */
	bool paired;   /* the other side saw the same */
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
	unsigned int receiver;
};

/* A sentinel that has still to arrive somewhere. */
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
	int inject;		       /* program, see inject.h; -1: the wire sends by its socket */
	int tx_wire, tx_host, tx_ep[EP_MAX];
	struct rx_sock rx[RX_SOCKS]; /* wire, tap, stack…, endpoints */
	uint32_t sentinel;	     /* number of the last one sent */
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
	PLANT_ORDER,
	PLANTS
};

struct options {
	uint64_t seed;
	unsigned int frames, topologies;
	int only; /* one topology's index, or -1 */
	enum driver driver[SIDES];
	const char *xmacvlan, *parent_opts, *differences;
	bool keep_going, verbose, no_changes, self_test;
	bool xdp_frames; /* what the wire sends reaches the parent as XDP frames */
	enum plant plant;
};

extern struct options opt;

/* The MAC of sentinels that every source endpoint lists, and of those that none lists. */
extern const uint8_t sentinel_listed[6], sentinel_unlisted[6];
#define SENTINEL_PROTO 0x88b6
#define FRAME_PROTO    0x88b5
#define FRAME_MARK     "XMEQ"
#define SENTINEL_MARK  "XMSN"

/* topo.c */
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

/* driver.c: each is one change, by `ep` as it shall be afterwards. They return 0, or print and -1.
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

/* reconf.c: one random change of `t`, told in `ret`. */
void reconf_make(struct topo *t, struct xmt_prng *p, struct change *ret);

/* side.c; 0 or -1 with a message printed */
int side_make(struct side *s, const struct topo *t, int id);
void side_delete(struct side *s);
int side_apply(struct side *s, const struct topo *t, const struct change *c);
/* Send a batch, no more. `ret_error[i]`: errno of sending frame i. */
void side_send(struct side *s, const struct frame *batch, unsigned int n, int *ret_error);
/* Send a batch and collect what it causes. `ret_error[i]`: errno of sending frame i. */
int side_run(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n,
	     int *ret_error);
/*
 * Wait until every endpoint that is up really forwards (a veth's carrier is told by a work queue).
 * Frames of `batch` (NULL: none) that come meanwhile are collected.
 */
int side_settle(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n);
/* Fails when a socket buffer overflowed. */
int side_check_losses(struct side *s);
const char *side_text(const struct side *s);

/* outage.c */
/*
 * Take the parent (`own`) or its carrier (the far end) away, and give it back. While it is away
 * side_send() alone is of use; side_return() collects what came through nevertheless.
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

/* ip.c: a packet of `len` octets at `at` (`len` ≥ ip_min()); returns nothing, writes all of it. */
enum ip_kind { IP4_UDP, IP6_UDP, IP4_TCP, IP4_FIRST, IP4_LAST, IP_KINDS };
unsigned int ip_min(enum ip_kind kind);
void ip_write(uint8_t *at, unsigned int len, enum ip_kind kind, struct xmt_prng *p, bool group,
	      uint16_t id, uint32_t number, bool partial);
/* Where its transport checksum is, from the transport header, which is at `ret_start`. */
unsigned int ip_csum_at(enum ip_kind kind, unsigned int *ret_start);

/* compare.c */
/* Make the partial checksum of `f`, here in `data` of `len` octets (perhaps without a tag), whole.
 */
void complete_checksum(uint8_t *data, unsigned int len, const struct frame *f);
struct diff {
	enum { MISSING, EXTRA, TYPE, CONTENT, ORDER, DIFF_KINDS } kind;
	unsigned int receiver;
	int frame; /* index in the batch or -1 */
	const struct seen *left, *right;
};
extern const char *const diff_kind_text[];
void view_reset(struct view *v);
void view_add(struct view *v, unsigned int receiver, const struct xmt_pkt *pkt,
	      const struct frame *batch, unsigned int n);
typedef void (*diff_fn)(const struct diff *d, void *arg);
/* Must `a` and `b` not overtake each other? */
bool same_flow(const struct frame *a, const struct frame *b);
/* Calls `fn` for each difference; returns how many. */
unsigned int compare(struct view *left, struct view *right, const struct frame *batch, diff_fn fn,
		     void *arg);

/* rules.c */
/*
 * A rule is the `match` cell of a row: alternatives separated by ';', each a list of KEY=VALUE, all
 * of which must hold; VALUE may be several words separated by ','. `-` excuses nothing. The keys
 * and their words are in rules.c; `kind` and `recv` must be given.
 */
enum key {
	K_KIND,
	K_RECV,
	K_SENDER,
	K_MODE,
	K_PLACE,
	K_DST,
	K_LEFT,
	K_RIGHT,
	K_SIZE,
	K_FRAME,
	K_XDP,
	K_GUARD,
	KEYS
};
struct facts { /* of a difference: a word for each key, "-" where it has no meaning */
	const char *word[KEYS];
};
/* 0, or -1 with a message printed: no table, a malformed row or rule. */
int rules_read(const char *path);
int rules_add(const char *id, const char *match);
/* The id of the first row that covers the difference (counted there), or NULL. */
const char *rules_excuse(const struct facts *f);
void rules_print(void);
void rules_clear(void);
void facts_of(const struct topo *t, const struct frame *batch, const struct diff *d,
	      const struct view *left, const struct view *right, struct facts *ret);

/* report.c */
const char *sender_text(const struct topo *t, unsigned int sender);
const char *receiver_text(const struct topo *t, unsigned int receiver);
void report(const struct topo *t, const struct frame *batch, const struct diff *d,
	    const struct view *left, const struct view *right);

/* plant.c */
/* Returns the number of things planted. */
unsigned int plant_topo(struct topo *t);
unsigned int plant_view(struct view *v, const struct frame *batch);
enum plant plant_parse(const char *text); /* PLANTS: unknown */
const char *plant_text(enum plant plant);

/* run.c */
struct result {
	unsigned long frames, seen, diffs, excused, planted;
	unsigned long kinds[DIFF_KINDS];
};
/* One topology. Returns 0 when it ran to its end, else -1. Adds to `res`. */
int run_topology(unsigned int index, struct result *res);

/* selftest.c: every planted difference is found, and rules excuse what they say and no more. */
void self_test(void);

#endif
