// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How many pins a command opens. A command looks at every parent of its namespace, and opens for
 * that only the maps that it reads; it opens all of them only of the parent that it changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define CONF "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'}"

/* parent, config, endpoints, tc_devices and owners; endpoints again, to search for the name */
#define OPENS_LOOK 6
/* 26 maps, and the link of parent_rx two times */
#define OPENS_LOAD 28

static struct nt_net net;

static const char *tracer(void)
{
	static char before[320];

	snprintf(before, sizeof(before), "strace -f -qq -e trace=bpf -o %s/trace", plugin_dir());
	return before;
}

static int count_opens(void)
{
	xmt_must("grep -c BPF_OBJ_GET, %s/trace || true", plugin_dir());
	return atoi(xmt_output());
}

static int opens_of(const char *command, const char *container)
{
	struct plugin_call c = { .command = command, .container = container, .before = tracer() };

	plugin_check_success(command, plugin_run(&c, CONF));
	return count_opens();
}

static void check_at_most(const char *what, int opens, int most)
{
	xmt_check(opens > 0 && opens <= most, "%s opens %d pins (at most %d)", what, opens, most);
}

/* A second parent, which the calls do not name */
static void add_parent(void)
{
	xmt_must("ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up",
		 net.host.name, net.host.name);
	nt_xm_must(&net.host, "attach q0");
}

static void opens_of_plugin(void)
{
	if (xmt_run("strace -V"))
		return xmt_skip("pins that are opened: no strace");
	plugin_net(&net, 1, 0);
	nt_xm_must(&net.host, "attach p0");
	check_at_most("a DEL that finds nothing", opens_of("DEL", "c1"), OPENS_LOOK);
	plugin_check_success("ADD", PLUGIN("ADD", CONF));
	check_at_most("a DEL", opens_of("DEL", "c1"), OPENS_LOOK + OPENS_LOAD);
	add_parent();
	check_at_most("a DEL that finds nothing, two parents", opens_of("DEL", "c1"),
		      2 * OPENS_LOOK);
	plugin_check_success("ADD", PLUGIN("ADD", CONF));
	check_at_most("a DEL, two parents", opens_of("DEL", "c1"), 2 * OPENS_LOOK + OPENS_LOAD);
	nt_xm_must(&net.host, "detach q0");
	nt_xm_must(&net.host, "detach p0");
	plugin_check_clean("opens");
}

static void opens_of_command(void)
{
	if (xmt_run("strace -V"))
		return xmt_skip("pins that are opened: no strace");
	plugin_net(&net, 1, 0);
	nt_xm_must(&net.host, "attach p0");
	nt_xm_must(&net.host, "add a link p0");
	xmt_must("%s %s -n %s del a", tracer(), nt_bin(), net.host.name);
	check_at_most("del", count_opens(), OPENS_LOOK + OPENS_LOAD);
	xmt_run("%s %s -n %s del a", tracer(), nt_bin(), net.host.name);
	xmt_check(strstr(xmt_output(), "no such endpoint 'a'") != NULL, "del of none: %s",
		  xmt_output());
	check_at_most("del of none", count_opens(), OPENS_LOOK);
	nt_xm_must(&net.host, "detach p0");
	plugin_check_clean("opens of del");
}

static const struct nt_case cases[] = {
	{ "plugin", 60, opens_of_plugin },
	{ "command", 60, opens_of_command },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
