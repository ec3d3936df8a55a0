// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Containers of one network. See fleet.h. */
#include <bpf/bpf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"
#include "left.h"

struct nt_net fleet_net;
struct xmt_prng fleet_prng;
struct xmt_ns fleet_ns[FLEET_MAX];
char fleet_names[FLEET_MAX][16];
unsigned int fleet_size;
struct call fleet_calls[FLEET_MAX];

void fleet_make(unsigned int n)
{
	const char *seed = getenv("XMT_SEED");
	uint64_t number = seed ? strtoull(seed, NULL, 0) : (uint64_t)getpid() * 1000003;

	printf("     seed %llu\n", (unsigned long long)number);
	xmt_prng_seed(&fleet_prng, number);
	plugin_net(&fleet_net, 0, 0);
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0", fleet_net.wire.name);
	fleet_size = n;
	for (unsigned int i = 0; i < n; i++) {
		snprintf(fleet_names[i], sizeof(fleet_names[i]), "c%u", i);
		xmt_ns_add(&fleet_ns[i], fleet_names[i], 0);
	}
}

unsigned int fleet_rounds(unsigned int usual)
{
	const char *given = getenv("XMT_ROUNDS");

	return given ? (unsigned int)atoi(given) : usual;
}

struct call fleet_call(const char *command, unsigned int container)
{
	return (struct call){
		.command = command,
		.container = fleet_names[container],
		.ns = &fleet_ns[container],
		.conf = calls_conf(FLEET_HEAD("1.0.0") FLEET_LOCAL "}", plugin_dir()),
	};
}

/* Entries of the map of owners, of all parents together */
unsigned int fleet_owners(void)
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

unsigned int fleet_devices(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fleet_size; i++)
		n += !!xmt_ifindex(&fleet_ns[i], "eth0");
	return n;
}

void fleet_count(const char *what, unsigned int n)
{
	xmt_check(fleet_owners() == n && left_host_ends(&fleet_net.host) == n &&
			  fleet_devices() == n && plugin_leases() == n,
		  "%s: %u endpoints, %u owners, %u host ends, %u devices in containers, %u leases",
		  what, n, fleet_owners(), left_host_ends(&fleet_net.host), fleet_devices(),
		  plugin_leases());
}

bool fleet_all_done(const char *what, unsigned int n)
{
	unsigned int bad = 0;

	for (unsigned int i = 0; i < n; i++)
		if (fleet_calls[i].code && !bad++)
			xmt_fail("%s: %s %s: code %d, %s", what, fleet_calls[i].command,
				 fleet_calls[i].container, calls_code(&fleet_calls[i]),
				 calls_msg(&fleet_calls[i]));
	return !bad;
}

void fleet_run_one(struct call c)
{
	calls_run(&c, 1, 1, &fleet_net.host);
	if (c.code)
		xmt_fail("%s %s: code %d, %s", c.command, c.container, calls_code(&c),
			 calls_msg(&c));
	calls_free(&c, 1);
}
