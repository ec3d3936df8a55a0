// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The time of xmacvlan's commands by the number of endpoints: figures, no ratios. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "link.h"
#include "run.h"

#define QUICK_MAX     12
#define QUICK_PARENTS 3

static const struct layout crowd = { .kind = LAYOUT_CROWD };

/* Run xmacvlan -n HOST with up to four words more. Seconds or a negative errno. */
static double xmacvlan_seconds(const struct side *s, const char *a, const char *b, const char *c,
			       const char *d)
{
	const char *argv[] = { bench_options.xmacvlan, "-n", s->node[HOST].name, a, b, c, d, NULL };

	return proc_run(argv);
}

/* p0 has the side's wire. p1 and so on are plain veth pairs, because nothing is sent. */
static void make_parents(struct side *s, unsigned int n)
{
	unsigned int i;
	char a[16], b[16];

	side_make_namespaces(s);
	side_make_parent(s);
	for (i = 1; i < n; i++) {
		snprintf(a, sizeof(a), "p%u", i);
		snprintf(b, sizeof(b), "w%u", i);
		xmt_veth(&s->node[HOST], a, NULL, &s->node[WIRE], b, NULL);
	}
}

static void write_batch(struct side *s, const char *path, unsigned int n, unsigned int parents,
			bool del)
{
	FILE *f = fopen(path, "we");
	unsigned int i;

	if (!f)
		xmt_die("cannot write %s: %s", path, strerror(errno));
	for (i = 0; i < n; i++)
		if (del)
			fprintf(f, "del e%u\n", i);
		else
			fprintf(f, "add e%u link p%u netns %s\n", i, i % parents, s->node[E0].name);
	if (fclose(f))
		xmt_die("cannot write %s: %s", path, strerror(errno));
}

/* The deletion of the last endpoint has detached the parents, unless a command has failed. */
static void delete_parents(struct side *s, unsigned int n)
{
	unsigned int i;
	char name[16];

	for (i = 1; i < n; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		side_detach(s, name);
	}
	side_delete(s, &crowd);
}

int scale_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	unsigned int i, parents = c->parents ?: 1, n = c->layout.n;
	char path[300];

	(void)seconds;
	if (bench_options.quick) {
		n = n < QUICK_MAX ? n : QUICK_MAX;
		parents = parents < QUICK_PARENTS ? parents : QUICK_PARENTS;
	}
	crowd_path(s, path, sizeof(path));
	make_parents(s, parents);
	write_batch(s, path, n, parents, false);
	value[0] = crowd_batch(s, path, NULL);
	value[1] = xmacvlan_seconds(s, "add", "more", "link", "p0");
	value[2] = xmacvlan_seconds(s, "show", NULL, NULL, NULL);
	value[3] = xmacvlan_seconds(s, "-s", "show", NULL, NULL);
	value[4] = xmacvlan_seconds(s, "-j", "show", NULL, NULL);
	value[5] = xmacvlan_seconds(s, "del", "more", NULL, NULL);
	write_batch(s, path, n, parents, true);
	value[6] = crowd_batch(s, path, NULL);
	unlink(path);
	delete_parents(s, parents);
	for (i = 0; i < 7; i++) {
		if (value[i] < 0)
			return value[i];
		value[i] *= 1e3;
	}
	return 0;
}
