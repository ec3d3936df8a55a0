// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The time of commands that make or delete many endpoints, or one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "run.h"

#define ONES 8 /* adds and deletes of one endpoint in a shot */

static const struct layout crowd = { .kind = LAYOUT_CROWD };

/* The namespace for ip(8), which deletes where the device is; xmacvlan uses the parent's. */
static const char *batch_netns(const struct side *s, const struct bench_case *c)
{
	return s->node[c->beside ? HOST : E0].name;
}

/*
 * The parent is new. On the side tc the first add attaches it, so the verifier's time counts.
 * `add` has no option for XDP, so the side xdp is attached before.
 */
static double add_all(struct side *s, const struct bench_case *c, const char *path)
{
	if (s->attach && !strcmp(s->attach, "xdp off"))
		s->attach = NULL;
	s->taps = c->layout.taps;
	side_make_namespaces(s);
	side_make_parent(s);
	crowd_write(s, path, 0, bench_options.count, "bridge", c->beside ? NULL : s->node[E0].name);
	return crowd_batch(s, path, s->node[HOST].name);
}

int batch_add_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	char path[300];

	(void)seconds;
	crowd_path(s, path, sizeof(path));
	value[0] = add_all(s, c, path);
	unlink(path);
	side_delete(s, &crowd);
	return value[0] < 0 ? value[0] : 0;
}

int batch_del_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	char path[300];

	(void)seconds;
	crowd_path(s, path, sizeof(path));
	value[0] = add_all(s, c, path);
	if (value[0] >= 0) {
		crowd_write_del(s, path, bench_options.count);
		value[0] = crowd_batch(s, path, batch_netns(s, c));
	}
	unlink(path);
	side_delete(s, &crowd);
	return value[0] < 0 ? value[0] : 0;
}

static double add_one(const struct side *s)
{
	const char *host = s->node[HOST].name, *ns = s->node[E0].name;
	const char *ours[] = { bench_options.xmacvlan,
			       "-n",
			       host,
			       "add",
			       "one",
			       "link",
			       "p0",
			       "netns",
			       ns,
			       "mode",
			       "bridge",
			       NULL };
	const char *ip[] = { "ip",    "-n", host,   "link",    "add",  "one",	 "link", "p0",
			     "netns", ns,   "type", "macvlan", "mode", "bridge", NULL };

	return proc_run(s->kind == XMACVLAN ? ours : ip);
}

static double del_one(const struct side *s)
{
	const char *ours[] = {
		bench_options.xmacvlan, "-n", s->node[HOST].name, "del", "one", NULL
	};
	const char *ip[] = { "ip", "-n", s->node[E0].name, "link", "del", "one", NULL };

	return proc_run(s->kind == XMACVLAN ? ours : ip);
}

static int compare_us(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void fill_percentiles(uint32_t *us, double *value)
{
	qsort(us, ONES, sizeof(us[0]), compare_us);
	value[0] = stats_percentile(us, ONES, 0.5) / 1e3;
	value[1] = stats_percentile(us, ONES, 0.9) / 1e3;
}

int add_del_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	uint32_t add[ONES], del[ONES];
	double took;
	int i;

	(void)c;
	(void)seconds;
	for (i = 0; i < ONES; i++) {
		took = add_one(s);
		if (took < 0)
			return took;
		add[i] = took * 1e6;
		took = del_one(s);
		if (took < 0)
			return took;
		del[i] = took * 1e6;
	}
	fill_percentiles(add, value);
	fill_percentiles(del, value + 2);
	return 0;
}
