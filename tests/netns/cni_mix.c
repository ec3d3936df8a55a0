// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Calls of the CNI plugin for one network at once: ADD, DEL, CHECK and GC, and the same ADD more than once. The seed
 * is printed; XMT_SEED sets it, XMT_ROUNDS the number of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "containers.h"
#include "leftovers.h"

/* --- ADD, DEL, CHECK and GC on one network --- */

#define KEPT   8 /* containers that GC is told of: what becomes of them follows from the calls */
#define OTHERS 8 /* ... and that it is not told of */

static struct {
	bool exists;
	char *result; /* of its last ADD */
	const struct plugin_process *change; /* this round's */
} known[KEPT + OTHERS];

static struct plugin_process check_call(unsigned int container)
{
	struct plugin_process c = containers_call("CHECK", container);

	free(c.conf);
	c.conf = plugin_calls_conf(CONTAINERS_CONF("1.0.0") CONTAINERS_IPAM ",'prevResult':%s}",
				   plugin_dir(),
				   known[container].result ?: "{'cniVersion':'1.0.0'}");
	return c;
}

/* Debian's host-local is too old for 1.1.0, so the plugin alone collects */
static struct plugin_process gc_call(void)
{
	struct plugin_process c = { .command = "GC", .container = "gc" };
	char list[KEPT * 48] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < KEPT; i++)
		len += snprintf(list + len, sizeof(list) - len,
				"%s{'containerID':'c%u','ifname':'eth0'}", i ? "," : "", i);
	c.conf = plugin_calls_conf(CONTAINERS_CONF("1.1.0") ",'cni.dev/valid-attachments':[%s]}",
				   list);
	return c;
}

/* A round's calls, as they are drawn: at most one for a kept container, so that what comes of it is known */
static unsigned int plan(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < KEPT; i++) {
		known[i].change = NULL;
		if (xmt_rand_chance(&containers_prng, 60)) {
			known[i].change = &containers_calls[n];
			containers_calls[n++] = containers_call(
				xmt_rand_chance(&containers_prng, 60) ? "ADD" : "DEL", i);
		} else if (known[i].exists) {
			containers_calls[n++] = check_call(i);
		}
	}
	containers_calls[n++] = gc_call();
	containers_calls[n++] = gc_call();
	while (n < CONTAINERS_AT_ONCE) {
		unsigned int x = KEPT + xmt_rand(&containers_prng, OTHERS),
			     what = xmt_rand(&containers_prng, 10);

		containers_calls[n++] = what < 5   ? containers_call("ADD", x)
					: what < 8 ? containers_call("DEL", x)
						   : check_call(x);
	}
	return n;
}

static void remember(unsigned int i, const struct plugin_process *c)
{
	free(known[i].result);
	known[i].result = json_dumps(c->doc, JSON_COMPACT);
}

/* A kept container: nobody else's call may change what becomes of it */
static void judge_kept(unsigned int i)
{
	const struct plugin_process *c = known[i].change;
	bool add = c && !strcmp(c->command, "ADD");

	if (!c)
		return;
	if (add && !known[i].exists ? c->code
	    : add ? plugin_calls_code(c) != 100 || !strstr(plugin_calls_msg(c), "already")
		  : c->code)
		xmt_fail("%s %s, which %s: code %d, %s", c->command, c->container,
			 known[i].exists ? "exists" : "does not exist", plugin_calls_code(c),
			 plugin_calls_msg(c));
	if (add && !c->code)
		remember(i, c);
	known[i].exists = add;
	if (!!xmt_ifindex(&containers_ns[i], "eth0") != add)
		xmt_fail("%s %s: afterwards it has %s eth0", c->command, c->container,
			 add ? "no" : "an");
}

/* Whatever comes of the others, DEL and GC succeed, and who is left alone is whole */
static void judge_other(const struct plugin_process *c)
{
	unsigned int x = atoi(c->container + 1);
	bool kept = strcmp(c->command, "GC") && x < KEPT;

	if (c->code && (!strcmp(c->command, "DEL") || !strcmp(c->command, "GC") ||
			(kept && !strcmp(c->command, "CHECK"))))
		xmt_fail("%s %s: code %d, %s", c->command, c->container, plugin_calls_code(c),
			 plugin_calls_msg(c));
	if (!kept && !c->code && !strcmp(c->command, "ADD"))
		remember(x, c);
}

static void mix(void)
{
	unsigned int n_rounds = containers_rounds(8), refused = 0, ended = 0, bad;

	containers_make(KEPT + OTHERS);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		unsigned int n = plan();

		plugin_calls_run(containers_calls, n, CONTAINERS_AT_ONCE, &containers_net.host);
		for (unsigned int i = 0; i < KEPT; i++)
			judge_kept(i);
		for (unsigned int i = 0; i < n; i++) {
			judge_other(&containers_calls[i]);
			refused += !!containers_calls[i].code;
			ended++;
		}
		plugin_calls_free(containers_calls, n);
		if (containers_owners() != containers_devices() ||
		    leftovers_host_ends(&containers_net.host) != containers_devices())
			xmt_fail("round %u: %u owners, %u host ends, %u devices", round,
				 containers_owners(), leftovers_host_ends(&containers_net.host),
				 containers_devices());
	}
	xmt_check(bad == xmt_failures() && refused && refused < ended / 2,
		  "%u rounds: %u calls, %u refused, each as what else ran allows", n_rounds, ended,
		  refused);
	for (unsigned int i = 0; i < containers_count; i++)
		containers_calls[i] = containers_call("DEL", i);
	plugin_calls_run(containers_calls, containers_count, CONTAINERS_AT_ONCE,
			 &containers_net.host);
	xmt_check(containers_calls_succeeded("mix", containers_count), "DEL of all");
	plugin_calls_free(containers_calls, containers_count);
	containers_check_count("mix", 0);
	plugin_check_clean("mix");
}

/* --- the same ADD more than once at once --- */

#define SAME 4

static void same_adds(void)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < SAME; i++)
		containers_calls[i] = containers_call("ADD", 0);
	plugin_calls_run(containers_calls, SAME, SAME, &containers_net.host);
	for (unsigned int i = 0; i < SAME; i++) {
		const struct plugin_process *c = &containers_calls[i];

		done += !c->code;
		if (c->code &&
		    (plugin_calls_code(c) != 100 || !strstr(plugin_calls_msg(c), "already")))
			xmt_fail("the same ADD at once: code %d, %s", plugin_calls_code(c),
				 plugin_calls_msg(c));
	}
	plugin_calls_free(containers_calls, SAME);
	if (done != 1 || containers_owners() != 1 || containers_devices() != 1 ||
	    leftovers_host_ends(&containers_net.host) != 1 || plugin_leases() != 1)
		xmt_fail("%u of %u same ADDs succeeded: %u owners, %u devices, %u leases", done,
			 SAME, containers_owners(), containers_devices(), plugin_leases());
	if (xmt_run("nsenter --net=/run/netns/%s ping -n -q -c 1 -W 3 10.9.0.1",
		    containers_ns[0].name))
		xmt_fail("who won cannot ping the wire");
}

static void same_dels(void)
{
	for (unsigned int i = 0; i < SAME; i++)
		containers_calls[i] = containers_call("DEL", 0);
	plugin_calls_run(containers_calls, SAME, SAME, &containers_net.host);
	containers_calls_succeeded("the same DEL at once", SAME);
	plugin_calls_free(containers_calls, SAME);
}

static void twice(void)
{
	unsigned int n_rounds = containers_rounds(12), bad;

	containers_make(1);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		same_adds();
		same_dels();
	}
	xmt_check(bad == xmt_failures(),
		  "%u rounds of %u same ADDs: one wins and is whole, the others are told so; then "
		  "%u same DELs",
		  n_rounds, SAME, SAME);
	plugin_check_clean("twice");
}

static const struct nt_case cases[] = {
	{ "mix", 180, mix },
	{ "twice", 120, twice },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
