// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs one topology: batches of frames through both sides, changes between the batches. */
#include <stdio.h>
#include <string.h>

#include "eq.h"

#define REPORTS_MAX  6 /* in one topology, unless -v */
#define CHANGES_MAX  3 /* between two batches */
#define AWAY_PERCENT 3 /* of the batches are sent while the parent is down or has no carrier */

struct run {
	struct topo topo;
	struct xmt_prng prng;
	struct side side[SIDES];
	struct frame batch[BATCH_MAX];
	unsigned int n;
	int error[SIDES][BATCH_MAX];
	unsigned int reported, batches;
	struct result *res;
};

static void report_difference(const struct diff *d, void *arg)
{
	struct run *r = arg;
	struct facts facts;

	facts_of(&r->topo, r->batch, d, &r->side[LEFT].view, &r->side[RIGHT].view, &facts);
	if (opt.driver[LEFT] == MACVLAN && opt.driver[RIGHT] == XMACVLAN && rules_excuse(&facts)) {
		r->res->excused++;
		return;
	}
	r->res->diffs++;
	r->res->kinds[d->kind]++;
	if (opt.plant && !opt.verbose)
		return;
	if (r->reported++ >= REPORTS_MAX && !opt.verbose)
		return;
	if (r->reported == 1)
		topo_print(&r->topo);
	report(&r->topo, r->batch, d, &r->side[LEFT].view, &r->side[RIGHT].view);
}

static void compare_errors(struct run *r)
{
	unsigned int i;

	for (i = 0; i < r->n; i++) {
		if (r->error[LEFT][i] == r->error[RIGHT][i])
			continue;
		r->res->diffs++;
		if ((opt.plant || r->reported++ >= REPORTS_MAX) && !opt.verbose)
			continue;
		printf("DIFF seed %llu topology %u: %s sends %u octets: left %s, right %s\n",
		       (unsigned long long)r->topo.seed, r->topo.index,
		       sender_text(&r->topo, r->batch[i].sender), r->batch[i].len,
		       strerror(-r->error[LEFT][i]), strerror(-r->error[RIGHT][i]));
	}
}

/* Send a batch while the parent is down or has no carrier. */
static int run_away(struct run *r, struct side *s)
{
	bool own = r->n & 1;
	int err;

	if (side_away(s, &r->topo, own))
		return -1;
	side_send(s, &r->topo, r->batch, r->n, r->error[s->id]);
	err = side_return(s, &r->topo, own, r->batch, r->n);
	if (opt.verbose)
		printf("  the batch was sent while the parent %s\n",
		       own ? "was down" : "had no carrier");
	return err;
}

static int run_batch(struct run *r, unsigned int n, uint64_t *number)
{
	bool away = !opt.no_changes && xmt_rand_chance(&r->prng, AWAY_PERCENT);
	unsigned int i;
	int err;

	r->n = batch_make(&r->topo, &r->prng, r->batch, n - (away && xmt_rand(&r->prng, 2)),
			  number);
	for (i = 0; i < SIDES; i++) {
		struct side *s = &r->side[i];

		err = away ? run_away(r, s) : side_run(s, &r->topo, r->batch, r->n, r->error[i]);
		if (!err)
			continue;
		topo_print(&r->topo);
		return -1;
	}
	r->res->planted += plant_view(&r->side[RIGHT].view, r->batch);
	r->res->frames += r->n;
	r->res->seen += r->side[LEFT].view.n;
	compare_errors(r);
	compare(&r->side[LEFT].view, &r->side[RIGHT].view, r->batch, report_difference, r);
	return 0;
}

static int settle_sides(struct run *r)
{
	if (!side_settle(&r->side[LEFT], &r->topo, NULL, 0) &&
	    !side_settle(&r->side[RIGHT], &r->topo, NULL, 0))
		return 0;
	topo_print(&r->topo);
	return -1;
}

static int change_both(struct run *r)
{
	unsigned int n = opt.no_changes ? 0 : xmt_rand(&r->prng, CHANGES_MAX + 1);
	struct change c;

	while (n--) {
		reconf_make(&r->topo, &r->prng, &c);
		if (opt.verbose)
			printf("  %s\n", change_text(&c));
		if (side_apply(&r->side[LEFT], &r->topo, &c) ||
		    side_apply(&r->side[RIGHT], &r->topo, &c))
			return -1;
	}
	return settle_sides(r);
}

/* Make both sides, the right one from `right`. */
static int make_sides(struct run *r, const struct topo *right)
{
	if (opt.verbose)
		topo_print(&r->topo);
	return side_make(&r->side[LEFT], &r->topo, LEFT)
		       ?: side_make(&r->side[RIGHT], right, RIGHT);
}

int run_topology(unsigned int index, struct result *res)
{
	static struct run r;
	unsigned int frames = opt.frames / opt.topologies;
	uint64_t number = (uint64_t)index * 1000000;
	unsigned long start = res->frames;
	struct topo right;
	int err;

	r.res = res;
	r.reported = 0;
	topo_make(&r.topo, &r.prng, opt.seed, index);
	right = r.topo;
	res->planted += plant_topo(&right);
	if (opt.plant && opt.plant < PLANT_LOSE && !res->planted)
		return 0; /* no endpoint of this topology can have the difference */
	err = make_sides(&r, &right) ?: settle_sides(&r);
	while (!err && res->frames - start < frames)
		err = run_batch(&r, BATCH_MAX, &number) ?: change_both(&r);
	side_delete(&r.side[LEFT]);
	side_delete(&r.side[RIGHT]);
	return err;
}
