// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin under load, with host-local: 200 containers, 32 calls at a time; ADD, DEL, CHECK and GC on the
 * same network at once; the same ADD more than once at once; calls that are killed. The seed is printed; XMT_SEED
 * sets it, XMT_ROUNDS the number of rounds.
 */
#include <bpf/bpf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "left.h"
#include "plugin.h"
#include "prng.h"

#define HEAD(version)  "{'cniVersion':'" version "','name':'net','type':'xmacvlan','master':'p0'"
#define LOCAL                                                                                      \
	",'ipam':{'type':'host-local','dataDir':'%s/leases','ranges':[[{'subnet':'10.9.0.0/24',"   \
	"'rangeStart':'10.9.0.3','gateway':'10.9.0.1'}]]}"

#define MANY	200
#define AT_ONCE 32

static struct nt_net net;
static struct xmt_prng prng;
static struct xmt_ns containers[MANY + 1];
static char names[MANY + 1][16];
static unsigned int n_containers;
static struct call calls[MANY + 1];

static void make(unsigned int n)
{
	const char *seed = getenv("XMT_SEED");
	uint64_t number = seed ? strtoull(seed, NULL, 0) : (uint64_t)getpid() * 1000003;

	printf("     seed %llu\n", (unsigned long long)number);
	xmt_prng_seed(&prng, number);
	plugin_net(&net, 0, 0);
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0", net.wire.name);
	n_containers = n;
	for (unsigned int i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		xmt_ns_add(&containers[i], names[i], 0);
	}
}

static unsigned int rounds(unsigned int usual)
{
	const char *given = getenv("XMT_ROUNDS");

	return given ? (unsigned int)atoi(given) : usual;
}

static struct call call(const char *command, unsigned int container)
{
	return (struct call){
		.command = command,
		.container = names[container],
		.ns = &containers[container],
		.conf = calls_conf(HEAD("1.0.0") LOCAL "}", plugin_dir()),
	};
}

/* Entries of the map of owners, of all parents together */
static unsigned int owners(void)
{
	uint8_t key[16], next[16];
	unsigned int n = 0;
	glob_t found;

	if (glob("/sys/fs/bpf/xmacvlan/*/owners", 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int fd = bpf_obj_get(found.gl_pathv[i]);
		bool first = true;

		if (fd < 0)
			xmt_die("cannot open %s", found.gl_pathv[i]);
		for (; !bpf_map_get_next_key(fd, first ? NULL : key, next); first = false, n++)
			memcpy(key, next, sizeof(key));
		close(fd);
	}
	globfree(&found);
	return n;
}

static unsigned int devices(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_containers; i++)
		n += !!xmt_ifindex(&containers[i], "eth0");
	return n;
}

/* So many endpoints are there, in every place where one is; leases: -1: not looked at */
static void check_count(const char *what, unsigned int n, int leases)
{
	xmt_check(owners() == n && left_host_ends(&net.host) == n && devices() == n &&
			  (leases < 0 || plugin_leases() == (unsigned int)leases),
		  "%s: %u endpoints, %u owners, %u host ends, %u devices in containers, %u leases", what, n, owners(),
		  left_host_ends(&net.host), devices(), plugin_leases());
}

/* All of `calls` have done what they were to do */
static bool all_done(const char *what, unsigned int n)
{
	unsigned int bad = 0;

	for (unsigned int i = 0; i < n; i++)
		if (calls[i].code && !bad++)
			xmt_fail("%s: %s %s: code %d, %s", what, calls[i].command, calls[i].container,
				 calls_code(&calls[i]), calls_msg(&calls[i]));
	return !bad;
}

static const char *of(const struct call *c, const char *list, const char *key)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(c->doc, list), 0), key)) ?: "";
}

static unsigned int doubles(unsigned int n, const char *list, const char *key)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = 0; j < i; j++)
			found += !strcmp(of(&calls[i], list, key), of(&calls[j], list, key));
	return found;
}

/* The wire asks each of them by the address of its result */
static void ping_all(const char *what, unsigned int n)
{
	char list[3000] = "";

	for (unsigned int i = 0; i < n; i++) {
		const char *address = of(&calls[i], "ips", "address");

		snprintf(list + strlen(list), sizeof(list) - strlen(list), " %.*s", (int)strcspn(address, "/"), address);
	}
	xmt_run("nsenter --net=/run/netns/%s sh -c 'for a in %s; do ping -n -q -c 1 -W 3 $a >/dev/null || echo $a; done'",
		net.wire.name, list);
	xmt_check(!xmt_output()[0], "%s: all %u answer a ping%s%s", what, n, xmt_output()[0] ? ", but not " : "",
		  xmt_output());
}

static void run_one(struct call c)
{
	calls_run(&c, 1, 1, &net.host);
	if (c.code)
		xmt_fail("%s %s: code %d, %s", c.command, c.container, calls_code(&c), calls_msg(&c));
	calls_free(&c, 1);
}

static void load(void)
{
	uint64_t ms;

	make(MANY + 1);
	/* One that stays, so that the parent's maps do too */
	run_one(call("ADD", MANY));
	for (unsigned int i = 0; i < MANY; i++)
		calls[i] = call("ADD", i);
	ms = calls_run(calls, MANY, AT_ONCE, &net.host);
	xmt_check(all_done("load", MANY), "%u ADDs, %u at a time, in %llu ms", MANY, AT_ONCE, (unsigned long long)ms);
	xmt_check(!doubles(MANY, "ips", "address") && !doubles(MANY, "interfaces", "mac"),
		  "no address and no MAC is there twice");
	check_count("load", MANY + 1, MANY + 1);
	ping_all("load", MANY);
	calls_free(calls, MANY);
	for (unsigned int i = 0; i < MANY; i++)
		calls[i] = call("DEL", i);
	ms = calls_run(calls, MANY, AT_ONCE, &net.host);
	xmt_check(all_done("load", MANY), "%u DELs, %u at a time, in %llu ms", MANY, AT_ONCE, (unsigned long long)ms);
	calls_free(calls, MANY);
	check_count("after the DELs", 1, 1);
	run_one(call("DEL", MANY));
	plugin_nothing("load");
}

/* --- ADD, DEL, CHECK and GC on one network --- */

#define KEPT   8  /* containers that GC is told of: what becomes of them follows from the calls */
#define OTHERS 8  /* ... and that it is not told of */

static struct {
	bool exists;
	char *result; /* of its last ADD */
	const struct call *change; /* this round's */
} known[KEPT + OTHERS];

static struct call check_call(unsigned int container)
{
	struct call c = call("CHECK", container);

	free(c.conf);
	c.conf = calls_conf(HEAD("1.0.0") LOCAL ",'prevResult':%s}", plugin_dir(),
			    known[container].result ?: "{'cniVersion':'1.0.0'}");
	return c;
}

/* Debian's host-local is too old for 1.1.0, so the plugin alone collects */
static struct call gc_call(void)
{
	struct call c = {.command = "GC", .container = "gc"};
	char list[KEPT * 48] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < KEPT; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s{'containerID':'c%u','ifname':'eth0'}", i ? "," : "", i);
	c.conf = calls_conf(HEAD("1.1.0") ",'cni.dev/valid-attachments':[%s]}", list);
	return c;
}

/* The calls of a round in an order that is drawn; `changes[i]` says which one is the kept container i's */
static unsigned int plan(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < KEPT; i++) {
		known[i].change = NULL;
		if (xmt_rand_chance(&prng, 60)) {
			known[i].change = &calls[n];
			calls[n++] = call(xmt_rand_chance(&prng, 60) ? "ADD" : "DEL", i);
		} else if (known[i].exists) {
			calls[n++] = check_call(i);
		}
	}
	calls[n++] = gc_call();
	calls[n++] = gc_call();
	while (n < AT_ONCE) {
		unsigned int x = KEPT + xmt_rand(&prng, OTHERS), what = xmt_rand(&prng, 10);

		calls[n++] = what < 5 ? call("ADD", x) : what < 8 ? call("DEL", x) : check_call(x);
	}
	return n;
}

static void remember(unsigned int i, const struct call *c)
{
	free(known[i].result);
	known[i].result = json_dumps(c->doc, JSON_COMPACT);
}

/* A kept container: nobody else's call may change what becomes of it */
static void judge_kept(unsigned int i)
{
	const struct call *c = known[i].change;
	bool add = c && !strcmp(c->command, "ADD");

	if (!c)
		return;
	if (add && !known[i].exists ? c->code : add ? calls_code(c) != 100 || !strstr(calls_msg(c), "already") : c->code)
		xmt_fail("%s %s, which %s: code %d, %s", c->command, c->container,
			 known[i].exists ? "exists" : "does not exist", calls_code(c), calls_msg(c));
	if (add && !c->code)
		remember(i, c);
	known[i].exists = add;
	if (!!xmt_ifindex(&containers[i], "eth0") != add)
		xmt_fail("%s %s: afterwards it has %s eth0", c->command, c->container, add ? "no" : "an");
}

/* Whatever comes of the others, DEL and GC succeed, and who is left alone is whole */
static void judge_other(const struct call *c)
{
	unsigned int x = atoi(c->container + 1);
	bool kept = strcmp(c->command, "GC") && x < KEPT;

	if (c->code && (!strcmp(c->command, "DEL") || !strcmp(c->command, "GC") ||
			(kept && !strcmp(c->command, "CHECK"))))
		xmt_fail("%s %s: code %d, %s", c->command, c->container, calls_code(c), calls_msg(c));
	if (!kept && !c->code && !strcmp(c->command, "ADD"))
		remember(x, c);
}

static void mix(void)
{
	unsigned int n_rounds = rounds(8), refused = 0, ended = 0, bad;

	make(KEPT + OTHERS);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		unsigned int n = plan();

		calls_run(calls, n, AT_ONCE, &net.host);
		for (unsigned int i = 0; i < KEPT; i++)
			judge_kept(i);
		for (unsigned int i = 0; i < n; i++) {
			judge_other(&calls[i]);
			refused += !!calls[i].code;
			ended++;
		}
		calls_free(calls, n);
		if (owners() != devices() || left_host_ends(&net.host) != devices())
			xmt_fail("round %u: %u owners, %u host ends, %u devices", round, owners(),
				 left_host_ends(&net.host), devices());
	}
	xmt_check(bad == xmt_failures() && refused && refused < ended / 2,
		  "%u rounds: %u calls, %u refused, each as what else ran allows", n_rounds, ended, refused);
	for (unsigned int i = 0; i < n_containers; i++)
		calls[i] = call("DEL", i);
	calls_run(calls, n_containers, AT_ONCE, &net.host);
	xmt_check(all_done("mix", n_containers), "DEL of all");
	calls_free(calls, n_containers);
	check_count("mix", 0, 0);
	plugin_nothing("mix");
}

/* --- the same ADD more than once at once --- */

#define SAME 4

static void twice(void)
{
	unsigned int n_rounds = rounds(12), bad;

	make(1);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		unsigned int done = 0;

		for (unsigned int i = 0; i < SAME; i++)
			calls[i] = call("ADD", 0);
		calls_run(calls, SAME, SAME, &net.host);
		for (unsigned int i = 0; i < SAME; i++) {
			done += !calls[i].code;
			if (calls[i].code && (calls_code(&calls[i]) != 100 || !strstr(calls_msg(&calls[i]), "already")))
				xmt_fail("the same ADD at once: code %d, %s", calls_code(&calls[i]), calls_msg(&calls[i]));
		}
		if (done != 1 || owners() != 1 || devices() != 1 || left_host_ends(&net.host) != 1 || plugin_leases() != 1)
			xmt_fail("%u of %u same ADDs succeeded: %u owners, %u devices, %u leases", done, SAME, owners(),
				 devices(), plugin_leases());
		if (xmt_run("nsenter --net=/run/netns/%s ping -n -q -c 1 -W 3 10.9.0.1", containers[0].name))
			xmt_fail("who won cannot ping the wire");
		calls_free(calls, SAME);
		for (unsigned int i = 0; i < SAME; i++)
			calls[i] = call("DEL", 0);
		calls_run(calls, SAME, SAME, &net.host);
		all_done("the same DEL at once", SAME);
		calls_free(calls, SAME);
	}
	xmt_check(bad == xmt_failures(), "%u rounds of %u same ADDs: one wins and is whole, the others are told so; then %u "
		  "same DELs", n_rounds, SAME, SAME);
	plugin_nothing("twice");
}

/* --- killed --- */

/* Whatever `command` does, to all containers, killed at times that are drawn. Returns how many were. */
static unsigned int run_killed(const char *command, uint64_t within_ms)
{
	unsigned int killed = 0;

	for (unsigned int i = 0; i < AT_ONCE; i++) {
		calls[i] = call(command, i);
		calls[i].kill_after = 1 + xmt_rand(&prng, within_ms * 1000);
	}
	calls_run(calls, AT_ONCE, AT_ONCE, &net.host);
	for (unsigned int i = 0; i < AT_ONCE; i++)
		killed += calls[i].killed;
	calls_free(calls, AT_ONCE);
	return killed;
}

static uint64_t run_all(const char *command)
{
	uint64_t ms;

	for (unsigned int i = 0; i < AT_ONCE; i++)
		calls[i] = call(command, i);
	ms = calls_run(calls, AT_ONCE, AT_ONCE, &net.host);
	all_done("killed", AT_ONCE);
	calls_free(calls, AT_ONCE);
	return ms;
}

/* The plugin alone, without IPAM: leases are for the DELs behind it */
static void run_gc(void)
{
	struct call c = {.command = "GC", .container = "gc"};

	c.conf = calls_conf(HEAD("1.1.0") ",'cni.dev/valid-attachments':[]}");
	run_one(c);
}

static void killed(void)
{
	unsigned int n_rounds = rounds(6), adds = 0, dels = 0, bad;
	uint64_t add_ms, del_ms;

	make(AT_ONCE);
	bad = xmt_failures();
	add_ms = run_all("ADD");
	del_ms = run_all("DEL");
	for (unsigned int round = 0; round < n_rounds; round++) {
		adds += run_killed("ADD", add_ms);
		if (round % 2) {
			dels += run_killed("DEL", del_ms);
		} else {
			run_gc();
			if (owners() || devices() || left_on_parent(&net.host))
				xmt_fail("round %u: after GC there are %u owners, %u devices, %s", round, owners(),
					 devices(), left_on_parent(&net.host) ?: "nothing on the parent");
		}
		run_all("DEL");
		if (owners() || devices() || left_on_parent(&net.host) || plugin_leases())
			xmt_fail("round %u: after DEL there are %u owners, %u devices, %u leases, %s", round, owners(),
				 devices(), plugin_leases(), left_on_parent(&net.host) ?: "nothing on the parent");
	}
	xmt_check(bad == xmt_failures() && adds > n_rounds && adds < n_rounds * AT_ONCE && (dels || n_rounds < 2),
		  "%u rounds: %u of %u ADDs and %u DELs killed; then GC and DEL leave nothing", n_rounds, adds,
		  n_rounds * AT_ONCE, dels);
	plugin_nothing("killed");
}

static const struct nt_case cases[] = {
	{"load", 240, load},
	{"mix", 180, mix},
	{"twice", 120, twice},
	{"killed", 240, killed},
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
