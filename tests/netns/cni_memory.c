// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The CNI plugin without memory */
#include <string.h>

#include "plugin.h"

#define HEAD "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"

static struct nt_net net;

/*
 * ADD runs out of memory at some point, also after the endpoint exists (the IPAM plugin's output
 * takes 1 MB): one error document, and the next DEL removes the endpoint and gives back the lease.
 * The code is 5, or 100 when the engine runs out of memory and undoes its part. Another endpoint
 * keeps the programs loaded: their load takes 44 MB.
 */
static void memory_ends(void)
{
	const char *conf = HEAD ",'ipam':{'type':'log'}}";
	unsigned int short_of = 0, with_endpoint = 0;
	char limit[64], script[320];
	struct plugin_call c = { .command = "ADD", .before = limit };

	plugin_net(&net, 1, 0);
	nt_xm_must(&net.host, "add byhand link p0");
	snprintf(script, sizeof(script),
		 "echo $CNI_COMMAND >%s/bin/last; echo '{\"cniVersion\":\"1.0.0\",\"ips\":"
		 "[{\"address\":\"10.9.0.3/24\"}]}'",
		 plugin_dir());
	plugin_script("log", script);
	for (unsigned int kb = 2048;; kb += 128) {
		snprintf(limit, sizeof(limit), "prlimit --data=%u", kb * 1024);
		if (!plugin_run(&c, "%s", conf) || kb > 16384)
			break;
		plugin_check_error(limit, plugin_code() == 100 ? 100 : 5, "memory", "");
		short_of += plugin_code() == 5;
		with_endpoint += nt_exists(&net.peer[0], "eth0");
		plugin_check_success("memory: DEL", PLUGIN("DEL", "%s", conf));
		xmt_must("cat %s/bin/last; %s -n %s show | grep -c '^[0-9]'", plugin_dir(),
			 nt_bin(), net.host.name);
		xmt_check(!nt_exists(&net.peer[0], "eth0") && !strcmp(xmt_output(), "DEL\n1"),
			  "memory: nothing is left");
	}
	xmt_check(with_endpoint && short_of > with_endpoint && !plugin_code(),
		  "memory: %u times code 5, %u times with an endpoint; %s is enough", short_of,
		  with_endpoint, limit);
	PLUGIN("DEL", "%s", conf);
	nt_xm_must(&net.host, "del byhand");
	plugin_check_clean("memory");
}

static const struct nt_case cases[] = {
	{ "memory", 120, memory_ends },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
