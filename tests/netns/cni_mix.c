// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Simultaneous calls of the CNI plugin for one network: ADD, DEL, CHECK and GC; and the same ADD
 * several times. The seed is printed; XMT_SEED sets it, XMT_ROUNDS sets the number of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "containers.h"
#include "leftovers.h"

#define LISTED 8 /* containers in the list of GC: the calls determine their state */
#define OTHERS 8 /* containers that are not in the list */

static struct {
	bool exists;
	char *result; /* of its last ADD */
	const struct plugin_process *change; /* the ADD or DEL of this round */
} known[LISTED + OTHERS];

static struct plugin_process make_check_call(unsigned int container)
{
	struct plugin_process c = containers_call("CHECK", container);

	free(c.conf);
	c.conf = plugin_calls_conf(CONTAINERS_CONF("1.0.0") CONTAINERS_IPAM ",'prevResult':%s}",
				   plugin_dir(),
				   known[container].result ?: "{'cniVersion':'1.0.0'}");
	return c;
}

/* GC without IPAM: Debian's host-local does not support 1.1.0. */
static struct plugin_process make_gc_call(void)
{
	struct plugin_process c = { .command = "GC", .container = "gc" };
	char list[LISTED * 48] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < LISTED; i++)
		len += snprintf(list + len, sizeof(list) - len,
				"%s{'containerID':'c%u','ifname':'eth0'}", i ? "," : "", i);
	c.conf = plugin_calls_conf(CONTAINERS_CONF("1.1.0") ",'cni.dev/valid-attachments':[%s]}",
				   list);
	return c;
}

/*
 * Draws the calls of a round: at most one for a listed container, so that its result is determined.
 */
static unsigned int draw_calls(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < LISTED; i++) {
		known[i].change = NULL;
		if (xmt_rand_chance(&containers_prng, 60)) {
			known[i].change = &containers_calls[n];
			containers_calls[n++] = containers_call(
				xmt_rand_chance(&containers_prng, 60) ? "ADD" : "DEL", i);
		} else if (known[i].exists) {
			containers_calls[n++] = make_check_call(i);
		}
	}
	containers_calls[n++] = make_gc_call();
	containers_calls[n++] = make_gc_call();
	while (n < CONTAINERS_AT_ONCE) {
		unsigned int x = LISTED + xmt_rand(&containers_prng, OTHERS),
			     what = xmt_rand(&containers_prng, 10);

		containers_calls[n++] = what < 5   ? containers_call("ADD", x)
					: what < 8 ? containers_call("DEL", x)
						   : make_check_call(x);
	}
	return n;
}

static void save_result(unsigned int i, const struct plugin_process *c)
{
	free(known[i].result);
	known[i].result = json_dumps(c->doc, JSON_COMPACT);
}

/* Checks a listed container: only its own call may change it. */
static void check_listed(unsigned int i)
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
		save_result(i, c);
	known[i].exists = add;
	if (!!xmt_ifindex(&containers_ns[i], "eth0") != add)
		xmt_fail("%s %s: then it has %s eth0", c->command, c->container, add ? "no" : "an");
}

/* DEL and GC must succeed for any container, and CHECK for a listed one. */
static void check_result(const struct plugin_process *c)
{
	unsigned int x = atoi(c->container + 1);
	bool listed = strcmp(c->command, "GC") && x < LISTED;

	if (c->code && (!strcmp(c->command, "DEL") || !strcmp(c->command, "GC") ||
			(listed && !strcmp(c->command, "CHECK"))))
		xmt_fail("%s %s: code %d, %s", c->command, c->container, plugin_calls_code(c),
			 plugin_calls_msg(c));
	if (!listed && !c->code && !strcmp(c->command, "ADD"))
		save_result(x, c);
}

static void mixed_calls(void)
{
	unsigned int n_rounds = containers_rounds(8), refused = 0, ended = 0, bad;

	containers_make(LISTED + OTHERS);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		unsigned int n = draw_calls();

		plugin_calls_run(containers_calls, n, CONTAINERS_AT_ONCE, &containers_net.host);
		for (unsigned int i = 0; i < LISTED; i++)
			check_listed(i);
		for (unsigned int i = 0; i < n; i++) {
			check_result(&containers_calls[i]);
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
		  "%u rounds: %u calls, %u refused, each because of other calls", n_rounds, ended,
		  refused);
	for (unsigned int i = 0; i < containers_count; i++)
		containers_calls[i] = containers_call("DEL", i);
	plugin_calls_run(containers_calls, containers_count, CONTAINERS_AT_ONCE,
			 &containers_net.host);
	xmt_check(containers_calls_succeeded("mix", containers_count), "DEL of all containers");
	plugin_calls_free(containers_calls, containers_count);
	containers_check_count("mix", 0);
	plugin_check_clean("mix");
}

#define SAME 4

static void run_same_adds(void)
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
		xmt_fail("the container cannot ping the wire");
}

static void run_same_dels(void)
{
	for (unsigned int i = 0; i < SAME; i++)
		containers_calls[i] = containers_call("DEL", 0);
	plugin_calls_run(containers_calls, SAME, SAME, &containers_net.host);
	containers_calls_succeeded("the same DEL at once", SAME);
	plugin_calls_free(containers_calls, SAME);
}

static void same_calls(void)
{
	unsigned int n_rounds = containers_rounds(12), bad;

	containers_make(1);
	bad = xmt_failures();
	for (unsigned int round = 0; round < n_rounds; round++) {
		run_same_adds();
		run_same_dels();
	}
	xmt_check(bad == xmt_failures(),
		  "%u rounds of %u same ADDs: one succeeds, the others are refused with the "
		  "reason; then %u same DELs",
		  n_rounds, SAME, SAME);
	plugin_check_clean("twice");
}

static const struct nt_case cases[] = {
	{ "mix", 180, mixed_calls },
	{ "same calls", 120, same_calls },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
