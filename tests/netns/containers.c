// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Containers of one network. See containers.h. */
#include <bpf/bpf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "containers.h"
#include "leftovers.h"

struct nt_net containers_net;
struct xmt_prng containers_prng;
struct xmt_ns containers_ns[CONTAINERS_MAX];
char containers_names[CONTAINERS_MAX][16];
unsigned int containers_count;
struct plugin_process containers_calls[CONTAINERS_MAX];

void containers_make(unsigned int n)
{
	const char *seed = getenv("XMT_SEED");
	uint64_t number = seed ? strtoull(seed, NULL, 0) : (uint64_t)getpid() * 1000003;

	printf("     seed %llu\n", (unsigned long long)number);
	xmt_prng_seed(&containers_prng, number);
	plugin_net(&containers_net, 0, 0);
	xmt_must("ip -n %s addr add 10.9.0.1/24 dev w0", containers_net.wire.name);
	containers_count = n;
	for (unsigned int i = 0; i < n; i++) {
		snprintf(containers_names[i], sizeof(containers_names[i]), "c%u", i);
		xmt_ns_add(&containers_ns[i], containers_names[i], 0);
	}
}

unsigned int containers_rounds(unsigned int usual)
{
	const char *given = getenv("XMT_ROUNDS");

	return given ? (unsigned int)atoi(given) : usual;
}

struct plugin_process containers_call(const char *command, unsigned int container)
{
	return (struct plugin_process){
		.command = command,
		.container = containers_names[container],
		.ns = &containers_ns[container],
		.conf = plugin_calls_conf(CONTAINERS_CONF("1.0.0") CONTAINERS_IPAM "}",
					  plugin_dir()),
	};
}

/* Counts the entries of all parents */
unsigned int containers_owners(void)
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

unsigned int containers_devices(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < containers_count; i++)
		n += !!xmt_ifindex(&containers_ns[i], "eth0");
	return n;
}

void containers_check_count(const char *what, unsigned int n)
{
	xmt_check(containers_owners() == n && leftovers_host_ends(&containers_net.host) == n &&
			  containers_devices() == n && plugin_leases() == n,
		  "%s: %u endpoints, %u owners, %u host ends, %u devices in containers, %u leases",
		  what, n, containers_owners(), leftovers_host_ends(&containers_net.host),
		  containers_devices(), plugin_leases());
}

bool containers_calls_succeeded(const char *what, unsigned int n)
{
	unsigned int bad = 0;

	for (unsigned int i = 0; i < n; i++)
		if (containers_calls[i].code && !bad++)
			xmt_fail("%s: %s %s: code %d, %s", what, containers_calls[i].command,
				 containers_calls[i].container,
				 plugin_calls_code(&containers_calls[i]),
				 plugin_calls_msg(&containers_calls[i]));
	return !bad;
}

void containers_run_call(struct plugin_process c)
{
	plugin_calls_run(&c, 1, 1, &containers_net.host);
	if (c.code)
		xmt_fail("%s %s: code %d, %s", c.command, c.container, plugin_calls_code(&c),
			 plugin_calls_msg(&c));
	plugin_calls_free(&c, 1);
}
