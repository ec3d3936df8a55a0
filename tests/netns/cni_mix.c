// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Calls of the CNI plugin for one network at once: ADD, DEL, CHECK and GC, and the same ADD more than once. The seed
 * is printed; XMT_SEED sets it, XMT_ROUNDS the number of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "left.h"

/* --- ADD, DEL, CHECK and GC on one network --- */

#define KEPT   8 /* containers that GC is told of: what becomes of them follows from the calls */
#define OTHERS 8 /* ... and that it is not told of */

static struct {
	bool exists;
	char *result; /* of its last ADD */
	const struct call *change; /* this round's */
} known[KEPT + OTHERS];

static struct call check_call(unsigned int container)
{
	struct call c = fleet_call("CHECK", container);

	free(c.conf);
	c.conf = calls_conf(FLEET_HEAD("1.0.0") FLEET_LOCAL ",'prevResult':%s}", plugin_dir(),
			    known[container].result ?: "{'cniVersion':'1.0.0'}");
	return c;
}

/* Debian's host-local is too old for 1.1.0, so the plugin alone collects */
static struct call gc_call(void)
{
	struct call c = { .command = "GC", .container = "gc" };
	char list[KEPT * 48] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < KEPT; i++)
		len += snprintf(list + len, sizeof(list) - len,
				"%s{'containerID':'c%u','ifname':'eth0'}", i ? "," : "", i);
	c.conf = calls_conf(FLEET_HEAD("1.1.0") ",'cni.dev/valid-attachments':[%s]}", list);
	return c;
}

/* A round's calls, as they are drawn: at most one for a kept container, so that what comes of it is known */
static unsigned int plan(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < KEPT; i++) {
		known[i].change = NULL;
		if (xmt_rand_chance(&fleet_prng, 60)) {
			known[i].change = &fleet_calls[n];
			fleet_calls[n++] =
				fleet_call(xmt_rand_chance(&fleet_prng, 60) ? "ADD" : "DEL", i);
		} else if (known[i].exists) {
			fleet_calls[n++] = check_call(i);
		}
	}
	fleet_calls[n++] = gc_call();
	fleet_calls[n++] = gc_call();
	while (n < FLEET_AT_ONCE) {
		unsigned int x = KEPT + xmt_rand(&fleet_prng, OTHERS),
			     what = xmt_rand(&fleet_prng, 10);

		fleet_calls[n++] = what < 5   ? fleet_call("ADD", x)
				   : what < 8 ? fleet_call("DEL", x)
					      : check_call(x);
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
	if (add && !known[i].exists ? c->code
	    : add		    ? calls_code(c) != 100 || !strstr(calls_msg(c), "already")
				    : c->code)
		xmt_fail("%s %s, which %s: code %d, %s", c->command, c->container,
			 known[i].exists ? "exists" : "does not exist", calls_code(c),
			 calls_msg(c));
	if (add && !c->code)
		remember(i, c);
	known[i].exists = add;
	if (!!xmt_ifindex(&fleet_ns[i], "eth0") != add)
		xmt_fail("%s %s: afterwards it has %s eth0", c->command, c->container,
			 add ? "no" : "an");
}

/* Whatever comes of the others, DEL and GC succeed, and who is left alone is whole */
static void judge_other(const struct call *c)
{
	unsigned int x = atoi(c->container + 1);
	bool kept = strcmp(c->command, "GC") && x < KEPT;

	if (c->code && (!strcmp(c->command, "DEL") || !strcmp(c->command, "GC") ||
			(kept && !strcmp(c->command, "CHECK"))))
		xmt_fail("%s %s: code %d, %s", c->command, c->container, calls_code(c),
			 calls_msg(c));
	if (!kept && !c->code && !strcmp(c->command, "ADD"))
		remember(x, c);
}

static void mix(void)
{
	unsigned int n_rounds = fleet_rounds(8), refused = 0, ended = 0, bad;

	fleet_make(KEPT + OTHERS);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		unsigned int n = plan();

		calls_run(fleet_calls, n, FLEET_AT_ONCE, &fleet_net.host);
		for (unsigned int i = 0; i < KEPT; i++)
			judge_kept(i);
		for (unsigned int i = 0; i < n; i++) {
			judge_other(&fleet_calls[i]);
			refused += !!fleet_calls[i].code;
			ended++;
		}
		calls_free(fleet_calls, n);
		if (fleet_owners() != fleet_devices() ||
		    left_host_ends(&fleet_net.host) != fleet_devices())
			xmt_fail("round %u: %u owners, %u host ends, %u devices", round,
				 fleet_owners(), left_host_ends(&fleet_net.host), fleet_devices());
	}
	xmt_check(bad == xmt_failures() && refused && refused < ended / 2,
		  "%u rounds: %u calls, %u refused, each as what else ran allows", n_rounds, ended,
		  refused);
	for (unsigned int i = 0; i < fleet_size; i++)
		fleet_calls[i] = fleet_call("DEL", i);
	calls_run(fleet_calls, fleet_size, FLEET_AT_ONCE, &fleet_net.host);
	xmt_check(fleet_all_done("mix", fleet_size), "DEL of all");
	calls_free(fleet_calls, fleet_size);
	fleet_count("mix", 0);
	plugin_nothing("mix");
}

/* --- the same ADD more than once at once --- */

#define SAME 4

static void same_adds(void)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < SAME; i++)
		fleet_calls[i] = fleet_call("ADD", 0);
	calls_run(fleet_calls, SAME, SAME, &fleet_net.host);
	for (unsigned int i = 0; i < SAME; i++) {
		const struct call *c = &fleet_calls[i];

		done += !c->code;
		if (c->code && (calls_code(c) != 100 || !strstr(calls_msg(c), "already")))
			xmt_fail("the same ADD at once: code %d, %s", calls_code(c), calls_msg(c));
	}
	calls_free(fleet_calls, SAME);
	if (done != 1 || fleet_owners() != 1 || fleet_devices() != 1 ||
	    left_host_ends(&fleet_net.host) != 1 || plugin_leases() != 1)
		xmt_fail("%u of %u same ADDs succeeded: %u owners, %u devices, %u leases", done,
			 SAME, fleet_owners(), fleet_devices(), plugin_leases());
	if (xmt_run("nsenter --net=/run/netns/%s ping -n -q -c 1 -W 3 10.9.0.1", fleet_ns[0].name))
		xmt_fail("who won cannot ping the wire");
}

static void same_dels(void)
{
	for (unsigned int i = 0; i < SAME; i++)
		fleet_calls[i] = fleet_call("DEL", 0);
	calls_run(fleet_calls, SAME, SAME, &fleet_net.host);
	fleet_all_done("the same DEL at once", SAME);
	calls_free(fleet_calls, SAME);
}

static void twice(void)
{
	unsigned int n_rounds = fleet_rounds(12), bad;

	fleet_make(1);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		same_adds();
		same_dels();
	}
	xmt_check(bad == xmt_failures(),
		  "%u rounds of %u same ADDs: one wins and is whole, the others are told so; then "
		  "%u same DELs",
		  n_rounds, SAME, SAME);
	plugin_nothing("twice");
}

static const struct nt_case cases[] = {
	{ "mix", 180, mix },
	{ "twice", 120, twice },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
