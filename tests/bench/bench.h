/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bench: the same load on several sides, which are equal topologies with different drivers.
 * A shot measures one side once. The sides take turns shot by shot, forwards and backwards, and
 * the ratios of the shots of one round are compared.
 */
#ifndef BENCH_H
#define BENCH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "ns.h"
#include "prng.h"

#define SIDES_MAX   8
#define PAIRS_MAX   400
#define METRICS_MAX 8
#define CASES_MAX   96
#define GOALS_MAX   3

#define CPU_SEND    0 /* the sender and the softirqs of the frames that it sends */
#define CPU_RECEIVE 1

/* The options of the command line */
struct options {
	unsigned int pairs, max_pairs;
	double width; /* of the intervals of ratios with a goal: pairs are added until then */
	double seconds;
	uint64_t seed;
	const char *cases, *sides, *dir, *xmacvlan;
	const char *uncounted; /* an xmacvlan whose programs count nothing */
	unsigned int many; /* endpoints of the cases with 10,000 */
	unsigned int count; /* endpoints where commands and memory are measured */
	bool quick; /* run every path once; the figures mean nothing */
	bool instructions; /* count instructions instead (instructions.h) */
	const char *flooder; /* a storm's sender writes its thread id to this file; or NULL */
};

extern struct options bench_options;

/* --- sides.c, crowd.c: the topologies --- */

enum node { WIRE, E0, E1, E2, HOST, NODES }; /* where a load starts and ends */

enum kind { KERNEL_MACVLAN, XMACVLAN, BRIDGE, VETH };

enum layout_kind {
	LAYOUT_TWO, /* endpoints E0 and E1, each in its own namespace */
	LAYOUT_THREE, /* E0, E1 and E2, which floods */
	LAYOUT_HOST, /* E0 and the host itself, which has an address on the parent */
	LAYOUT_TAPS, /* E0 and E1 are taps beside the parent, E2 is in its own namespace */
	LAYOUT_CROWD, /* `n` endpoints, all in namespace E0 */
	LAYOUT_NONE, /* the case makes its topology itself */
};

struct layout {
	enum layout_kind kind;
	unsigned int n; /* 0: options.many */
	const char *mode; /* of a crowd */
	bool taps; /* of LAYOUT_NONE: the case makes taps, beside the parent */
	bool host; /* of LAYOUT_TAPS: host and taps reach each other */
	bool open; /* of LAYOUT_NONE with taps: each is open */
	bool addressed; /* the crowd's namespace has an address, for sockets */
};

enum readers_kind { NO_READERS, SCRAPERS, BURNERS };

struct side {
	const char *name; /* also a column of the CSV */
	const char *title;
	enum kind kind;
	const char *attach; /* xmacvlan: options of `attach`, or NULL */
	const char *add; /* xmacvlan: more options of each endpoint's `add`, or NULL */
	const char *tweak; /* shell command run when the side has been made, or NULL */
	unsigned int n; /* endpoints of a crowd; 0: the layout's number */
	enum readers_kind readers; /* processes beside the commands that are measured */
	bool uncounted; /* xmacvlan: with programs that count nothing */
	struct xmt_ns node[NODES];
	int tap[NODES]; /* descriptors of taps */
	int *crowd; /* descriptors of a crowd of taps, by number; or NULL */
	bool taps; /* the batches of the side make taps */
	unsigned int wire_ifindex; /* the far end of the parent */
	unsigned int endpoints;
	int undo;
};

/* The command that makes the endpoints of an xmacvlan side */
const char *side_command(const struct side *s);
/* xmt_die() on failure; the supervisor (tests/lib) then cleans up. */
void side_make(struct side *s, const struct layout *layout);
/*
 * xmt_fail() when xmacvlan does not detach the parent, or leaves pins: then the host's namespace
 * stays until the supervisor cleans up.
 */
void side_delete(struct side *s, const struct layout *layout);
/* Detaches a parent, if it is attached. Returns false after xmt_fail() when that has failed. */
bool side_detach(const struct side *s, const char *parent);
/* Parts of side_make() for LAYOUT_NONE: namespaces, then wire, parent and xmacvlan's programs. */
void side_make_namespaces(struct side *s);
void side_make_parent(struct side *s);

void crowd_make(struct side *s, const struct layout *layout);
/* Adds `n` endpoints, up in E0. xmt_die() on failure. */
void crowd_add(struct side *s, unsigned int n, const char *mode);
/* Write a batch that adds `n` endpoints in `netns` (NULL: beside the parent). */
void crowd_write(const struct side *s, const char *path, unsigned int first, unsigned int n,
		 const char *mode, const char *netns);
/* Write a batch that deletes endpoints 0 to n - 1. */
void crowd_write_del(const struct side *s, const char *path, unsigned int n);
void crowd_path(const struct side *s, char *ret, size_t size); /* the path of a side's batch */
/*
 * Seconds that one process takes to run the batch, or a negative errno. `netns`: the namespace of
 * ip(8), which the other drivers need.
 */
double crowd_batch(const struct side *s, const char *path, const char *netns);

/* --- proc.c --- */

/* Seconds from start to exit of a command, or a negative errno; -EREMOTEIO: exit code not 0. */
double proc_run(const char *const argv[]);
/* proc_run() with another environment and a file as standard input */
double proc_run_with(const char *const argv[], const char *const env[], const char *input);

/* Host byte order. */
uint32_t node_ip(enum node node);
const uint8_t *node_mac(enum node node);
const char *node_dev(const struct side *s, enum node node);
/* The MAC of endpoint `i` of a crowd, as send_random of bench.bpf.c writes it */
void crowd_mac(unsigned int i, uint8_t ret[6]);

/* --- load.c: a sender and a receiver for some time --- */

struct window {
	double seconds;
	uint64_t count; /* units that arrived in the window */
	double sender, receiver; /* seconds of CPU time of the two threads, */
	double kernel; /* of the kernel threads that work for them (cpu.c), */
	double softirq; /* and in NET_RX softirqs, in the time of any thread */
};

struct load {
	void (*send)(struct load *load); /* until `stop`; on CPU_SEND */
	/* until `stop` or end of file; on `receive_cpu`. NULL: `counted` returns what arrived */
	void (*receive)(struct load *load);
	uint64_t (*counted)(const struct load *load);
	int receive_cpu;
	bool unblock; /* shut the sockets down at the end, to wake blocked threads */
	const struct side *side;
	int tx, rx; /* sockets */
	void *data;
	bool stop;
	bool record; /* the window is open */
	int error; /* negative errno of a thread */
	double sender_seconds; /* CPU time of the sender, valid when it has ended */
	uint64_t count __attribute__((aligned(64))); /* written by the receiver alone */
};

/* Runs the sender alone for `seconds`. `ret_cpu`: its CPU time. 0 or a negative errno. */
int load_send(struct load *load, double seconds, double *ret_cpu);

/* Runs both threads and measures for `seconds` after a start-up time. 0 or a negative errno. */
int load_run(struct load *load, double seconds, struct window *ret);

/* Relaxed accesses to the fields that the threads share */
bool load_stopped(struct load *load);
void load_error(struct load *load, int error);
void load_count(struct load *load, uint64_t add);

void wait_seconds(double seconds);

/* --- cpu.c --- */

/* CPU time of the kernel threads that do network work (cpu.c) */
struct cpu_threads {
	unsigned int n;
	struct {
		int pid;
		clockid_t clock;
		double seconds;
	} thread[1024];
};

void cpu_threads_find(struct cpu_threads *ret); /* takes milliseconds */
void cpu_threads_read(struct cpu_threads *t); /* read the clocks of the threads in `t` again */
/* Seconds that the threads of `b` have used since `a` was read */
double cpu_threads_used(const struct cpu_threads *a, const struct cpu_threads *b);
/* Seconds that the threads of `now` that are not in `known` have used */
double cpu_threads_new(const struct cpu_threads *known, const struct cpu_threads *now);
/* Wait until the kernel threads are idle: namespaces are deleted long after `ip netns del`. */
void cpu_wait_quiet(void);
double cpu_clock(clockid_t clock); /* seconds */
double cpu_machine(void); /* seconds that all CPUs have been busy with any work */
/* Record a window: `seconds` long, CPUs busy for `busy` seconds, the load's part being `load`. */
void cpu_account(double seconds, double busy, double load);
/* The part (0 to 1) of the CPU time of all windows that other work used */
double cpu_other_work(void);

/* --- progs.c: bench.bpf.c, loaded once --- */

enum sender { SEND_FIXED, SEND_RANDOM, SEND_UNKNOWN };

/* softirqs: their time is taken, which every softirq pays. xmt_die() on failure. */
void progs_open(bool softirqs);
void progs_close(void);
int progs_sender(enum sender sender, unsigned int targets); /* a program's fd */
uint64_t progs_delivered(void); /* frames that count_xdp and count_tc have seen */
uint64_t progs_sent(void); /* frames that the sending programs have sent */
double progs_softirq(void); /* seconds in NET_RX on all CPUs */
/* Attach count_xdp to `dev` in namespace E0, or detach it. 0 or a negative errno. */
int progs_attach_xdp(const struct side *s, const char *dev, bool on);
void progs_count_block(const struct side *s); /* count_tc on block BENCH_BLOCK; or xmt_die() */

#define BENCH_BLOCK 77 /* shared by the ingress of all devices of a crowd */

/* --- frames.c: frames as a NIC's driver delivers them --- */

struct frames {
	uint8_t data[64];
	unsigned int len;
	double rate; /* frames a second; 0: as fast as possible */
	uint64_t sent;
	double seconds; /* duration of the sending, if there was a rate */
};

/* A UDP datagram; ports in network byte order. */
void frames_fill(struct frames *f, const uint8_t *from, const uint8_t *to, uint32_t to_ip,
		 uint16_t from_port, uint16_t to_port);
/* `send` of a load. load->tx is the program, load->data the struct frames. */
void frames_send(struct load *load);
/* Delivers `n` frames by `prog`, in the wire's namespace. 0 or a negative errno. */
int frames_deliver(int prog, const struct side *s, const struct frames *f, unsigned int n);
/* Frames that the parent has received: they were not lost before the parent. */
uint64_t frames_at_parent(const struct side *s);
uint64_t frames_counted_at_parent(const struct load *load); /* `counted` of a load */

/* --- sock.c: sockets in the sides' namespaces; only the main thread may call --- */

/* A connected pair: [0] in `from`, [1] in `to`. 0 or a negative errno. Time-out: 200 ms. */
int sock_tcp_pair(const struct side *s, enum node from, enum node to, int ret_fd[2]);
/* A UDP socket in `from`, connected to a port of `to`, where no socket has to be. Or an errno. */
int sock_udp_client(const struct side *s, enum node from, enum node to, uint16_t port);
int sock_udp_pair(const struct side *s, enum node from, enum node to, int ret_fd[2]);
uint16_t sock_port(int fd); /* that it is bound to, in network byte order */

/* --- the loads; each fills value[] in the order of its metrics. 0 or a negative errno. --- */

struct bench_case;

typedef int shot_fn(struct side *s, const struct bench_case *c, double seconds, double *value);

shot_fn tcp_shot, udp_shot, live_shot, rr_shot, xdp_shot, crowd_shot, unknown_shot, loss_shot,
	memory_shot, batch_add_shot, batch_del_shot, add_del_shot, scale_shot, storm_shot, cni_shot,
	cni_first_shot, cni_readers_shot, arp_shot, tap_packets_shot, tap_bulk_shot;

/* readers.c: eight processes that read once a period each, or use as much CPU time instead */
void readers_start(const struct side *s, double period);
/*
 * Ends them. ret_cpu: in % of a CPU; ret_reads: reads a second. Returns whether all reads have
 * succeeded.
 */
bool readers_end(const struct side *s, double *ret_cpu, double *ret_reads);

/* rr.c: one phase of request and response */
struct rr_times {
	double p50, p99, p999; /* µs */
	double cpu; /* µs a transaction */
	unsigned int lost; /* transactions */
};

int rr_measure(const struct side *s, const struct bench_case *c, double seconds,
	       struct rr_times *ret);

/* storm.c: the flood that E2 sends as fast as it can */
enum flood {
	FLOOD_NONE,
	FLOOD_WIRE, /* unicast to the wire */
	FLOOD_SIBLING, /* unicast to E1 */
	FLOOD_BROADCAST,
	FLOOD_SPOOFED, /* to the wire from a forged MAC, spoofchk on */
	FLOOD_SOURCES, /* from random MACs, spoofchk off */
	FLOOD_DESTINATIONS, /* to random MACs */
};

#endif
