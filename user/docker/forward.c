// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "docker/forward.h"
#include "docker/tool.h"
#include "net/sysctl.h"
#include "plugin/log.h"

bool docker_forward_enabled(const char *device, int family)
{
	char value[16];

	return !xm_sysctl_get(family == AF_INET ? "ipv4" : "ipv6", device, "forwarding", value,
			      sizeof(value)) &&
	       strcmp(value, "0");
}

/*
 * A connection whose destination was translated, and whose answers come from the endpoint: both
 * directions of it. command: -C, -I or -D.
 */
static bool forward_run(const char *command, const struct docker_publication *p,
			struct docker_tool_result *ret)
{
	const char *const argv[] = {
		strchr(p->address, ':') ? "ip6tables" : "iptables",
		"-w",
		"5",
		command,
		"DOCKER-USER",
		"-m",
		"conntrack",
		"--ctstate",
		"DNAT",
		"--ctreplsrc",
		p->address,
		"-m",
		"comment",
		"--comment",
		p->endpoint,
		"-j",
		"ACCEPT",
		NULL,
	};
	int err = docker_tool_run(argv, NULL, ret);

	free(ret->output);
	return !err && !ret->code;
}

/* False also when iptables is not installed: then it drops nothing */
static bool forward_has_chain(const struct docker_publication *p)
{
	const char *const argv[] = { strchr(p->address, ':') ? "ip6tables" : "iptables",
				     "-w",
				     "5",
				     "-S",
				     "DOCKER-USER",
				     NULL };
	struct docker_tool_result result;
	int err = docker_tool_run(argv, NULL, &result);

	free(result.output);
	if (!err && result.code && !strstr(result.why, "No chain"))
		plugin_log("iptables' chain DOCKER-USER cannot be read, and connections to "
			   "endpoint %s may be dropped: %s",
			   p->endpoint, result.why);
	return !err && !result.code;
}

void docker_forward_accept(const struct docker_publication *p)
{
	struct docker_tool_result result;

	if (!forward_has_chain(p) || forward_run("-C", p, &result))
		return;
	if (!forward_run("-I", p, &result))
		plugin_log("iptables' chain DOCKER-USER does not let connections to endpoint %s "
			   "pass: %s",
			   p->endpoint, result.why);
}

void docker_forward_forget(const struct docker_publication *p)
{
	struct docker_tool_result result;

	forward_run("-D", p, &result);
}
