/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bench's cases, their results, and the reports about these */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "bench.h"

/* --- cases.c --- */

enum metric_kind { SPEED, COST, SHOWN }; /* SHOWN: no ratio */

struct metric {
	const char *name, *unit;
	enum metric_kind kind;
};

/* The kind decides which interval counts, of the ratio or the value, and which bound of it. */
enum goal_kind { RATIO_AT_LEAST, RATIO_AT_MOST, VALUE_AT_MOST };

struct goal {
	unsigned int metric;
	enum goal_kind kind;
	double goal, stretch; /* NAN: no stretch */
};

enum lineup_kind {
	LINEUP_MACVLAN, /* against the kernel's macvlan */
	LINEUP_ONE, /* xmacvlan by TC, against xmacvlan by TC with one endpoint */
	LINEUP_VETH, /* against a plain veth pair */
	LINEUP_BRIDGE, /* against a Linux bridge */
	LINEUP_OURS, /* xmacvlan by TC alone: figures, no ratios */
	LINEUP_READERS, /* xmacvlan by TC, beside readers against without them */
	LINEUP_COUNTERS, /* xmacvlan by TC, against programs that count nothing */
};

struct bench_case {
	const char *name, *title;
	shot_fn *shot;
	enum node from, to;
	/* The first metric is the main one: if its A/A control fails, the run is void. */
	const struct metric *metrics;
	unsigned int n_metrics;
	struct goal goals[GOALS_MAX];
	unsigned int n_goals;
	const char *goal_side; /* NULL: tc */
	struct layout layout;
	enum lineup_kind lineup;
	unsigned int pairs; /* at most; 0: the options' numbers */
	unsigned int longer; /* factor of the shots' duration; 0 is 1 */
	bool tcp; /* of request/response */
	bool beside; /* of commands: endpoints beside the parent, not in E0 */
	unsigned int parents; /* of scale: 0 is 1 */
	double period; /* seconds between two reads of a reader */
	bool to_first; /* only the first endpoint of a crowd gets frames */
	double control; /* how far A/A may be from 1; 0: CONTROL_LIMIT */
	const char *attach_xdp; /* `attach` options for the side xdp, instead of its own; or NULL */
	const char *extra_side; /* "direct" or "fanout": that side takes part, too; or NULL */
	bool no_xdp; /* without the side xdp: the frames do not take that way */
	bool no_bridge; /* without the side bridge, which cannot do it */
	enum flood flood; /* of a storm */
	const char *ipam; /* of CNI: host-local's ranges, "": without IPAM; else NULL */
	unsigned int calls; /* of CNI: ADDs in a shot */
	bool same_cpu; /* the storm's sender shares the CPU of request and response */
	/* Called with all sides made, before the first shot and after the last; or NULL */
	void (*begin)(struct side *sides, unsigned int n, const struct bench_case *c);
	void (*end)(struct side *sides, unsigned int n, const struct bench_case *c);
};

extern const struct bench_case bench_cases[];
extern const unsigned int n_bench_cases;

/* loss.c, deliveries.c, storm.c, arp.c, counters.c: begin and end of cases */
void loss_begin(struct side *sides, unsigned int n, const struct bench_case *c);
void loss_end(struct side *sides, unsigned int n, const struct bench_case *c);
void xdp_begin(struct side *sides, unsigned int n, const struct bench_case *c);
void xdp_end(struct side *sides, unsigned int n, const struct bench_case *c);
void arp_begin(struct side *sides, unsigned int n, const struct bench_case *c);
void promisc_begin(struct side *sides, unsigned int n, const struct bench_case *c);
void promisc_end(struct side *sides, unsigned int n, const struct bench_case *c);
void storm_begin(struct side *sides, unsigned int n, const struct bench_case *c);
void storm_end(struct side *sides, unsigned int n, const struct bench_case *c);
void counters_end(struct side *sides, unsigned int n, const struct bench_case *c);

/* deliveries.c, for loss.c: the frame that a crowd gets */
void crowd_frames(const struct bench_case *c, struct frames *ret);
/* Waits for the last delivery. Returns its time (cpu_clock(CLOCK_MONOTONIC)). */
double deliveries_wait(const struct side *s);

/* --- lineup.c: the sides of a case --- */

struct lineup {
	struct side side[SIDES_MAX]; /* [REFERENCE], [CONTROL]: equal to it, then the others */
	unsigned int n;
};

bool lineup_add_variant(char *text); /* the option's NAME:CMD; false: malformed or too many */
bool lineup_sides_known(const char *sides);
void lineup_pick(const struct bench_case *c, struct lineup *ret);
bool listed(const char *list, const char *name);
unsigned int count_listed(const char *list);

/* --- stats.c --- */

struct estimate {
	double median, lo, hi; /* 95 % bootstrap interval of the median */
	unsigned int n; /* of values that are numbers */
};

/* NaN when no value is a number. */
double stats_median(const double *value, unsigned int n);
void stats_bootstrap(struct xmt_prng *p, const double *value, unsigned int n, struct estimate *ret);
/* The smallest value that `part` (0 to 1) of the `n` sorted values do not exceed. */
uint32_t stats_percentile(const uint32_t *sorted, size_t n, double part);

/* --- results --- */

struct results {
	const struct bench_case *c;
	struct lineup lineup;
	unsigned int pairs, max_pairs;
	double seconds; /* duration of all shots */
	double value[METRICS_MAX][SIDES_MAX][PAIRS_MAX]; /* NaN: the shot failed */
};

struct report {
	uint64_t seed;
	const char *version; /* of xmacvlan */
	struct results *results[CASES_MAX];
	unsigned int n;
};

#define CONTROL_LIMIT 0.05 /* how far the A/A median may be from 1 */

/* --- rounds.c --- */

void rounds_run(const struct report *r); /* all cases */

/* --- estimate.c --- */

/* Ratios of a case, pair by pair: side ÷ reference. */
void report_ratio(const struct report *r, const struct results *res, unsigned int metric,
		  unsigned int side, struct estimate *ret);
/* Whether the interval of a ratio that has a goal is wider than the options say */
bool report_wide(const struct report *r, const struct results *res);
/* The same as report_ratio() for a side's values themselves */
void report_value(const struct report *r, const struct results *res, unsigned int metric,
		  unsigned int side, struct estimate *ret);
double report_median(const struct results *res, unsigned int metric, unsigned int side);
/* Whether the A/A median of the metric is too far from 1 */
bool report_void(const struct report *r, const struct results *res, unsigned int metric);
int report_side(const struct results *res, const char *name); /* -1: does not take part */

enum outcome { OUTCOME_VOID, OUTCOME_MISSED, OUTCOME_MET, OUTCOME_STRETCH };

enum outcome report_goal(const struct report *r, const struct results *res, const struct goal *g,
			 unsigned int side);
const char *report_outcome_text(enum outcome o);

#define REFERENCE 0 /* sides of a lineup */
#define CONTROL	  1

/* The goal of a metric, or NULL; and the side to which the goals of a case apply */
const struct goal *report_goal_of(const struct results *res, unsigned int metric);
const char *report_goal_side(const struct results *res);

/* --- summary.c, report.c, plot.c --- */

/* Prints one line for each metric. */
void report_case(const struct report *r, const struct results *res);
int report_write(const struct report *r); /* report.md, samples.csv */
void summary_write(FILE *f, const struct report *r); /* the first part of report.md */
void summary_scale(FILE *f, const struct report *r); /* figures without a reference */
void summary_ratio(FILE *f, const struct report *r, const struct results *res, unsigned int metric,
		   unsigned int side);
/* ratio.svg and cpu.svg by gnuplot, if it is installed. 0 or a negative errno. */
int plot_write(const struct report *r);
FILE *report_open(const char *name); /* in the output directory; NULL and errno */

#endif
