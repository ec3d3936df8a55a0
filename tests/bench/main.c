// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The command line of the bench, and the order of its shots. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "run.h"

static struct options {
	unsigned int pairs;
	double seconds;
	uint64_t seed;
	const char *cases, *sides, *dir, *xmacvlan;
} opt = {
	.pairs = 9,
	.seconds = 1,
	.sides = "tc,xdp,bridge",
	.dir = "build/bench",
	.xmacvlan = "build/xmacvlan",
};

static const struct side known_sides[] = {
	{ .name = "macvlan", .title = "Linux macvlan", .kind = KERNEL_MACVLAN },
	{ .name = "macvlan2", .title = "Linux macvlan again (A/A)", .kind = KERNEL_MACVLAN },
	{ .name = "tc", .title = "xmacvlan (tc)", .kind = XMACVLAN, .attach = "xdp off" },
	{ .name = "xdp", .title = "xmacvlan (xdp native)", .kind = XMACVLAN,
	  .attach = "xdp native" },
	{ .name = "bridge", .title = "Linux bridge + veth", .kind = BRIDGE },
};

#define N_ALWAYS	2	/* the reference and its twin */

static struct side sides[SIDES_MAX];
static struct report report = { .sides = sides };

static const struct option long_options[] = {
	{ "pairs", required_argument, NULL, 'n' },
	{ "seconds", required_argument, NULL, 't' },
	{ "seed", required_argument, NULL, 's' },
	{ "cases", required_argument, NULL, 'c' },
	{ "sides", required_argument, NULL, 'S' },
	{ "variant", required_argument, NULL, 'V' },
	{ "out", required_argument, NULL, 'o' },
	{ "xmacvlan", required_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static void usage(int code)
{
	FILE *f = code ? stderr : stdout;
	unsigned int i;

	fprintf(f, "usage: bench [OPTION]…\n"
		"  --pairs N            shots of each side a case (default 9, at most 99)\n"
		"  --seconds T          a shot (default 1)\n"
		"  --seed N             of the bootstrap and the order (default: the time)\n"
		"  --cases A,B…         default all\n"
		"  --sides A,B…         of tc, xdp, bridge (default all); 'none': A/A alone\n"
		"  --variant NAME:CMD   one side more: xmacvlan (tc), and then sh runs CMD with\n"
		"                       HOST, WIRE, E0, E1 (namespaces) and P (the parent's\n"
		"                       ifindex) in its environment\n"
		"  --out DIR            of report.md and samples.csv (default build/bench)\n"
		"  --xmacvlan PATH      default build/xmacvlan\n"
		"cases:\n");
	for (i = 0; i < n_bench_cases; i++)
		fprintf(f, "  %-10s %s\n", bench_cases[i].name, bench_cases[i].title);
	exit(code);
}

/* Whether `name` is in the comma-separated list. */
static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *p = list;

	while (p) {
		if (!strncmp(p, name, len) && (!p[len] || p[len] == ','))
			return true;
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	return false;
}

static unsigned int count_listed(const char *list)
{
	unsigned int n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

static void add_side(const struct side *side)
{
	if (report.n_sides == SIDES_MAX)
		usage(1);
	sides[report.n_sides++] = *side;
}

static void add_variant(char *text)
{
	struct side s = { .name = text, .title = text, .kind = XMACVLAN };
	char *colon = strchr(text, ':');

	if (!colon || colon == text || report.n_sides == SIDES_MAX)
		usage(1);
	*colon = '\0';
	s.tweak = colon + 1;
	add_side(&s);
}

static void one_option(int c)
{
	switch (c) {
	case 'n': opt.pairs = atoi(optarg); break;
	case 't': opt.seconds = atof(optarg); break;
	case 's': opt.seed = strtoull(optarg, NULL, 0); break;
	case 'c': opt.cases = optarg; break;
	case 'S': opt.sides = optarg; break;
	case 'V': add_variant(optarg); break;
	case 'o': opt.dir = optarg; break;
	case 'x': opt.xmacvlan = optarg; break;
	case 'h': usage(0); break;
	default: usage(1);
	}
}

static void pick_sides(void)
{
	unsigned int i, found = 0;

	for (i = N_ALWAYS; i < sizeof(known_sides) / sizeof(known_sides[0]); i++)
		if (listed(opt.sides, known_sides[i].name)) {
			add_side(&known_sides[i]);
			found++;
		}
	if (found != count_listed(opt.sides) && strcmp(opt.sides, "none"))
		usage(1);
}

static void pick_cases(void)
{
	unsigned int i;

	for (i = 0; i < n_bench_cases; i++)
		if (!opt.cases || listed(opt.cases, bench_cases[i].name))
			report.cases[report.n_cases++] = &bench_cases[i];
	if (opt.cases && report.n_cases != count_listed(opt.cases))
		usage(1);
}

static void parse(int argc, char **argv)
{
	int c;

	opt.seed = time(NULL);
	for (c = 0; c < N_ALWAYS; c++)
		add_side(&known_sides[c]);
	while ((c = getopt_long(argc, argv, "h", long_options, NULL)) >= 0)
		one_option(c);
	if (optind < argc || opt.pairs < 1 || opt.pairs > PAIRS_MAX ||
	    !(opt.seconds >= 0.05 && opt.seconds <= 60))
		usage(1);
	pick_sides();
	pick_cases();
	report.dir = opt.dir;
	report.pairs = opt.pairs;
	report.seconds = opt.seconds;
	report.seed = opt.seed;
	xmt_prng_seed(&report.prng, opt.seed);
}

static void shoot(unsigned int c, unsigned int side, unsigned int pair)
{
	const struct bench_case *bc = report.cases[c];
	double value[METRICS_MAX];
	unsigned int m;
	int err;

	err = bc->shot(&sides[side], bc, opt.seconds, value);
	if (err)
		xmt_fail("%s, %s, pair %u: %s", bc->name, sides[side].name, pair, strerror(-err));
	for (m = 0; m < bc->n_metrics; m++)
		report.results[c]->value[m][side][pair] = err ? NAN : value[m];
}

/*
 * Rounds come in twos: an order, then the same backwards, so that what drifts evenly strikes all
 * alike. Which side begins moves on every two, so that each side is as near to the reference.
 */
static void run_case(unsigned int c)
{
	unsigned int pair, i, k, n = report.n_sides;

	report.results[c] = calloc(1, sizeof(*report.results[c]));
	if (!report.results[c])
		xmt_die("out of memory");
	for (pair = 0; pair < opt.pairs; pair++)
		for (i = 0; i < n; i++) {
			k = pair & 1 ? n - 1 - i : i;
			shoot(c, (k + pair / 2) % n, pair);
		}
	report_case(&report, c);
	if (report_void(&report, c, 0))
		xmt_fail("%s: the A/A control is not within 1.00 ± %.2f: the run is void",
			 report.cases[c]->name, CONTROL_LIMIT);
	else
		xmt_pass(NULL);
}

static void read_version(void)
{
	static char text[128];

	if (xmt_run("timeout 10 %s version", opt.xmacvlan))
		xmt_die("%s does not run: %s", opt.xmacvlan, xmt_output());
	snprintf(text, sizeof(text), "%.100s", xmt_output());
	text[strcspn(text, "\n")] = '\0';
	report.version = text;
}

int main(int argc, char **argv)
{
	unsigned int i;
	int err;

	parse(argc, argv);
	/* A shot that fails takes no longer than its time-outs: twice the time is plenty. */
	xmt_init(60 + 2 * opt.pairs * report.n_sides * report.n_cases * (opt.seconds + 0.5));
	if (xmt_bpffs())
		xmt_die("cannot mount bpffs");
	read_version();
	cpu_init();
	printf("seed %llu\n", (unsigned long long)opt.seed);
	for (i = 0; i < report.n_sides; i++)
		side_make(&sides[i], opt.xmacvlan);
	for (i = 0; i < report.n_cases; i++)
		run_case(i);
	for (i = 0; i < report.n_sides; i++)
		side_delete(&sides[i], opt.xmacvlan);
	err = report_write(&report);
	if (err)
		xmt_die("cannot write to %s: %s", opt.dir, strerror(-err));
	printf("other work had %.0f %% of the CPUs; %s/report.md, samples.csv\n",
	       100 * cpu_foreign(), opt.dir);
	xmt_done();
}
