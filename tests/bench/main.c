// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The command line of the bench. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cases.h"
#include "instructions.h"
#include "run.h"

#define CASE_SECONDS 400 /* for set-up and commands, which have no fixed duration */

struct options bench_options = {
	.pairs = 41,
	.max_pairs = 164,
	.width = 0.03,
	.seconds = 0.06,
	.sides = "tc,xdp,direct,fanout,bridge",
	.dir = "build/bench",
	.xmacvlan = "build/xmacvlan",
	.uncounted = "build/tests/uncounted/xmacvlan",
	.many = 10000,
	.count = 1000,
};

static struct options *const opt = &bench_options;
static struct report report;

static const struct option long_options[] = { { "pairs", required_argument, NULL, 'n' },
					      { "max-pairs", required_argument, NULL, 'N' },
					      { "width", required_argument, NULL, 'w' },
					      { "seconds", required_argument, NULL, 't' },
					      { "seed", required_argument, NULL, 's' },
					      { "cases", required_argument, NULL, 'c' },
					      { "sides", required_argument, NULL, 'S' },
					      { "variant", required_argument, NULL, 'V' },
					      { "many", required_argument, NULL, 'm' },
					      { "count", required_argument, NULL, 'k' },
					      { "quick", no_argument, NULL, 'q' },
					      { "flooder", required_argument, NULL, 'f' },
					      { "out", required_argument, NULL, 'o' },
					      { "xmacvlan", required_argument, NULL, 'x' },
					      { "uncounted", required_argument, NULL, 'u' },
					      { "instructions", no_argument, NULL, 'I' },
					      { "help", no_argument, NULL, 'h' },
					      {} };

static void usage(int code)
{
	FILE *f = code ? stderr : stdout;
	unsigned int i;

	fprintf(f,
		"usage: bench [OPTION]…\n"
		"  --pairs N            shots of each side in a case (default 41, at most 400)\n"
		"  --width W            more pairs until the intervals of the ratios that have\n"
		"                       a goal are as narrow (default 0.03)\n"
		"  --max-pairs N        at most so many (default 164)\n"
		"  --seconds T          duration of a shot (default 0.06)\n"
		"  --seed N             seed of the bootstrap and the order (default: the time)\n"
		"  --cases A,B…         cases to run (default all)\n"
		"  --sides A,B…         of tc, xdp, direct, fanout, bridge (default all); 'none': "
		"A/A "
		"alone\n"
		"  --variant NAME:CMD   one side more: xmacvlan (tc), for which sh runs CMD with\n"
		"                       HOST, WIRE, E0 to E2 (namespaces) and P (the parent's\n"
		"                       ifindex) in its environment\n"
		"  --many N             endpoints in the cases of 10,000 endpoints\n"
		"  --count N            endpoints that one command makes (default 1000)\n"
		"  --quick              run every case once; the figures mean nothing\n"
		"  --flooder FILE       the sender of a storm writes its thread id to FILE, which\n"
		"                       may be the tasks file of a cgroup\n"
		"  --instructions       count instructions (make bench-instructions); its\n"
		"                       cases are paths (w2e, e2w…)\n"
		"  --out DIR            for report.md and samples.csv (default build/bench)\n"
		"  --xmacvlan PATH      the command (default build/xmacvlan)\n"
		"  --uncounted PATH     the command whose programs count nothing (default\n"
		"                       build/tests/uncounted/xmacvlan)\n"
		"cases:\n");
	for (i = 0; i < n_bench_cases; i++)
		fprintf(f, "  %-15s %s\n", bench_cases[i].name, bench_cases[i].title);
	exit(code);
}

/* The least that runs every path once */
static void set_quick(void)
{
	opt->quick = true;
	opt->pairs = opt->max_pairs = 1;
	opt->seconds = 0.05;
	opt->many = opt->count = 12;
}

static void set_option(int c)
{
	switch (c) {
	case 'n':
		opt->pairs = atoi(optarg);
		break;
	case 'N':
		opt->max_pairs = atoi(optarg);
		break;
	case 'w':
		opt->width = atof(optarg);
		break;
	case 't':
		opt->seconds = atof(optarg);
		break;
	case 's':
		opt->seed = strtoull(optarg, NULL, 0);
		break;
	case 'c':
		opt->cases = optarg;
		break;
	case 'S':
		opt->sides = optarg;
		break;
	case 'm':
		opt->many = atoi(optarg);
		break;
	case 'k':
		opt->count = atoi(optarg);
		break;
	case 'f':
		opt->flooder = optarg;
		break;
	case 'q':
		set_quick();
		break;
	case 'o':
		opt->dir = optarg;
		break;
	case 'x':
		opt->xmacvlan = optarg;
		break;
	case 'u':
		opt->uncounted = optarg;
		break;
	case 'I':
		opt->instructions = true;
		break;
	case 'h':
		usage(0);
		break;
	case 'V':
		if (lineup_add_variant(optarg))
			break;
		/* fall through */
	default:
		usage(1);
	}
}

static void add_case(const struct bench_case *c)
{
	struct results *res = calloc(1, sizeof(*res));

	if (!res || report.n == CASES_MAX)
		xmt_die("too many cases");
	res->c = c;
	res->pairs = c->pairs && c->pairs < opt->pairs ? c->pairs : opt->pairs;
	res->max_pairs = c->pairs || opt->max_pairs < res->pairs ? res->pairs : opt->max_pairs;
	lineup_pick(c, &res->lineup);
	report.results[report.n++] = res;
}

static void parse_arguments(int argc, char **argv)
{
	unsigned int i;
	int c;

	opt->seed = time(NULL);
	while ((c = getopt_long(argc, argv, "h", long_options, NULL)) >= 0)
		set_option(c);
	if (optind < argc || opt->pairs < 1 || opt->pairs > PAIRS_MAX ||
	    opt->max_pairs > PAIRS_MAX || !(opt->width > 0) || opt->many < 1 || opt->many > 16000 ||
	    opt->count < 1 || opt->count > 16000 || !(opt->seconds >= 0.05 && opt->seconds <= 60) ||
	    !lineup_sides_known(opt->sides))
		usage(1);
	if (opt->instructions)
		return;
	for (i = 0; i < n_bench_cases; i++)
		if (!opt->cases || listed(opt->cases, bench_cases[i].name))
			add_case(&bench_cases[i]);
	if (opt->cases && report.n != count_listed(opt->cases))
		usage(1);
	report.seed = opt->seed;
}

static void read_version(void)
{
	static char text[128];

	if (xmt_run("timeout 10 %s version", opt->xmacvlan))
		xmt_die("cannot run %s: %s", opt->xmacvlan, xmt_output());
	snprintf(text, sizeof(text), "%.100s", xmt_output());
	text[strcspn(text, "\n")] = '\0';
	report.version = text;
}

/* A shot that fails takes as long as its time-outs, so several times its duration is enough. */
static unsigned int time_limit(void)
{
	double seconds = 120;
	unsigned int i;

	for (i = 0; i < report.n; i++)
		seconds += CASE_SECONDS + 3 * report.results[i]->max_pairs *
						  report.results[i]->lineup.n *
						  (opt->seconds * 4 + 0.5);
	return seconds;
}

static void run_bench(void)
{
	int err;

	printf("seed %llu\n", (unsigned long long)opt->seed);
	rounds_run(&report);
	err = report_write(&report);
	if (err)
		xmt_die("cannot write to %s: %s", opt->dir, strerror(-err));
	printf("other work used %.0f %% of the CPU time; the report is %s/report.md\n",
	       100 * cpu_other_work(), opt->dir);
}

int main(int argc, char **argv)
{
	parse_arguments(argc, argv);
	xmt_init(time_limit());
	if (xmt_bpffs())
		xmt_die("cannot mount bpffs");
	if (mkdir(opt->dir, 0755) && errno != EEXIST)
		xmt_die("cannot create %s: %s", opt->dir, strerror(errno));
	read_version();
	progs_open(!opt->instructions);
	if (opt->instructions)
		instructions_run();
	else
		run_bench();
	progs_close();
	xmt_done();
}
