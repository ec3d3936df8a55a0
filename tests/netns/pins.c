// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins that are hidden, foreign, of another version or damaged, a map that is full, counters' pins.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "leftovers.h"
#include "refusal.h"
#include "tracer.h"

/* Its message, stderr alone, is in xmt_output() */
static int command(const char *line)
{
	return xmt_run("timeout -k 2 20 %s -n %s %s 2>&1 >/dev/null", nt_bin(),
		       refusal_net.host.name, line);
}

static void no_bpffs(void)
{
	int code;

	refusal_make_net();
	refusal_save_state();
	code = xmt_run("ip netns exec %s timeout 20 %s show 2>&1 >/dev/null", refusal_net.host.name,
		       nt_bin());
	refusal_check("ip netns exec: show", code, 2, "bpffs", "-n");
	code = xmt_run("ip netns exec %s timeout 20 %s add x link p0 2>&1 >/dev/null",
		       refusal_net.host.name, nt_bin());
	refusal_check("ip netns exec: add", code, 2, "bpffs", "-n");
	code = xmt_run("unshare -m sh -c 'while umount /sys/fs/bpf 2>/dev/null; do :; done; "
		       "timeout 20 %s -n %s add x link p0' 2>&1 >/dev/null",
		       nt_bin(), refusal_net.host.name);
	refusal_check("no bpffs: add", code, 2, "bpffs", "mount");
	refusal_check_unchanged("no bpffs");
}

/* A kernel without a needed feature, as near as one comes with a kernel that has them all */
static int without_btf(const char *line)
{
	return xmt_run("unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && "
		       "timeout 20 %s -n %s %s' 2>&1 >/dev/null",
		       nt_bin(), refusal_net.host.name, line);
}

static void no_btf(void)
{
	refusal_make_net();
	xmt_must("ip -n %s link add q0 type veth peer name q1", refusal_net.host.name);
	refusal_save_state();
	/* the first program of a parent, and one that comes later */
	refusal_check("no BTF: attach", without_btf("attach q0"), 2, "kernel lacks BTF", "CONFIG");
	refusal_check_unchanged("no BTF: attach");
	refusal_check("no BTF: host on", without_btf("set e0 host on"), 2, "kernel lacks BTF",
		      "CONFIG");
	refusal_check_unchanged("no BTF: host on");
}

static const char *pin_dir(void)
{
	static char path[512];

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*-%u", xmt_ifindex(&refusal_net.host, "p0"));
	snprintf(path, sizeof(path), "%s", xmt_output());
	return path;
}

static void foreign_pins(void)
{
	static const char *const lines[] = { "show", "add x link p0", "set e0 host on", "del e0",
					     "detach p0 force" };
	char dir[512], what[80];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", pin_dir());
	xmt_must("bpftool map create %s/stranger type array key 4 value 4 entries 1 name stranger",
		 dir);
	refusal_save_state();
	for (int i = 0; i < 5; i++) {
		snprintf(what, sizeof(what), "foreign pin: %s", lines[i]);
		refusal_check(what, command(lines[i]), 2, "stranger", NULL);
		refusal_check_unchanged(what);
	}
	xmt_must("rm %s/stranger", dir);
	xmt_check(!nt_xm(&refusal_net.host, "show"), "without the foreign pin it works again");
}

/* Write a word of meta and leave the rest; returns what it was. Magic and ABI version come first.
 */
static uint32_t set_word(const char *dir, unsigned int index, uint32_t word)
{
	uint32_t value[256] = {}, key = 0, old, len = sizeof(struct bpf_map_info);
	struct bpf_map_info info = {};
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/meta", dir);
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.value_size > sizeof(value) ||
	    bpf_map_lookup_elem(fd, &key, value))
		xmt_die("cannot read %s", path);
	old = value[index];
	value[index] = word;
	if (bpf_map_update_elem(fd, &key, value, BPF_ANY))
		xmt_die("cannot write %s", path);
	close(fd);
	return old;
}

static void other_abi(void)
{
	static const char *const lines[] = { "show", "add x link p0", "set e0 host on", "del e0",
					     "detach p0 force" };
	char dir[512], what[80];
	uint32_t ours;

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", pin_dir());
	ours = set_word(dir, 1, 99);
	refusal_save_state();
	for (int i = 0; i < 5; i++) {
		snprintf(what, sizeof(what), "ABI 99: %s", lines[i]);
		refusal_check(what, command(lines[i]), 2, "ABI version 99", NULL);
		refusal_check_unchanged(what);
	}
	set_word(dir, 1, ours);
	xmt_check(!nt_xm(&refusal_net.host, "show"), "with our ABI version it works again");
	set_word(dir, 0, 0x12345678);
	refusal_check("no magic: show", command("show"), 2, "not xmacvlan's", NULL);
}

/* A map of another shape under our name, and one that is missing */
static void wrong_maps(void)
{
	char dir[512];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", pin_dir());
	xmt_must("mv %s/ports %s/../ports && bpftool map create %s/ports type array key 4 value 4 "
		 "entries 1 "
		 "name ports",
		 dir, dir, dir);
	refusal_save_state();
	refusal_check("map of another shape", command("show"), 2, "ports", NULL);
	refusal_check_unchanged("map of another shape");
	xmt_must("rm %s/ports", dir);
	refusal_save_state();
	refusal_check("missing map", command("add x link p0"), 2, "ports", NULL);
	refusal_check_unchanged("missing map");
	xmt_must("mv %s/../ports %s/ports", dir, dir);
	xmt_check(!nt_xm(&refusal_net.host, "show"), "with its map back it works again");
}

#define MAX_SOURCES 16384
#define PER_CALL    150

/* `macaddr set` of n addresses that start with 02:<first> */
static int set_many(unsigned int first, unsigned int n, const char *op)
{
	FILE *f;
	char path[64];
	int code;

	snprintf(path, sizeof(path), "/tmp/%smacs", xmt_prefix());
	f = fopen(path, "w");
	if (!f)
		xmt_die("cannot write %s", path);
	for (unsigned int i = 0; i < n; i++)
		fprintf(f, "02:%02x:00:%02x:%02x:%02x\n", first, i >> 16, i >> 8 & 255, i & 255);
	fclose(f);
	code = xmt_run("xargs -a %s -n %u -s 2000000 timeout 60 %s -n %s set s0 macaddr %s 2>&1 "
		       ">/dev/null",
		       path, n, nt_bin(), refusal_net.host.name, op);
	unlink(path);
	/* xargs: 123 when the command ended with 1 to 125 */
	return code;
}

static long long listed(const char *name)
{
	return nt_number(&refusal_net.host, name, "macaddr_count");
}

static void sources_full(void)
{
	int code;

	refusal_make_net();
	nt_xm_must(&refusal_net.host, "set s0 macaddr add 02:00:00:00:00:20");
	xmt_check(!set_many(1, 8000, "set") && listed("s0") == 8000,
		  "8000 source addresses at once");
	refusal_save_state();
	code = set_many(2, MAX_SOURCES + 1, "set");
	xmt_check(code && refusal_is_one_line(xmt_output()) && strstr(xmt_output(), "full"),
		  "more than the map takes: %d \"%s\"", code, xmt_output());
	refusal_check_unchanged("more source addresses than the map takes");
	xmt_check(listed("s0") == 8000, "those that were are all there");
	nt_xm_must(&refusal_net.host, "set s0 macaddr flush");
	xmt_check(!listed("s0"), "flushed");
	xmt_check(!set_many(3, 16000, "set") && listed("s0") == 16000, "16000 source addresses");
	nt_xm_must(&refusal_net.host, "del s0");
	nt_xm_must(&refusal_net.host, "add s0 link p0 mode source");
	xmt_check(!set_many(4, 16000, "set") && listed("s0") == 16000,
		  "a deleted endpoint's addresses do not fill the map");
}

#define MANY 70 /* endpoints, which need counters beyond the first 64 */

static const char *many_path(void)
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

/* A second run adds what the first one did not; stderr is in xmt_output() */
static int add_many(const char *option)
{
	int code = xmt_run("timeout 60 %s -n %s %s -b %s 2>&1 >/dev/null", nt_bin(),
			   refusal_net.host.name, option, many_path());

	unlink(many_path());
	return code;
}

/* So many endpoints `show` has counters of */
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

static void counters_strangers(void)
{
	static const char *const names[] = { "stats-",	  "stats-x",  "stats-01",
					     "stats-256", "stats-1x", "stats-+1" };
	char dir[512];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", pin_dir());
	for (int i = 0; i < 6; i++) {
		xmt_must("bpftool map create %s/%s type percpu_array key 4 value 128 entries 64 "
			 "name x",
			 dir, names[i]);
		refusal_check(names[i], command("show"), 2, "unknown pin", names[i]);
		xmt_must("rm %s/%s", dir, names[i]);
	}
	xmt_must("mv %s/stats-0 %s/../kept", dir, dir);
	refusal_save_state();
	refusal_check("no first counters", command("add x link p0"), 2, "stats-0 is missing", NULL);
	refusal_check_unchanged("no first counters");
	xmt_must("mv %s/../kept %s/stats-0", dir, dir);
	check_counted("with them back it works again", 2);
}

static void counters_taken(void)
{
	char dir[512];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", pin_dir());
	xmt_must("bpftool map create %s/stats-1 type array key 4 value 128 entries 64 name x", dir);
	refusal_check("counters of another shape", add_many(""), 2, "stats-1", "remove");
	xmt_must("rm %s/stats-1", dir);
	add_many("-f");
	check_counted("without them", MANY + 2);
	/* others of the same shape in their place */
	xmt_must(
		"mv %s/stats-1 %s/../kept && bpftool map create %s/stats-1 type percpu_array key 4 "
		"value 128 entries 64 name x",
		dir, dir, dir);
	check_counted("those of others are not read", 63);
	refusal_save_state();
	refusal_check("counters of others", command("add x link p0"), 2, "stats-1",
		      "not what stats has");
	refusal_check_unchanged("counters of others");
	xmt_must("mv %s/../kept %s/stats-1", dir, dir);
	command("add x link p0");
	check_counted("with ours", MANY + 3);
	xmt_check(!command("detach p0 force") && !leftovers_pins(), "nothing is left");
}

/* Kills around the pin of new counters, the only one of an add to a parent that is there */
struct killer {
	struct tracer tracer;
	int after; /* calls behind the pin, -1: before it */
	int seen; /* calls behind it, -1: not reached yet */
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
			 many_path());
		code = tracer_run(&k.tracer, line);
		unlink(many_path());
		stats_1 = !xmt_run("test -e %s/stats-1", pin_dir());
		xmt_check(code == -1 && stats_1 == (after[i] >= 0),
			  "killed %d calls behind the pin: %d, it is%s there", after[i], code,
			  stats_1 ? "" : " not");
		command("show");
		add_many("-f");
		check_counted("the rest is added", MANY + 2);
	}
	xmt_check(!command("detach p0 force") && !leftovers_pins(), "nothing is left");
}

static const struct nt_case cases[] = {
	{ "no bpffs", 60, no_bpffs },
	{ "foreign pins", 60, foreign_pins },
	{ "other abi", 60, other_abi },
	{ "wrong maps", 60, wrong_maps },
	{ "sources full", 120, sources_full },
	{ "no btf", 60, no_btf },
	{ "counters strangers", 60, counters_strangers },
	{ "counters taken", 60, counters_taken },
	{ "counters killed", 120, counters_killed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
