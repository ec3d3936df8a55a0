// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The time that a container runtime waits for: ADD and DEL of the CNI plugin, as processes.
 * The reference is Debian's plugin macvlan, with the same configuration and the same kind of
 * namespace.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "run.h"

#define REFERENCE_PLUGIN "/usr/lib/cni/macvlan"
#define CALLS_MAX	 100

struct plugin {
	char program[300], config[300], leases[300], netns[80];
	const struct side *side;
};

static void write_config(const struct plugin *p, const char *ipam)
{
	FILE *f = fopen(p->config, "we");

	if (!f)
		xmt_die("cannot write %s: %s", p->config, strerror(errno));
	fprintf(f, "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"master\":\"p0\"");
	if (ipam[0])
		fprintf(f, ",\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"%s\",\"ranges\":[%s]}",
			p->leases, ipam);
	fprintf(f, "}\n");
	if (fclose(f))
		xmt_die("cannot write %s: %s", p->config, strerror(errno));
}

static void plugin_make(struct plugin *p, const struct side *s, const char *ipam)
{
	const char *slash = strrchr(bench_options.xmacvlan, '/');
	int len = slash ? slash - bench_options.xmacvlan : 0;

	*p = (struct plugin){ .side = s };
	if (s->kind == XMACVLAN)
		snprintf(p->program, sizeof(p->program), "%.*s/cni/xmacvlan", slash ? len : 1,
			 slash ? bench_options.xmacvlan : ".");
	else
		snprintf(p->program, sizeof(p->program), REFERENCE_PLUGIN);
	if (access(p->program, X_OK))
		xmt_die("%s is missing: 'make deps' installs the reference plugins, 'make' "
			"builds xmacvlan",
			p->program);
	snprintf(p->config, sizeof(p->config), "%.200s/cni-%s.conf", bench_options.dir, s->name);
	snprintf(p->leases, sizeof(p->leases), "%.200s/cni-%s.leases", bench_options.dir, s->name);
	snprintf(p->netns, sizeof(p->netns), "CNI_NETNS=/run/netns/%s", s->node[E1].name);
	write_config(p, ipam);
}

/* Seconds, or a negative errno */
static double plugin_call(struct plugin *p, const char *command)
{
	const char *argv[] = { p->program, NULL };
	const char *env[] = { command,
			      "CNI_CONTAINERID=c1",
			      p->netns,
			      "CNI_IFNAME=eth0",
			      "CNI_PATH=/usr/lib/cni",
			      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			      NULL };
	double took;

	xmt_ns_enter(&p->side->node[HOST]);
	took = proc_run_with(argv, env, p->config);
	xmt_ns_enter(NULL);
	return took;
}

static int compare_us(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void fill_percentiles(uint32_t *us, unsigned int n, double *value)
{
	qsort(us, n, sizeof(us[0]), compare_us);
	value[0] = stats_percentile(us, n, 0.5) / 1e3;
	value[1] = stats_percentile(us, n, 0.99) / 1e3;
}

static int measure_calls(struct plugin *p, unsigned int n, double *value)
{
	static uint32_t add[CALLS_MAX], del[CALLS_MAX];
	unsigned int i;
	double took;

	for (i = 0; i < n; i++) {
		took = plugin_call(p, "CNI_COMMAND=ADD");
		if (took < 0)
			return took;
		add[i] = took * 1e6;
		took = plugin_call(p, "CNI_COMMAND=DEL");
		if (took < 0)
			return took;
		del[i] = took * 1e6;
	}
	fill_percentiles(add, n, value);
	fill_percentiles(del, n, value + 2);
	return 0;
}

static void plugin_delete(const struct plugin *p)
{
	unlink(p->config);
	xmt_run("rm -rf '%s'", p->leases);
}

int cni_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct plugin p;
	int err;

	(void)seconds;
	plugin_make(&p, s, c->ipam);
	err = measure_calls(&p, bench_options.quick && c->calls > 2 ? 2 : c->calls, value);
	plugin_delete(&p);
	return err;
}

/* The ADDs of a node while others read: their sum, and the slowest of a hundred */
static int measure_adds(struct plugin *p, unsigned int n, double *value)
{
	static uint32_t us[CALLS_MAX];
	double took;

	value[0] = 0;
	for (unsigned int i = 0; i < n; i++) {
		took = plugin_call(p, "CNI_COMMAND=ADD");
		if (took < 0)
			return took;
		us[i] = took * 1e6;
		value[0] += took;
		took = plugin_call(p, "CNI_COMMAND=DEL");
		if (took < 0)
			return took;
	}
	fill_percentiles(us, n, value + 1);
	return 0;
}

int cni_readers_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct plugin p;
	int err;

	(void)seconds;
	plugin_make(&p, s, "");
	readers_start(s, bench_options.quick ? 0.1 : c->period);
	err = measure_adds(&p, bench_options.quick ? 2 : c->calls, value);
	if (!readers_end(s, &value[3], &value[4]) && !err)
		err = -EREMOTEIO;
	plugin_delete(&p);
	return err;
}

/* On an unattached parent the first ADD loads the programs, and its DEL removes everything */
int cni_first_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	static const struct layout none = { .kind = LAYOUT_CROWD };
	struct plugin p;
	int err;

	(void)seconds;
	s->attach = NULL;
	side_make_namespaces(s);
	side_make_parent(s);
	plugin_make(&p, s, c->ipam);
	err = measure_calls(&p, 1, value);
	plugin_delete(&p);
	side_delete(s, &none);
	return err;
}
