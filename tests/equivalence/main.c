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
#include "run.h"

#define TIME_LIMIT 1800

struct options opt = {
	.frames = 10240,
	.topologies = 16,
	.only = -1,
	.driver = {MACVLAN, XMACVLAN},
	.xmacvlan = "build/xmacvlan",
	.parent_opts = "",
	.differences = "docs/differences.md",
};

static const struct option long_options[] = {{"seed", required_argument, NULL, 's'},
					     {"frames", required_argument, NULL, 'f'},
					     {"topologies", required_argument, NULL, 't'},
					     {"only", required_argument, NULL, 'o'},
					     {"left", required_argument, NULL, 'l'},
					     {"right", required_argument, NULL, 'r'},
					     {"xmacvlan", required_argument, NULL, 'x'},
					     {"parent-opts", required_argument, NULL, 'p'},
					     {"xdp", required_argument, NULL, 'X'},
					     {"guard", no_argument, NULL, 'g'},
					     {"xdp-frames", no_argument, NULL, 'F'},
					     {"differences", required_argument, NULL, 'd'},
					     {"plant", required_argument, NULL, 'P'},
					     {"no-changes", no_argument, NULL, 'n'},
					     {"keep-going", no_argument, NULL, 'k'},
					     {"self-test", no_argument, NULL, 'S'},
					     {"verbose", no_argument, NULL, 'v'},
					     {"help", no_argument, NULL, 'h'},
					     {}};

static void usage(int code)
{
	fprintf(code ? stderr : stdout,
		"usage: equivalence [OPTION]…\n"
		"  --seed N             the same run again (default: $XM_SEED, else the time; 0: "
		"as well)\n"
		"  --frames N           in all topologies together (default 10240)\n"
		"  --topologies N       default 16; the kinds take turns\n"
		"  --only I             topology I of that seed alone\n"
		"  --left, --right D    macvlan or xmacvlan (default: macvlan, xmacvlan)\n"
		"  --xmacvlan PATH      default build/xmacvlan\n"
		"  --parent-opts TEXT   first `xmacvlan attach PARENT TEXT`, e.g. 'xdp native'\n"
		"  --xdp MODE           the same as --parent-opts 'xdp MODE'\n"
		"  --guard              behind --xdp: with the guard on\n"
		"  --xdp-frames         what the wire sends reaches the parent as XDP frames\n"
		"  --differences PATH   the deliberate ones (default docs/differences.md)\n"
		"  --no-changes         none between the batches\n"
		"  --plant WHAT         a deliberate difference on the right side\n"
		"  --keep-going         after a topology that differs\n"
		"  --self-test          planted differences of every kind must be found\n"
		"  -v                   every command and difference\n");
	exit(code);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (!*text || *end)
		usage(2);
	return n;
}

static enum driver driver(const char *text)
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

/* An option with an argument. */
static void set_value(int c, const char *arg)
{
	if (c == 's')
		opt.seed = number(arg);
	else if (c == 'f')
		opt.frames = number(arg);
	else if (c == 't')
		opt.topologies = number(arg) ?: 1;
	else if (c == 'o')
		opt.only = number(arg);
	else if (c == 'l')
		opt.driver[LEFT] = driver(arg);
	else if (c == 'r')
		opt.driver[RIGHT] = driver(arg);
	else if (c == 'x')
		opt.xmacvlan = arg;
	else if (c == 'p')
		opt.parent_opts = arg;
	else if (c == 'd')
		opt.differences = arg;
	else if (c == 'X')
		set_xdp(arg);
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

/* One CPU: its backlog is first in, first out, so a sentinel is behind what was sent before it. */
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

static bool one_topology(unsigned int index, struct result *res)
{
	unsigned long diffs = res->diffs, frames = res->frames;
	int err = run_topology(index, res);

	return xmt_check(!err && res->diffs == diffs,
			 "topology %u of seed %llu: %lu frames, %lu differences%s", index,
			 (unsigned long long)opt.seed, res->frames - frames, res->diffs - diffs,
			 err ? ", not run to its end" : "");
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
		if (!one_topology(i, &res) && !opt.keep_going)
			break;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	rules_print();
	printf("seed %llu: %lu frames, seen %lu times, %lu differences (",
	       (unsigned long long)opt.seed, res.frames, res.seen, res.diffs);
	for (i = 0; i < DIFF_KINDS; i++)
		printf("%s%lu %s", i ? ", " : "", res.kinds[i], diff_kind_text[i]);
	printf("), %lu excused, %ld s\n", res.excused, (long)(b.tv_sec - a.tv_sec));
	/* Other programs on this machine may cause these, so they explain a difference but make
	 * none. */
	if (xmt_backlog_drops() != drops)
		printf("note: a CPU's backlog overflowed meanwhile: %lu frames lost on this "
		       "machine\n",
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
		opt.seed = number(seed);
	if (!opt.seed)
		opt.seed = opt.self_test ? 1 : (uint64_t)time(NULL);
	xmt_init(TIME_LIMIT);
	printf("seed %llu\n", (unsigned long long)opt.seed);
	if (xmt_run("modprobe -q macvlan; ip link help macvlan 2>&1 | grep -q source"))
		xmt_skip("iproute2 here knows no macvlan source mode");
	stay_on_one_cpu();
	if (opt.self_test) {
		self_test();
		xmt_done();
	}
	if (rules_read(opt.differences))
		xmt_die("the table of deliberate differences cannot be used");
	if (opt.driver[LEFT] == XMACVLAN || opt.driver[RIGHT] == XMACVLAN) {
		if (access(opt.xmacvlan, X_OK))
			xmt_die("there is no %s", opt.xmacvlan);
		if (xmt_bpffs())
			xmt_die("cannot mount bpffs on /sys/fs/bpf");
	}
	run_all();
	xmt_done();
}
