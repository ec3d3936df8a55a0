// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pins that are hidden, unknown, of another version or damaged; a full map. pins_counters.c: the
 * pins of counters.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "refusal.h"

static void hidden_bpffs(void)
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

/* Simulates a kernel that lacks a feature: hides its BTF. */
static int without_btf(const char *line)
{
	return xmt_run("unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && "
		       "timeout 20 %s -n %s %s' 2>&1 >/dev/null",
		       nt_bin(), refusal_net.host.name, line);
}

static void hidden_btf(void)
{
	refusal_make_net();
	xmt_must("ip -n %s link add q0 type veth peer name q1", refusal_net.host.name);
	refusal_save_state();
	/* the first program of a parent, then a program that is attached later */
	refusal_check("no BTF: attach", without_btf("attach q0"), 2, "kernel lacks BTF", "CONFIG");
	refusal_check_unchanged("no BTF: attach");
	refusal_check("no BTF: host on", without_btf("set e0 host on"), 2, "kernel lacks BTF",
		      "CONFIG");
	refusal_check_unchanged("no BTF: host on");
}

/* `show` prints p0 as broken, with the reason, and p9, another parent, works meanwhile */
static void check_broken(const char *what, const char *reason)
{
	const char *host = refusal_net.host.name;
	int code = xmt_run("timeout 20 %s -n %s show 2>&1", nt_bin(), host);

	xmt_check(!code && strstr(xmt_output(), "parent p0: broken: ") &&
			  strstr(xmt_output(), reason),
		  "%s: show: %d %s", what, code, xmt_output());
	xmt_must("ip -n %s link add p9 type veth peer name w9", host);
	xmt_check(!refusal_run("add y link p9") && !refusal_run("set y host on") &&
			  !refusal_run("show y") && !refusal_run("del y"),
		  "%s: p9 works: %s", what, xmt_output());
	xmt_must("ip -n %s link del p9", host);
}

static void unknown_pins(void)
{
	static const char *const lines[] = { "add x link p0", "set e0 host on", "del e0",
					     "detach p0" };
	char dir[512], what[80];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", refusal_pin_dir());
	xmt_must("bpftool map create %s/stranger type array key 4 value 4 entries 1 name stranger",
		 dir);
	refusal_save_state();
	for (int i = 0; i < 4; i++) {
		snprintf(what, sizeof(what), "unknown pin: %s", lines[i]);
		refusal_check(what, refusal_run(lines[i]), 2, "stranger", NULL);
		refusal_check_unchanged(what);
	}
	check_broken("unknown pin", "stranger");
	xmt_must("rm %s/stranger", dir);
	xmt_check(!nt_xm(&refusal_net.host, "show"), "without the unknown pin `show` works again");
}

/*
 * Writes one word of the parent's record and returns its former value. Word 0 is the magic, word 1
 * the ABI version.
 */
static uint32_t parent_set_word(const char *dir, unsigned int index, uint32_t word)
{
	uint32_t value[256] = {}, key = 0, old, len = sizeof(struct bpf_map_info);
	struct bpf_map_info info = {};
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/parent", dir);
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
	static const char *const lines[] = { "add x link p0", "set e0 host on", "del e0",
					     "detach p0" };
	char dir[512], what[80];
	uint32_t ours;

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", refusal_pin_dir());
	ours = parent_set_word(dir, 1, 99);
	refusal_save_state();
	for (int i = 0; i < 4; i++) {
		snprintf(what, sizeof(what), "ABI 99: %s", lines[i]);
		refusal_check(what, refusal_run(lines[i]), 2, "ABI 99.0", NULL);
		refusal_check_unchanged(what);
	}
	check_broken("ABI 99", "ABI 99.0");
	parent_set_word(dir, 1, ours);
	xmt_check(!nt_xm(&refusal_net.host, "show"), "with our ABI version `show` works again");
	parent_set_word(dir, 0, 0x12345678);
	check_broken("no magic", "not xmacvlan's");
	xmt_check(!refusal_run("detach p0 force"), "no magic: detach force: %s", xmt_output());
	xmt_must("! ls -d %s 2>/dev/null", dir);
	xmt_check(!nt_xm(&refusal_net.host, "add e0 link p0"), "p0 can be attached again");
}

/* A map of another shape has our name; a map is missing. */
static void wrong_maps(void)
{
	char dir[512];

	refusal_make_net();
	snprintf(dir, sizeof(dir), "%s", refusal_pin_dir());
	xmt_must("mv %s/ports %s/../ports && bpftool map create %s/ports type array key 4 value 4 "
		 "entries 1 "
		 "name ports",
		 dir, dir, dir);
	refusal_save_state();
	refusal_check("map of another shape", refusal_run("add x link p0"), 2, "ports", NULL);
	refusal_check_unchanged("map of another shape");
	check_broken("map of another shape", "ports");
	xmt_must("rm %s/ports && mv %s/../ports %s/ports && mv %s/endpoints %s/../endpoints", dir,
		 dir, dir, dir, dir);
	refusal_save_state();
	refusal_check("missing map", refusal_run("add x link p0"), 2, "endpoints", NULL);
	refusal_check_unchanged("missing map");
	xmt_must("mv %s/../endpoints %s/endpoints", dir, dir);
	xmt_check(!nt_xm(&refusal_net.host, "show"), "with its map `show` works again");
}

#define MAX_SOURCES 16384
#define PER_CALL    150

/* `set s0 macaddr <op>` with n addresses that begin with 02:<first> */
static int macaddr_set_many(unsigned int first, unsigned int n, const char *op)
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
	/* xargs exits with 123 if the command exited with 1 to 125 */
	return code;
}

static long long macaddr_count(const char *name)
{
	return nt_number(&refusal_net.host, name, "macaddr_count");
}

static void sources_full(void)
{
	int code;

	refusal_make_net();
	nt_xm_must(&refusal_net.host, "set s0 macaddr add 02:00:00:00:00:20");
	xmt_check(!macaddr_set_many(1, 8000, "set") && macaddr_count("s0") == 8000,
		  "8000 source addresses at once");
	refusal_save_state();
	code = macaddr_set_many(2, MAX_SOURCES + 1, "set");
	xmt_check(code && refusal_is_one_line(xmt_output()) && strstr(xmt_output(), "full"),
		  "more addresses than the map holds: code %d, \"%s\"", code, xmt_output());
	refusal_check_unchanged("more addresses than the map holds");
	xmt_check(macaddr_count("s0") == 8000, "the former addresses are still listed");
	nt_xm_must(&refusal_net.host, "set s0 macaddr flush");
	xmt_check(!macaddr_count("s0"), "macaddr flush removes all addresses");
	xmt_check(!macaddr_set_many(3, 16000, "set") && macaddr_count("s0") == 16000,
		  "16000 source addresses");
	nt_xm_must(&refusal_net.host, "del s0");
	nt_xm_must(&refusal_net.host, "add s0 link p0 mode source");
	xmt_check(!macaddr_set_many(4, 16000, "set") && macaddr_count("s0") == 16000,
		  "a deleted endpoint's addresses do not fill the map");
}

/* Another program has replaced a pin by a folder; unlink() refuses a folder. */
static void folders_as_pins(void)
{
	char dir[512], names[1024], *next = names, *name;

	refusal_make_net();
	nt_xm_must(&refusal_net.host, "set e0 host on");
	xmt_must("ls -m -w 0 %s", refusal_pin_dir());
	snprintf(names, sizeof(names), "%s", xmt_output());
	while ((name = strsep(&next, ", \n"))) {
		if (!*name)
			continue;
		snprintf(dir, sizeof(dir), "%s", refusal_pin_dir());
		xmt_must("rm %s/%s && mkdir -p %s/%s/folder", dir, name, dir, name);
		xmt_check(!refusal_run("detach p0 force") && !leftovers_pins(),
			  "%s is a folder: detach force: %s", name, xmt_output());
		nt_xm_must(&refusal_net.host, "add e0 link p0 host on");
	}
}

static const struct nt_case cases[] = {
	{ "no bpffs", 60, hidden_bpffs },
	{ "unknown pins", 60, unknown_pins },
	{ "other abi", 60, other_abi },
	{ "wrong maps", 60, wrong_maps },
	{ "sources full", 120, sources_full },
	{ "no btf", 60, hidden_btf },
	{ "folders as pins", 60, folders_as_pins },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
