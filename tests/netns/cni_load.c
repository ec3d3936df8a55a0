// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin under load, with host-local: 200 containers, 32 calls at a time. Then calls are
 * killed, and DEL and GC must leave nothing. The seed is printed; XMT_SEED sets it, XMT_ROUNDS sets
 * the number of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "containers.h"
#include "leftovers.h"

#define MANY 200

static const char *result_text(const struct plugin_process *c, const char *list, const char *key)
{
	return json_string_value(
		       json_object_get(json_array_get(json_object_get(c->doc, list), 0), key))
		       ?: "";
}

static unsigned int count_duplicates(unsigned int n, const char *list, const char *key)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = 0; j < i; j++)
			found += !strcmp(result_text(&containers_calls[i], list, key),
					 result_text(&containers_calls[j], list, key));
	return found;
}

/* Pings each container from the wire, by the address in its result. */
static void check_pings(const char *what, unsigned int n)
{
	char list[3000] = "";

	for (unsigned int i = 0; i < n; i++) {
		const char *address = result_text(&containers_calls[i], "ips", "address");

		snprintf(list + strlen(list), sizeof(list) - strlen(list), " %.*s",
			 (int)strcspn(address, "/"), address);
	}
	xmt_run("nsenter --net=/run/netns/%s sh -c 'for a in %s; do ping -n -q -c 1 -W 3 $a "
		">/dev/null || echo $a; done'",
		containers_net.wire.name, list);
	xmt_check(!xmt_output()[0], "%s: all %u answer a ping%s%s", what, n,
		  xmt_output()[0] ? ", but not " : "", xmt_output());
}

static void calls_under_load(void)
{
	uint64_t ms;

	containers_make(MANY + 1);
	/* This container stays, and with it the parent's maps */
	containers_run_call(containers_call("ADD", MANY));
	for (unsigned int i = 0; i < MANY; i++)
		containers_calls[i] = containers_call("ADD", i);
	ms = plugin_calls_run(containers_calls, MANY, CONTAINERS_AT_ONCE, &containers_net.host);
	xmt_check(containers_calls_succeeded("load", MANY), "%u ADDs, %u at a time, in %llu ms",
		  MANY, CONTAINERS_AT_ONCE, (unsigned long long)ms);
	xmt_check(!count_duplicates(MANY, "ips", "address") &&
			  !count_duplicates(MANY, "interfaces", "mac"),
		  "all addresses and MACs are different");
	containers_check_count("load", MANY + 1);
	check_pings("load", MANY);
	plugin_calls_free(containers_calls, MANY);
	for (unsigned int i = 0; i < MANY; i++)
		containers_calls[i] = containers_call("DEL", i);
	ms = plugin_calls_run(containers_calls, MANY, CONTAINERS_AT_ONCE, &containers_net.host);
	xmt_check(containers_calls_succeeded("load", MANY), "%u DELs, %u at a time, in %llu ms",
		  MANY, CONTAINERS_AT_ONCE, (unsigned long long)ms);
	plugin_calls_free(containers_calls, MANY);
	containers_check_count("after the DELs", 1);
	containers_run_call(containers_call("DEL", MANY));
	plugin_check_clean("load");
}

/*
 * Runs `command` for all containers and kills the calls at random times. Returns the number killed.
 */
static unsigned int kill_for_all(const char *command, uint64_t within_ms)
{
	unsigned int killed = 0;

	for (unsigned int i = 0; i < CONTAINERS_AT_ONCE; i++) {
		containers_calls[i] = containers_call(command, i);
		containers_calls[i].kill_after = 1 + xmt_rand(&containers_prng, within_ms * 1000);
	}
	plugin_calls_run(containers_calls, CONTAINERS_AT_ONCE, CONTAINERS_AT_ONCE,
			 &containers_net.host);
	for (unsigned int i = 0; i < CONTAINERS_AT_ONCE; i++)
		killed += containers_calls[i].killed;
	plugin_calls_free(containers_calls, CONTAINERS_AT_ONCE);
	return killed;
}

static uint64_t run_for_all(const char *command)
{
	uint64_t ms;

	for (unsigned int i = 0; i < CONTAINERS_AT_ONCE; i++)
		containers_calls[i] = containers_call(command, i);
	ms = plugin_calls_run(containers_calls, CONTAINERS_AT_ONCE, CONTAINERS_AT_ONCE,
			      &containers_net.host);
	containers_calls_succeeded("killed", CONTAINERS_AT_ONCE);
	plugin_calls_free(containers_calls, CONTAINERS_AT_ONCE);
	return ms;
}

/* GC without IPAM: the DELs after it remove the leases. */
static void run_gc(void)
{
	struct plugin_process c = { .command = "GC", .container = "gc" };

	c.conf = plugin_calls_conf(CONTAINERS_CONF("1.1.0") ",'cni.dev/valid-attachments':[]}");
	containers_run_call(c);
}

static void calls_killed(void)
{
	unsigned int n_rounds = containers_rounds(6), adds = 0, dels = 0, bad;
	uint64_t add_ms, del_ms;

	containers_make(CONTAINERS_AT_ONCE);
	bad = xmt_failures();
	add_ms = run_for_all("ADD");
	del_ms = run_for_all("DEL");
	for (unsigned int round = 0; round < n_rounds; round++) {
		adds += kill_for_all("ADD", add_ms);
		if (round % 2) {
			dels += kill_for_all("DEL", del_ms);
		} else {
			run_gc();
			if (containers_owners() || containers_devices() ||
			    leftovers_on_parent(&containers_net.host))
				xmt_fail("round %u: after GC: %u owners, %u devices, on p0: %s",
					 round, containers_owners(), containers_devices(),
					 leftovers_on_parent(&containers_net.host) ?: "nothing");
		}
		run_for_all("DEL");
		if (containers_owners() || containers_devices() ||
		    leftovers_on_parent(&containers_net.host) || plugin_leases())
			xmt_fail("round %u: after DEL: %u owners, %u devices, %u leases, "
				 "on p0: %s",
				 round, containers_owners(), containers_devices(), plugin_leases(),
				 leftovers_on_parent(&containers_net.host) ?: "nothing");
	}
	xmt_check(bad == xmt_failures() && adds > n_rounds && (dels || n_rounds < 2),
		  "%u rounds: %u of %u ADDs and %u DELs killed; then GC and DEL leave nothing",
		  n_rounds, adds, n_rounds * CONTAINERS_AT_ONCE, dels);
	plugin_check_clean("killed");
}

static const struct nt_case cases[] = {
	{ "load", 240, calls_under_load },
	{ "killed", 240, calls_killed },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
