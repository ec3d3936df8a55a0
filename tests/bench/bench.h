/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bench: the same load on twin topologies, side by side in one run. Sides take turns shot by
 * shot, forwards and backwards; what is compared are the ratios of shots of one round.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ns.h"
#include "prng.h"

#define SIDES_MAX	8
#define PAIRS_MAX	99
#define METRICS_MAX	4

#define CPU_SEND	0	/* the sender, and the softirqs of all that it sends */
#define CPU_RECEIVE	1

/* --- sides.c: the topologies --- */

enum node { WIRE, E0, E1, NODES };	/* where a load starts and ends */

enum kind { KERNEL_MACVLAN, XMACVLAN, BRIDGE };

struct side {
	const char *name;	/* also a column of the CSV */
	const char *title;
	enum kind kind;
	const char *attach;	/* xmacvlan: options of `attach`, or NULL */
	const char *tweak;	/* shell command run when the side stands, or NULL */
	struct xmt_ns host, node[NODES];
	unsigned int wire_ifindex;	/* the far end of the parent */
	int undo;
};

/* Both are xmt_die() on failure, and leave it to the supervisor to clean up. */
void side_make(struct side *s, const char *xmacvlan);
void side_delete(struct side *s, const char *xmacvlan);

/* Host byte order. */
uint32_t node_ip(enum node node);
const uint8_t *node_mac(enum node node);

/* --- load.c: a sender and a receiver for a while --- */

struct window {
	double seconds;
	uint64_t count;		/* what the receiver got in it */
	double sender, receiver, softirqd;	/* seconds of CPU time */
};

struct load {
	void (*send)(struct load *load);	/* until `stop`; on CPU_SEND */
	void (*receive)(struct load *load);	/* until `stop` or end of file; on `receive_cpu` */
	int receive_cpu;
	const struct side *side;
	int tx, rx;		/* sockets */
	void *data;
	bool stop;
	bool record;		/* the window is open */
	int error;		/* negative errno of a thread */
	uint64_t count __attribute__((aligned(64)));	/* by the receiver alone */
};

/* Runs both threads, and measures `seconds` after a start-up time. 0 or a negative errno. */
int load_run(struct load *load, double seconds, struct window *ret);

/* Relaxed accesses to what threads share. */
bool load_stopped(struct load *load);
void load_error(struct load *load, int error);
void load_count(struct load *load, uint64_t add);

/* --- cpu.c --- */

void cpu_init(void);			/* once, before cpu_softirqd() */
double cpu_softirqd(void);		/* seconds that all ksoftirqd threads have used */
double cpu_clock(clockid_t clock);	/* seconds */
double cpu_machine(void);		/* seconds that all CPUs have been busy, whatever with */
/* Notes a window: `seconds` long, the machine busy for `busy`, of which the load's own `load`. */
void cpu_account(double seconds, double busy, double load);
/* The part (0 to 1) of the CPUs that other work had in all windows. */
double cpu_foreign(void);

/* --- sock.c: sockets in the sides' namespaces; all calls of the main thread alone --- */

/* A connected pair: [0] in `from`, [1] in `to`. 0 or a negative errno. Time-out: 200 ms. */
int sock_tcp_pair(const struct side *s, enum node from, enum node to, int ret_fd[2]);
int sock_udp_pair(const struct side *s, enum node from, enum node to, int ret_fd[2]);

/* --- the loads; each fills value[] as its metrics say. 0 or a negative errno. --- */

struct bench_case;

int tcp_shot(const struct side *s, const struct bench_case *c, double seconds, double *value);
int udp_shot(const struct side *s, const struct bench_case *c, double seconds, double *value);
int live_shot(const struct side *s, const struct bench_case *c, double seconds, double *value);
int rr_shot(const struct side *s, const struct bench_case *c, double seconds, double *value);

/* --- cases.c --- */

struct metric {
	const char *name;
	const char *unit;
	bool shown_only;	/* no ratio: it is not a cost or a speed */
};

/* The first metric is the case's main one: when its A/A control fails, the run is void. */
struct bench_case {
	const char *name, *title;
	int (*shot)(const struct side *s, const struct bench_case *c, double seconds,
		    double *value);
	enum node from, to;
	bool tcp;		/* of request/response */
	const struct metric *metrics;
	unsigned int n_metrics;
};

extern const struct bench_case bench_cases[];
extern const unsigned int n_bench_cases;

/* --- stats.c --- */

struct estimate {
	double median, lo, hi;	/* 95 % bootstrap interval of the median */
	unsigned int n;		/* of values that are numbers */
};

/* NaN when no value is a number. */
double stats_median(const double *value, unsigned int n);
void stats_bootstrap(struct xmt_prng *p, const double *value, unsigned int n, struct estimate *ret);
/* The smallest value that `part` (0 to 1) of the `n` sorted values do not exceed. */
uint32_t stats_percentile(const uint32_t *sorted, size_t n, double part);

/* --- report.c --- */

struct results {
	double value[METRICS_MAX][SIDES_MAX][PAIRS_MAX];	/* NaN: the shot failed */
};

struct report {
	const char *dir;
	struct side *sides;	/* [0] the reference, [1] its twin, then what is compared */
	unsigned int n_sides, pairs;
	double seconds;
	uint64_t seed;
	struct xmt_prng prng;
	const char *version;	/* of xmacvlan */
	const struct bench_case *cases[32];
	struct results *results[32];
	unsigned int n_cases;
};

#define CONTROL_LIMIT	0.05	/* how far the A/A median may be from 1 */

/* Ratios of a case, pair by pair: side ÷ reference. */
void report_ratio(struct report *r, unsigned int c, unsigned int metric, unsigned int side,
		  struct estimate *ret);
/* Whether this metric's A/A median is off limits. */
bool report_void(struct report *r, unsigned int c, unsigned int metric);
void report_case(struct report *r, unsigned int c);	/* one line each metric to stdout */
int report_write(struct report *r);			/* report.md, samples.csv */

#endif
