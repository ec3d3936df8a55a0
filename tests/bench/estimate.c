// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Evaluates the samples: ratios, controls, goals. */
#include <stdio.h>
#include <string.h>

#include "cases.h"

/* Every call for the same figure gets the same resamples, in any order of calls. */
static void seed_resamples(struct xmt_prng *prng, const struct report *r, const struct results *res,
			   unsigned int what)
{
	xmt_prng_seed(prng, r->seed ^ (uint64_t)(res->c - bench_cases) << 32 ^ what);
}

void report_ratio(const struct report *r, const struct results *res, unsigned int metric,
		  unsigned int side, struct estimate *ret)
{
	double ratio[PAIRS_MAX];
	struct xmt_prng prng;
	unsigned int i;

	seed_resamples(&prng, r, res, metric << 16 ^ side);
	for (i = 0; i < res->pairs; i++)
		ratio[i] = res->value[metric][side][i] / res->value[metric][REFERENCE][i];
	stats_bootstrap(&prng, ratio, res->pairs, ret);
}

void report_value(const struct report *r, const struct results *res, unsigned int metric,
		  unsigned int side, struct estimate *ret)
{
	struct xmt_prng prng;

	seed_resamples(&prng, r, res, metric << 16 ^ side);
	stats_bootstrap(&prng, res->value[metric][side], res->pairs, ret);
}

bool report_void(const struct report *r, const struct results *res, unsigned int metric)
{
	struct estimate e;

	if (res->lineup.n <= CONTROL || res->c->metrics[metric].kind == SHOWN)
		return false;
	report_ratio(r, res, metric, CONTROL, &e);
	return !(fabs(e.median - 1) <= (res->c->control ?: CONTROL_LIMIT));
}

static bool goal_is_wide(const struct report *r, const struct results *res, const struct goal *g)
{
	int side = report_side(res, report_goal_side(res));
	struct estimate e;

	if (side < 0 || g->kind == VALUE_AT_MOST)
		return false;
	report_ratio(r, res, g->metric, side, &e);
	return e.hi - e.lo > bench_options.width;
}

bool report_wide(const struct report *r, const struct results *res)
{
	unsigned int i;

	for (i = 0; i < res->c->n_goals; i++)
		if (goal_is_wide(r, res, &res->c->goals[i]))
			return true;
	return false;
}

double report_median(const struct results *res, unsigned int metric, unsigned int side)
{
	return stats_median(res->value[metric][side], res->pairs);
}

int report_side(const struct results *res, const char *name)
{
	unsigned int i;

	for (i = 0; i < res->lineup.n; i++)
		if (!strcmp(res->lineup.side[i].name, name))
			return i;
	return -1;
}

/* The worse bound of the interval decides, so that both bounds meet the limit. */
static bool meets_limit(const struct estimate *e, enum goal_kind kind, double limit)
{
	return kind == RATIO_AT_LEAST ? e->lo >= limit : e->hi <= limit;
}

enum outcome report_goal(const struct report *r, const struct results *res, const struct goal *g,
			 unsigned int side)
{
	struct estimate e;

	if (g->kind == VALUE_AT_MOST) {
		report_value(r, res, g->metric, side, &e);
	} else {
		if (report_void(r, res, g->metric))
			return OUTCOME_VOID;
		report_ratio(r, res, g->metric, side, &e);
	}
	if (!e.n)
		return OUTCOME_VOID;
	if (!isnan(g->stretch) && meets_limit(&e, g->kind, g->stretch))
		return OUTCOME_STRETCH;
	return meets_limit(&e, g->kind, g->goal) ? OUTCOME_MET : OUTCOME_MISSED;
}

const char *report_outcome_text(enum outcome o)
{
	static const char *const text[] = {
		[OUTCOME_VOID] = "void",
		[OUTCOME_MISSED] = "**missed**",
		[OUTCOME_MET] = "met",
		[OUTCOME_STRETCH] = "met, stretch too",
	};

	return text[o];
}

const struct goal *report_goal_of(const struct results *res, unsigned int metric)
{
	unsigned int i;

	for (i = 0; i < res->c->n_goals; i++)
		if (res->c->goals[i].metric == metric)
			return &res->c->goals[i];
	return NULL;
}

const char *report_goal_side(const struct results *res)
{
	return res->c->goal_side ?: "tc";
}
