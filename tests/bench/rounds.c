// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of the shots.
 *
 * There are many short shots. On a virtual machine the speed of caches and memory varies with the
 * neighbours' load, as a random walk. A loop over 8 MiB differed from the same loop right after it
 * by 6.5 % in windows of 30 ms, 9 % in windows of 300 ms, 12 % in windows of 1 s (a loop in
 * registers: 1 %). So shots that are near in time have equal conditions, and short shots give more
 * pairs in the same time. The result is the median of the pairs' ratios: other estimators
 * (references interpolated in time, the mean of both references, Hodges-Lehmann) had no narrower
 * intervals on the same samples. No shot is left out.
 *
 * Topologies are set up several times, because the place of their memory stays the same as long as
 * they exist. Two equal macvlans differed by 9 % [3, 20] in all shots of one set-up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "run.h"

#define SETUPS	      4 /* of topologies that are made in seconds: */
#define SMALL	      1000 /* they have at most so many endpoints */
#define QUICK_TRIES   2
#define QUICK_SECONDS 0.5

static void take_shot(struct results *res, struct side *sides, unsigned int side, unsigned int pair)
{
	const struct bench_case *c = res->c;
	double value[METRICS_MAX];
	unsigned int m, tries;
	int err;

	err = c->shot(&sides[side], c, bench_options.seconds * (c->longer ?: 1), value);
	/* A quick run tests whether the case works: repeat a shot that other work has delayed */
	for (tries = 0; bench_options.quick && err && tries < QUICK_TRIES; tries++)
		err = c->shot(&sides[side], c, QUICK_SECONDS, value);
	if (err)
		xmt_fail("%s, %s, pair %u: %s", c->name, sides[side].name, pair, strerror(-err));
	for (m = 0; m < c->n_metrics; m++)
		res->value[m][side][pair] = err ? NAN : value[m];
}

/* The first shots have cold caches and new devices: they do not count. */
static void warm_up(const struct bench_case *c, struct lineup *l)
{
	double value[METRICS_MAX];
	unsigned int i;

	for (i = 0; i < l->n && c->layout.kind != LAYOUT_NONE && !bench_options.quick; i++)
		c->shot(&l->side[i], c, bench_options.seconds, value);
}

/*
 * Two rounds belong together: an order, then the same backwards, so that an even drift affects all
 * sides alike. Every two rounds the next side begins, so that each side is equally near to the
 * reference.
 */
static void take_pairs(struct results *res, struct lineup *l, unsigned int from, unsigned int to)
{
	unsigned int pair, i, k;

	for (pair = from; pair < to; pair++)
		for (i = 0; i < l->n; i++) {
			k = pair & 1 ? l->n - 1 - i : i;
			take_shot(res, l->side, (k + pair / 2) % l->n, pair);
		}
}

static void run_shots(struct results *res, struct lineup *l, unsigned int from, unsigned int to)
{
	double begin = cpu_clock(CLOCK_MONOTONIC);

	if (from == to)
		return;
	if (res->c->begin)
		res->c->begin(l->side, l->n, res->c);
	warm_up(res->c, l);
	take_pairs(res, l, from, to);
	if (res->c->end)
		res->c->end(l->side, l->n, res->c);
	res->seconds += cpu_clock(CLOCK_MONOTONIC) - begin;
}

static bool same_topology(const struct results *a, const struct results *b)
{
	const struct layout *x = &a->c->layout, *y = &b->c->layout;
	unsigned int i;

	if (x->kind != y->kind || x->n != y->n || x->addressed != y->addressed ||
	    x->host != y->host || strcmp(x->mode ?: "", y->mode ?: "") ||
	    a->lineup.n != b->lineup.n)
		return false;
	for (i = 0; i < a->lineup.n; i++)
		if (strcmp(a->lineup.side[i].name, b->lineup.side[i].name) ||
		    strcmp(a->lineup.side[i].attach ?: "", b->lineup.side[i].attach ?: ""))
			return false;
	return true;
}

/* In every set-up another side is made first */
static void make_sides(struct lineup *l, const struct layout *layout, unsigned int setup)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		side_make(&l->side[(i + setup) % l->n], layout);
	if (layout->kind != LAYOUT_NONE)
		cpu_wait_quiet();
}

static void delete_sides(struct lineup *l, const struct layout *layout)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		side_delete(&l->side[i], layout);
	if (layout->kind != LAYOUT_NONE)
		cpu_wait_quiet();
}

static unsigned int setup_count(const struct layout *layout)
{
	if (bench_options.quick || layout->kind == LAYOUT_NONE ||
	    (layout->kind == LAYOUT_CROWD && (!layout->n || layout->n > SMALL)))
		return 1;
	return SETUPS;
}

static void print_case(const struct report *r, const struct results *res)
{
	report_case(r, res);
	printf("%15s %.0f s\n", "", res->seconds);
	fflush(stdout);
	if (!bench_options.quick && report_void(r, res, 0))
		xmt_fail("%s: the A/A control is not within 1.00 ± %.2f: the run is void",
			 res->c->name, res->c->control ?: CONTROL_LIMIT);
	else
		xmt_pass(NULL);
}

/*
 * More set-ups, as large as the first ones, for the cases whose intervals are too wide. Returns
 * whether there were such cases.
 */
static bool run_more(const struct report *r, struct results *const *res, unsigned int n,
		     unsigned int setup, unsigned int pairs)
{
	static struct lineup lineup;
	bool wide[CASES_MAX], any = false;
	unsigned int i, to;

	for (i = 0; i < n; i++) {
		wide[i] = res[i]->pairs < res[i]->max_pairs && report_wide(r, res[i]);
		any |= wide[i];
	}
	if (!any)
		return false;
	lineup = res[0]->lineup;
	make_sides(&lineup, &res[0]->c->layout, setup);
	for (i = 0; i < n; i++) {
		if (!wide[i])
			continue;
		to = res[i]->pairs + pairs;
		to = to < res[i]->max_pairs ? to : res[i]->max_pairs;
		run_shots(res[i], &lineup, res[i]->pairs, to);
		res[i]->pairs = to;
	}
	delete_sides(&lineup, &res[0]->c->layout);
	return true;
}

/* Run `n` cases that have the same topology. */
static void run_group(const struct report *r, struct results *const *res, unsigned int n)
{
	const struct layout *layout = &res[0]->c->layout;
	unsigned int i, k, times = setup_count(layout);
	static struct lineup lineup;
	double begin = cpu_clock(CLOCK_MONOTONIC);

	for (k = 0; k < times; k++) {
		lineup = res[0]->lineup;
		make_sides(&lineup, layout, k);
		for (i = 0; i < n; i++)
			run_shots(res[i], &lineup, res[i]->pairs * k / times,
				  res[i]->pairs * (k + 1) / times);
		delete_sides(&lineup, layout);
	}
	while (run_more(r, res, n, k, bench_options.pairs / times + 1))
		k++;
	for (i = 0; i < n; i++)
		print_case(r, res[i]);
	printf("%u case(s), %u set-up(s): %.0f s\n", n, k, cpu_clock(CLOCK_MONOTONIC) - begin);
}

void rounds_run(const struct report *r)
{
	unsigned int i, n;

	for (i = 0; i < r->n; i += n) {
		for (n = 1; i + n < r->n && same_topology(r->results[i], r->results[i + n]); n++)
			;
		run_group(r, &r->results[i], n);
	}
}
