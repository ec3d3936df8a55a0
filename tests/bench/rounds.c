// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of shots.
 *
 * Why they are short and many: what swings on a virtual machine is the speed of caches and memory,
 * by the neighbours' load, and it does so as a random walk. A loop over 8 MiB differed from the
 * same loop right after it by 6.5 % in windows of 30 ms, 9 % in windows of 300 ms, 12 % in windows
 * of 1 s (a loop in registers: 1 %). So the nearer two shots are the more alike is what they find,
 * and one gets more pairs in the same time. Other estimators (references interpolated in time, the
 * mean of both references, Hodges-Lehmann) had no narrower intervals on the same samples, so it is
 * the median of the pairs' ratios. No shot is left out.
 *
 * Why topologies are made anew: where their memory happens to lie stays for as long as they stand.
 * Two equal macvlans differed by 9 % [3, 20] through all of one standing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "run.h"

#define STANDINGS	4	/* of topologies that are made in seconds */
#define SMALL		1000	/* endpoints of those */
#define QUICK_TRIES	2
#define QUICK_SECONDS	0.5

static void shoot(struct results *res, struct side *sides, unsigned int side, unsigned int pair)
{
	const struct bench_case *c = res->c;
	double value[METRICS_MAX];
	unsigned int m, tries;
	int err;

	err = c->shot(&sides[side], c, bench_options.seconds * (c->longer ?: 1), value);
	/* Whether it works is asked here, so what other work has held up gets another chance */
	for (tries = 0; bench_options.quick && err && tries < QUICK_TRIES; tries++)
		err = c->shot(&sides[side], c, QUICK_SECONDS, value);
	if (err)
		xmt_fail("%s, %s, pair %u: %s", c->name, sides[side].name, pair, strerror(-err));
	for (m = 0; m < c->n_metrics; m++)
		res->value[m][side][pair] = err ? NAN : value[m];
}

/* The first shots find cold caches and new devices: they are not counted. */
static void warm_up(const struct bench_case *c, struct lineup *l)
{
	double value[METRICS_MAX];
	unsigned int i;

	for (i = 0; i < l->n && c->layout.kind != LAYOUT_NONE && !bench_options.quick; i++)
		c->shot(&l->side[i], c, bench_options.seconds, value);
}

/*
 * Rounds come in twos: an order, then the same backwards, so that what drifts evenly strikes all
 * alike. Which side begins moves on every two, so that each side is as near to the reference.
 */
static void shoot_pairs(struct results *res, struct lineup *l, unsigned int from, unsigned int to)
{
	unsigned int pair, i, k;

	for (pair = from; pair < to; pair++)
		for (i = 0; i < l->n; i++) {
			k = pair & 1 ? l->n - 1 - i : i;
			shoot(res, l->side, (k + pair / 2) % l->n, pair);
		}
}

static void run_part(struct results *res, struct lineup *l, unsigned int from, unsigned int to)
{
	double begin = cpu_clock(CLOCK_MONOTONIC);

	if (from == to)
		return;
	if (res->c->begin)
		res->c->begin(l->side, l->n, res->c);
	warm_up(res->c, l);
	shoot_pairs(res, l, from, to);
	if (res->c->end)
		res->c->end(l->side, l->n, res->c);
	res->seconds += cpu_clock(CLOCK_MONOTONIC) - begin;
}

static bool same_topology(const struct results *a, const struct results *b)
{
	const struct layout *x = &a->c->layout, *y = &b->c->layout;
	unsigned int i;

	if (x->kind != y->kind || x->n != y->n || x->addressed != y->addressed ||
	    strcmp(x->mode ?: "", y->mode ?: "") || a->lineup.n != b->lineup.n)
		return false;
	for (i = 0; i < a->lineup.n; i++)
		if (strcmp(a->lineup.side[i].name, b->lineup.side[i].name) ||
		    strcmp(a->lineup.side[i].attach ?: "", b->lineup.side[i].attach ?: ""))
			return false;
	return true;
}

/* Another side is the first every time */
static void make_all(struct lineup *l, const struct layout *layout, unsigned int standing)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		side_make(&l->side[(i + standing) % l->n], layout);
	if (layout->kind != LAYOUT_NONE)
		cpu_wait_quiet();
}

static void delete_all(struct lineup *l, const struct layout *layout)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		side_delete(&l->side[i], layout);
	if (layout->kind != LAYOUT_NONE)
		cpu_wait_quiet();
}

static unsigned int standings(const struct layout *layout)
{
	if (bench_options.quick || layout->kind == LAYOUT_NONE ||
	    (layout->kind == LAYOUT_CROWD && (!layout->n || layout->n > SMALL)))
		return 1;
	return STANDINGS;
}

static void report_one(const struct report *r, const struct results *res)
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

/* `n` cases of the same topology */
static void run_group(const struct report *r, struct results *const *res, unsigned int n)
{
	const struct layout *layout = &res[0]->c->layout;
	unsigned int i, k, times = standings(layout);
	static struct lineup standing;
	double begin = cpu_clock(CLOCK_MONOTONIC);

	for (k = 0; k < times; k++) {
		standing = res[0]->lineup;
		make_all(&standing, layout, k);
		for (i = 0; i < n; i++)
			run_part(res[i], &standing, res[i]->pairs * k / times,
				 res[i]->pairs * (k + 1) / times);
		delete_all(&standing, layout);
	}
	for (i = 0; i < n; i++)
		report_one(r, res[i]);
	printf("%u case(s) on %u standing(s): %.0f s\n", n, times,
	       cpu_clock(CLOCK_MONOTONIC) - begin);
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
