// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The command line of the equivalence test. */
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "eq.h"
#include "link.h"
#include "run.h"

#define TIME_LIMIT 1800

struct options opt = {
	.frames = 14080,
	.topologies = 24,
	.only = -1,
	.driver = { MACVLAN, XMACVLAN },
	.xmacvlan = "build/xmacvlan",
	.parent_opts = "",
	.differences = "docs/differences.md",
};

static const struct option long_options[] = { { "seed", required_argument, NULL, 's' },
					      { "frames", required_argument, NULL, 'f' },
					      { "topologies", required_argument, NULL, 't' },
					      { "only", required_argument, NULL, 'o' },
					      { "left", required_argument, NULL, 'l' },
					      { "right", required_argument, NULL, 'r' },
					      { "xmacvlan", required_argument, NULL, 'x' },
					      { "parent-opts", required_argument, NULL, 'p' },
					      { "xdp", required_argument, NULL, 'X' },
					      { "guard", no_argument, NULL, 'g' },
					      { "neigh", no_argument, NULL, 'a' },
					      { "xdp-frames", no_argument, NULL, 'F' },
					      { "differences", required_argument, NULL, 'd' },
					      { "plant", required_argument, NULL, 'P' },
					      { "taps", no_argument, NULL, 'T' },
					      { "no-changes", no_argument, NULL, 'n' },
					      { "keep-going", no_argument, NULL, 'k' },
					      { "netkit", required_argument, NULL, 'N' },
					      { "self-test", no_argument, NULL, 'S' },
					      { "verbose", no_argument, NULL, 'v' },
					      { "help", no_argument, NULL, 'h' },
					      {} };

static void usage(int code)
{
	fprintf(code ? stderr : stdout,
		"usage: equivalence [OPTION]…\n"
		"  --seed N             run of seed N again (default, or 0: $XM_SEED or time)\n"
		"  --frames N           frames of all topologies together (default 14080)\n"
		"  --topologies N       number of topologies (default 24); the kinds take turns\n"
		"  --only I             topology I of the seed alone\n"
		"  --left, --right D    macvlan or xmacvlan (default: macvlan, xmacvlan)\n"
		"  --xmacvlan PATH      the command (default build/xmacvlan)\n"
		"  --parent-opts TEXT   first `xmacvlan attach PARENT TEXT`, e.g. 'xdp native'\n"
		"  --xdp MODE           the same as --parent-opts 'xdp MODE'\n"
		"  --guard              after --xdp: attach with `guard on`\n"
		"  --neigh              attach with `neigh direct`; many requests for addresses\n"
		"  --xdp-frames         the wire's frames reach the parent as XDP frames\n"
		"  --differences PATH   deliberate differences (default docs/differences.md)\n"
		"  --taps               only the kinds of topologies that have taps\n"
		"  --netkit PERCENT     so many of the endpoints that are no taps are netkits\n"
		"  --no-changes         no changes of the topology between the batches\n"
		"  --plant WHAT         make a deliberate difference on the right side\n"
		"  --keep-going         go on after a topology that differs\n"
		"  --self-test          check that planted differences of each kind are found\n"
		"  -v                   print every command and every difference\n");
	exit(code);
}

static uint64_t parse_number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (!*text || *end)
		usage(2);
	return n;
}

static enum driver parse_driver(const char *text)
{
	if (!strcmp(text, "macvlan"))
		return MACVLAN;
	if (strcmp(text, "xmacvlan"))
		usage(2);
	return XMACVLAN;
}

static void set_xdp(const char *mode)
{
	static char text[32];

	snprintf(text, sizeof(text), "xdp %s", mode);
	opt.parent_opts = text;
}

static void set_guard(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s guard on", opt.parent_opts);
	opt.parent_opts = text;
}

static void set_neigh(void)
{
	static char text[80];

	snprintf(text, sizeof(text), "%s neigh direct", opt.parent_opts);
	opt.parent_opts = text;
	opt.neigh = true;
}

/* An option with an argument. */
static void set_value(int c, const char *arg)
{
	if (c == 's')
		opt.seed = parse_number(arg);
	else if (c == 'f')
		opt.frames = parse_number(arg);
	else if (c == 't')
		opt.topologies = parse_number(arg) ?: 1;
	else if (c == 'o')
		opt.only = parse_number(arg);
	else if (c == 'l')
		opt.driver[LEFT] = parse_driver(arg);
	else if (c == 'r')
		opt.driver[RIGHT] = parse_driver(arg);
	else if (c == 'x')
		opt.xmacvlan = arg;
	else if (c == 'p')
		opt.parent_opts = arg;
	else if (c == 'd')
		opt.differences = arg;
	else if (c == 'X')
		set_xdp(arg);
	else if (c == 'N')
		opt.netkit = parse_number(arg);
	else if (c == 'P')
		opt.plant = plant_parse(arg);
	if (opt.plant == PLANTS)
		usage(2);
}

static void set_flag(int c)
{
	if (c == 'F')
		opt.xdp_frames = true;
	else if (c == 'g')
		set_guard();
	else if (c == 'T')
		opt.taps = true;
	else if (c == 'a')
		set_neigh();
	else if (c == 'n')
		opt.no_changes = true;
	else if (c == 'k')
		opt.keep_going = true;
	else if (c == 'v')
		opt.verbose = true;
	else if (c == 'S')
		opt.self_test = true;
	else
		usage(c == 'h' ? 0 : 2);
}

/* The backlog of one CPU is first in, first out: a sentinel arrives after all earlier frames. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (cpu = CPU_SETSIZE - 1; cpu > 0 && !CPU_ISSET(cpu, &set); cpu--)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static bool check_topology(unsigned int index, struct result *res)
{
	unsigned long diffs = res->diffs, frames = res->frames;
	int err = run_topology(index, res);

	return xmt_check(!err && res->diffs == diffs,
			 "topology %u of seed %llu: %lu frames, %lu differences%s", index,
			 (unsigned long long)opt.seed, res->frames - frames, res->diffs - diffs,
			 err ? ", not completed" : "");
}

static void run_all(void)
{
	unsigned long drops = xmt_backlog_drops();
	struct result res = {};
	struct timespec a, b;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < opt.topologies; i++) {
		if (opt.only >= 0 && i != (unsigned int)opt.only)
			continue;
		if (!check_topology(i, &res) && !opt.keep_going)
			break;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	rules_print();
	printf("seed %llu: %lu frames, seen %lu times, %lu differences (",
	       (unsigned long long)opt.seed, res.frames, res.seen, res.diffs);
	for (i = 0; i < DIFF_KINDS; i++)
		printf("%s%lu %s", i ? ", " : "", res.kinds[i], diff_kind_text[i]);
	printf("), %lu excused, %ld s\n", res.excused, (long)(b.tv_sec - a.tv_sec));
	/*
	 * The counters are the machine's, so other programs may have caused the drops: they can
	 * explain a difference, but they are no failure.
	 */
	if (xmt_backlog_drops() != drops)
		printf("note: this machine dropped %lu frames because a CPU's backlog was full\n",
		       xmt_backlog_drops() - drops);
}

int main(int argc, char **argv)
{
	const char *seed = getenv("XM_SEED");
	int c;

	while ((c = getopt_long(argc, argv, "vh", long_options, NULL)) != -1)
		optarg ? set_value(c, optarg) : set_flag(c);
	if (optind < argc)
		usage(2);
	if (!opt.seed && seed)
		opt.seed = parse_number(seed);
	if (!opt.seed)
		opt.seed = opt.self_test ? 1 : (uint64_t)time(NULL);
	xmt_init(TIME_LIMIT);
	printf("seed %llu\n", (unsigned long long)opt.seed);
	if (xmt_run("modprobe -q macvlan; ip link help macvlan 2>&1 | grep -q source"))
		xmt_skip("this iproute2 has no macvlan mode source");
	if (opt.netkit && !xmt_has_netkit()) {
		xmt_skip("the kernel has no netkit");
		xmt_done();
	}
	stay_on_one_cpu();
	if (opt.self_test) {
		self_test();
		xmt_done();
	}
	if (rules_read(opt.differences))
		xmt_die("cannot use the table of deliberate differences");
	if (opt.driver[LEFT] == XMACVLAN || opt.driver[RIGHT] == XMACVLAN) {
		if (access(opt.xmacvlan, X_OK))
			xmt_die("%s is missing or not executable", opt.xmacvlan);
		if (xmt_bpffs())
			xmt_die("cannot mount bpffs on /sys/fs/bpf");
	}
	run_all();
	xmt_done();
}
