// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pins of counters, a map for each 64 endpoints: unknown ones, maps of others under their
 * names, an `add` that is killed beside the pin of a new one
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "leftovers.h"
#include "refusal.h"
#include "tracer.h"

#define MANY 70 /* endpoints: more than the 64 of the first map of counters */

/* Writes the adds of MANY endpoints to a file and returns its path. */
static const char *batch_file(void)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/%sbatch", xmt_prefix());
	f = fopen(path, "w");
	if (!f)
		xmt_die("cannot write %s", path);
	for (int i = 0; i < MANY; i++)
		fprintf(f, "add c%d link p0\n", i);
	fclose(f);
	return path;
}

/* Adds the endpoints that do not exist yet; xmt_output() is the stderr. */
static int add_many_endpoints(const char *option)
{
	int code = xmt_run("timeout 60 %s -n %s %s -b %s 2>&1 >/dev/null", nt_bin(),
			   refusal_net.host.name, option, batch_file());

	unlink(batch_file());
	return code;
}

/* Checks that `show` has counters of `want` endpoints. */
static void check_counted(const char *what, unsigned int want)
{
	json_t *doc = nt_xm_json(&refusal_net.host, "show"), *ep;
	unsigned int n = 0;
	size_t i;

	json_array_foreach(doc, i, ep)
		n += json_object_get(ep, "stats64") != NULL;
	json_decref(doc);
	xmt_check(n == want, "%s: %u endpoints have counters", what, n);
}

static void counters_unknown_pins(void)
{
	static const char *const names[] = { "stats-",	  "stats-x",  "stats-01",
					     "stats-256", "stats-1x", "stats-+1" };
	char dir[512];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", refusal_pin_dir());
	for (int i = 0; i < 6; i++) {
		xmt_must("bpftool map create %s/%s type percpu_array key 4 value 256 entries 64 "
			 "name x",
			 dir, names[i]);
		refusal_check(names[i], refusal_run("add x link p0"), 2, "unknown pin", names[i]);
		xmt_must("rm %s/%s", dir, names[i]);
	}
	xmt_must("rm %s/stats-0", dir);
	xmt_check(!refusal_run("add x link p0"), "no first counters: add: %s", xmt_output());
	check_counted("with stats-0 again", 3);
}

static void counters_of_others(void)
{
	char dir[512];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", refusal_pin_dir());
	xmt_must("bpftool map create %s/stats-1 type array key 4 value 256 entries 64 name x", dir);
	refusal_check("counters of another shape", add_many_endpoints(""), 2, "stats-1", "remove");
	xmt_must("rm %s/stats-1", dir);
	add_many_endpoints("-f");
	check_counted("without the wrong map", MANY + 2);
	/* another map of the same shape replaces the counters */
	xmt_must(
		"mv %s/stats-1 %s/../kept && bpftool map create %s/stats-1 type percpu_array key 4 "
		"value 256 entries 64 name x",
		dir, dir, dir);
	check_counted("the other map is not read", 63);
	refusal_save_state();
	refusal_check("another map as counters", refusal_run("add x link p0"), 2, "stats-1",
		      "not what stats has");
	refusal_check_unchanged("another map as counters");
	xmt_must("mv %s/../kept %s/stats-1", dir, dir);
	refusal_run("add x link p0");
	check_counted("with our map again", MANY + 3);
	xmt_check(!refusal_run("detach p0 force") && !leftovers_pins(), "nothing is left");
}

/* Kills near BPF_OBJ_PIN of new counters, the only pin that an add to an existing parent makes */
struct killer {
	struct tracer tracer;
	int after; /* kill this many calls after the pin; -1: before it */
	int seen; /* calls after the pin; -1: not pinned yet */
};

static int kill_around_pin(struct tracer *t, const struct tracer_call *call)
{
	struct killer *k = (struct killer *)t;

	if (k->seen >= 0)
		k->seen++;
	else if (call->nr == SYS_bpf && call->args[0] == BPF_OBJ_PIN)
		k->seen = 0;
	return k->seen >= 0 && k->seen > k->after ? TRACER_KILL : 0;
}

static void counters_killed(void)
{
	static const int after[] = { -1, 0, 1, 2, 3, 4, 6, 8, 12, 20, 40 };
	char line[512];
	bool stats_1;

	refusal_make_net();
	for (unsigned int i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		struct killer k = { .tracer.on_call = kill_around_pin,
				    .after = after[i],
				    .seen = -1 };
		int code;

		nt_xm_must(&refusal_net.host, "detach p0 force");
		nt_xm_must(&refusal_net.host, "add e0 link p0");
		nt_xm_must(&refusal_net.host, "add s0 link p0");
		snprintf(line, sizeof(line), "exec %s -n %s -b %s", nt_bin(), refusal_net.host.name,
			 batch_file());
		code = tracer_run(&k.tracer, line);
		unlink(batch_file());
		stats_1 = !xmt_run("test -e %s/stats-1", refusal_pin_dir());
		xmt_check(code == -1 && stats_1 == (after[i] >= 0),
			  "killed %d calls after the pin: code %d, stats-1 is %spinned", after[i],
			  code, stats_1 ? "" : "not ");
		refusal_run("sync");
		add_many_endpoints("-f");
		check_counted("the remaining endpoints are added", MANY + 2);
	}
	xmt_check(!refusal_run("detach p0 force") && !leftovers_pins(), "nothing is left");
}

static const struct nt_case cases[] = {
	{ "counters, unknown pins", 60, counters_unknown_pins },
	{ "counters, maps of others", 60, counters_of_others },
	{ "counters, killed", 120, counters_killed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
