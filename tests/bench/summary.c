// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The first part of report.md: one row for each goal, and how commands scale. */
#include <stdio.h>
#include <string.h>

#include "cases.h"

void summary_ratio(FILE *f, const struct report *r, const struct results *res, unsigned int metric,
		   unsigned int side)
{
	struct estimate e;

	report_ratio(r, res, metric, side, &e);
	fprintf(f, " **%.3f** [%.3f, %.3f]", e.median, e.lo, e.hi);
	if (e.n < res->pairs)
		fprintf(f, " (%u of %u pairs)", e.n, res->pairs);
}

static void write_median(FILE *f, const struct results *res, unsigned int m, int side)
{
	if (side < 0 || (unsigned int)side >= res->lineup.n)
		fprintf(f, " |");
	else
		fprintf(f, " %.3g |", report_median(res, m, side));
}

/* The figure that is compared with the goal: a ratio, or the value if the goal is a value */
static void write_figure(FILE *f, const struct report *r, const struct results *res, unsigned int m,
			 const struct goal *g, int side)
{
	struct estimate e;

	if (side >= 0 && g && g->kind == VALUE_AT_MOST) {
		report_value(r, res, m, side, &e);
		fprintf(f, " %.3g [%.3g, %.3g]", e.median, e.lo, e.hi);
	} else if (side >= 0 && res->c->metrics[m].kind != SHOWN) {
		summary_ratio(f, r, res, m, side);
	}
	fprintf(f, " |");
}

static void write_goal(FILE *f, const struct goal *g)
{
	if (g && g->kind == RATIO_AT_LEAST)
		fprintf(f, " ≥ %g", g->goal);
	else if (g)
		fprintf(f, " ≤ %g", g->goal);
	if (g && !isnan(g->stretch))
		fprintf(f, " (%g)", g->stretch);
	fprintf(f, " |");
}

static void write_row(FILE *f, const struct report *r, const struct results *res, unsigned int m)
{
	const struct goal *g = report_goal_of(res, m);
	const struct metric *metric = &res->c->metrics[m];
	int side = report_side(res, report_goal_side(res));

	fprintf(f, "| %s | %s, %s |", m ? "" : res->c->title, metric->name, metric->unit);
	write_median(f, res, m, REFERENCE);
	write_median(f, res, m, report_side(res, "tc"));
	write_median(f, res, m, report_side(res, "xdp"));
	write_median(f, res, m, report_side(res, "bridge"));
	write_figure(f, r, res, m, g, side);
	write_goal(f, g);
	if (g && side >= 0)
		fprintf(f, " %s", report_outcome_text(report_goal(r, res, g, side)));
	else if (report_void(r, res, m))
		fprintf(f, " void");
	if (g && side >= 0 && strcmp(report_goal_side(res), "tc"))
		fprintf(f, " (%s)", report_goal_side(res));
	fprintf(f, " |\n");
}

void summary_write(FILE *f, const struct report *r)
{
	unsigned int c, m, all = 0;

	for (c = 0; c < r->n; c++)
		all += r->results[c]->c->lineup != LINEUP_OURS;
	if (!all)
		return;
	fprintf(f,
		"\n## Summary\n\nThe reference is Linux macvlan; for `many-one` xmacvlan with one "
		"endpoint; for `counters-…` xmacvlan without counters; between host and endpoint "
		"a plain veth pair. The ratio and the verdict are those of tc, or of the side in "
		"brackets.\n\n"
		"| case | what | reference | tc | xdp | bridge | ratio [95 %%] "
		"| goal (stretch) | |\n|---|---|---:|---:|---:|---:|---:|---|---|\n");
	for (c = 0; c < r->n; c++)
		for (m = 0; m < r->results[c]->c->n_metrics; m++)
			if (r->results[c]->c->lineup != LINEUP_OURS &&
			    (!m || report_goal_of(r->results[c], m)))
				write_row(f, r, r->results[c], m);
}

static void write_scale_row(FILE *f, const struct results *res)
{
	unsigned int m;

	fprintf(f, "| %s |", res->c->title);
	for (m = 0; m < res->c->n_metrics; m++)
		fprintf(f, " %.3g |", report_median(res, m, REFERENCE));
	fprintf(f, "\n");
}

static void write_scale_head(FILE *f, const struct results *res)
{
	unsigned int m;

	fprintf(f,
		"\n## Commands and the number of endpoints\n\nxmacvlan alone, whole processes, "
		"median of %u, %s.\n\n| endpoints |",
		res->pairs, res->c->metrics[0].unit);
	for (m = 0; m < res->c->n_metrics; m++)
		fprintf(f, " %s |", res->c->metrics[m].name);
	fprintf(f, "\n|---|");
	for (m = 0; m < res->c->n_metrics; m++)
		fprintf(f, "---:|");
	fprintf(f, "\n");
}

void summary_scale(FILE *f, const struct report *r)
{
	bool has_head = false;
	unsigned int c;

	for (c = 0; c < r->n; c++) {
		if (r->results[c]->c->lineup != LINEUP_OURS)
			continue;
		if (!has_head)
			write_scale_head(f, r->results[c]);
		has_head = true;
		write_scale_row(f, r->results[c]);
	}
}
